package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

//go:embed load.lua
var loadScript []byte

const (
	wrkThreads = 2
	wrkTimeout = 30 // seconds after which wrk counts an answer as missing
	wrkGrace   = time.Minute
)

// load is what one run of wrk has done. wrk sends the next request of a
// connection when it has the answer to the one before, so the times are those of
// a client that waits its turn.
type load struct {
	Requests     int // answered
	Microseconds int // of the whole run
	P50, P99     int // microseconds from request to answer, percentiles
	Max          int // likewise, the longest

	// Requests that failed: no connection, broken off, an HTTP status over 399,
	// or not answered in wrkTimeout.
	Connect, Read, Write, Status, Timeout int
}

// errLoad says that some of a load wasn't answered as it should be.
var errLoad = errors.New("requests failed, so the rate means nothing")

func (w load) rate() float64 { return float64(w.Requests) / (float64(w.Microseconds) / 1e6) }

// p99 returns milliseconds.
func (w load) p99() float64 { return float64(w.P99) / 1e3 }

// check refuses a load with errors, and one without requests.
func (w load) check() error {
	if w.Requests == 0 || w.Connect+w.Read+w.Write+w.Status+w.Timeout > 0 {
		return fmt.Errorf("%w: %d answers, %d of them an error status, %d connections refused, %d reads and %d writes broken off, %d timeouts",
			errLoad, w.Requests, w.Status, w.Connect, w.Read, w.Write, w.Timeout)
	}
	return nil
}

// parseLoad reads the line that load.lua prints after wrk's own report.
func parseLoad(output []byte) (load, error) {
	for line := range bytes.Lines(output) {
		if !bytes.HasPrefix(line, []byte(`{"requests"`)) {
			continue
		}
		var w load
		if err := json.Unmarshal(line, &w); err != nil {
			return w, fmt.Errorf("read the line of load.lua: %w", err)
		}
		if w.Microseconds <= 0 {
			return w, fmt.Errorf("read the line of load.lua: the run took %d microseconds", w.Microseconds)
		}
		return w, nil
	}
	return load{}, errors.New("wrk has printed no line of load.lua")
}

// findWrk says how to install wrk when it is missing.
func findWrk() (string, error) {
	path, err := exec.LookPath("wrk")
	if err != nil {
		return "", fmt.Errorf("wrk makes the load and isn't there: install it with apt-get install wrk (Debian, Ubuntu) or brew install wrk (macOS): %w", err)
	}
	return path, nil
}

// wrk loads a server, see load.lua for args.
func (l *lab) wrk(ctx context.Context, s *server, connections, seconds int, args ...string) (load, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second+wrkGrace)
	defer cancel()
	all := append([]string{
		"--threads", strconv.Itoa(wrkThreads), "--connections", strconv.Itoa(connections),
		"--duration", strconv.Itoa(seconds) + "s", "--timeout", strconv.Itoa(wrkTimeout) + "s",
		"--script", l.script, "http://" + s.address, "--",
	}, args...)
	output, err := exec.CommandContext(ctx, l.wrkPath, all...).CombinedOutput() //nolint:gosec // the load generator, with our arguments
	if err != nil {
		return load{}, fmt.Errorf("run wrk: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return parseLoad(output)
}

// wrkPlace loads a server with placements at path.
func (l *lab) wrkPlace(ctx context.Context, s *server, connections, seconds int, tokens, path string) (load, error) {
	l.runs++
	return l.wrk(ctx, s, connections, seconds, "place", tokens, l.order, path, strconv.Itoa(l.runs))
}
