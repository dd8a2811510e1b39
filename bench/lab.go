package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// orderBody is the body of every placement, with ORDER_ID where the id goes.
//
//go:embed order.json
var orderBody []byte

// lab is where trials are made: a temporary directory with the programs and the
// data, made when they are first needed.
type lab struct {
	options  options
	progress io.Writer
	dir      string
	wrkPath  string
	script   string // file: load.lua
	order    string // file: orderBody
	runs     int    // of wrk with placements

	comanda    program
	ceiling    program
	pocketbase program

	freshMade, smallMade, largeMade, pocketbaseMade *fixture

	bytesEach float64 // of the large store, right after it was made
	busy      string  // what the machine was doing before we began
}

func newLab(ctx context.Context, o options, progress io.Writer) (l *lab, err error) {
	l = &lab{options: o, progress: progress, busy: loadAverage()}
	if l.wrkPath, err = findWrk(); err != nil {
		return nil, err
	}
	if l.dir, err = os.MkdirTemp(o.dir, "comanda-bench-"); err != nil {
		return nil, fmt.Errorf("make a temporary directory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	for name, content := range map[string][]byte{"load.lua": loadScript, "order.json": orderBody} {
		if err := os.WriteFile(filepath.Join(l.dir, name), content, 0o600); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
	}
	l.script, l.order = filepath.Join(l.dir, "load.lua"), filepath.Join(l.dir, "order.json")
	return l, l.programs(ctx)
}

// programs builds the server and names the ceiling, which is this program.
func (l *lab) programs(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	l.ceiling = program{name: "ceiling", binary: self, ready: "/", args: func(address, answer string) []string {
		return []string{ceilingCommand, address, answer}
	}}
	binary, err := l.build(ctx, "comanda", ".", "./cmd/comanda")
	if err != nil {
		return err
	}
	l.comanda = program{name: "comanda", binary: binary, ready: "/readyz", args: func(address, dir string) []string {
		return []string{"serve", "--listen", address, "--data", dir}
	}}
	return nil
}

// build compiles a package of the module in folder.
func (l *lab) build(ctx context.Context, name, folder, pkg string) (string, error) {
	l.note("build %s", name)
	binary := filepath.Join(l.dir, name)
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, pkg) //nolint:gosec // our own packages
	command.Dir = folder
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s, which needs the root of the repository as working directory: %w: %s", name, err, strings.TrimSpace(string(output)))
	}
	return binary, nil
}

// close removes everything.
func (l *lab) close() error {
	if err := os.RemoveAll(l.dir); err != nil {
		return fmt.Errorf("remove the temporary directory: %w", err)
	}
	return nil
}

// conditions says under what the table came about.
func (l *lab) conditions(ctx context.Context, took time.Duration) string {
	revision := "unknown"
	if out, err := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty").Output(); err == nil {
		revision = strings.TrimSpace(string(out))
	}
	o := l.options
	return fmt.Sprintf("Revision %s, %s, %s/%s, %d cores, load average before %s; medians of %d rounds (least to greatest), %d s of load a trial, large store %d orders; took %v.\n",
		revision, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), l.busy, o.rounds, o.seconds, o.orders, took.Round(time.Second))
}

// loadAverage returns how many processes wanted to run in the last minute. Much
// over zero means that others use the machine, and that the figures are theirs too.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown" // not Linux
	}
	average, _, _ := strings.Cut(string(text), " ")
	return average
}
