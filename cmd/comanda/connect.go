package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"comanda/administration"
	"comanda/app"
	"comanda/datadir"
	"comanda/pool"
	"comanda/telemetry"

	"github.com/urfave/cli/v3"
)

const (
	answerTime = 30 * time.Second // for one request of a command
	pingTime   = 3 * time.Second
)

// errNoServer says that nobody answers for a data directory.
var errNoServer = errors.New("start one with comanda serve")

func urlFlag() cli.Flag {
	return &cli.StringFlag{Name: "url", Usage: "`URL` of the server; otherwise the one that serves --data", Sources: environment("url")}
}

// findServer returns the process that serves the directory, or an error that
// matches [errNoServer].
func findServer(ctx context.Context, path string) (datadir.Server, error) {
	s, err := datadir.ReadServer(path)
	if errors.Is(err, datadir.ErrAbsent) {
		return s, fmt.Errorf("data directory %s: no server runs: %w", path, errNoServer)
	}
	if err != nil {
		return s, err
	}
	if err := ping(ctx, s); err != nil {
		return s, fmt.Errorf("data directory %s: its server doesn't answer at %s any more: %w", path, s.URL, errNoServer)
	}
	return s, nil
}

// ping reports whether a server answers.
func ping(ctx context.Context, s datadir.Server) error {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := httpClient(s).Do(r)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("health is %s", resp.Status)
	}
	return errors.Join(err, resp.Body.Close())
}

// serverOf returns where a client of the API finds it: --url, or else the
// server of --data. A --data on the command line is stronger than a COMANDA_URL
// that comanda env has left in the shell.
func serverOf(ctx context.Context, c *cli.Command) (datadir.Server, error) {
	if u := c.String("url"); u != "" && !overridden(c, "url") {
		if err := checkURL(u); err != nil {
			return datadir.Server{}, err
		}
		return datadir.Server{URL: strings.TrimRight(u, "/")}, nil
	}
	s, err := findServer(ctx, c.String("data"))
	if err != nil {
		return s, fmt.Errorf("%w, or give the --url of another", err)
	}
	return s, nil
}

// checkURL refuses what can't be the address of a server.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usage("--url %q, or COMANDA_URL: must be a URL such as http://127.0.0.1:8080", text)
	}
	return nil
}

// overridden reports whether a flag has its value from the environment while
// --data was given on the command line, and so names another server.
func overridden(c *cli.Command, name string) bool { return typed(c, "data") && !typed(c, name) }

// typed reports whether a flag was given on the command line with another value
// than the environment has.
func typed(c *cli.Command, name string) bool {
	return c.IsSet(name) && c.String(name) != os.Getenv(variable(name))
}

// withServer calls do with the user pool of a data directory, at the server that
// serves it. When nobody does, a server is started in this process, on a free
// port of the loopback address, and stopped again.
func (p program) withServer(ctx context.Context, path string, s app.Checked, do func(*administration.Connection) error) error {
	keys, err := readKeys(path)
	if err != nil {
		return err
	}
	server, err := findServer(ctx, path)
	if err == nil {
		return do(connection(server, keys))
	}
	if !errors.Is(err, errNoServer) {
		return err
	}
	f := foundation{Store: os.Getenv(variable("store"))}
	if f.Store != "" && f.Store != engineSQLite {
		f.Identity = identityEmbedded // or there would be no keys
	}
	if err := f.validate(); err != nil {
		return &usageError{err}
	}
	s.Listen = "127.0.0.1:0"
	in, err := open(ctx, path, s, f, nil, telemetry.NewLogger(p.err, slog.LevelWarn, false, "comanda"))
	if errors.Is(err, datadir.ErrInUse) {
		return notAnswering(path)
	}
	if err != nil {
		return err
	}
	if err = in.Start(); err == nil {
		err = do(connection(datadir.Server{URL: in.URL()}, keys))
	}
	return errors.Join(err, in.close(ctx))
}

func connection(server datadir.Server, keys pool.Keys) *administration.Connection {
	return &administration.Connection{URL: server.URL, Keys: keys, Client: httpClient(server)}
}

// notAnswering is for a directory that is locked by a process that can't be asked.
func notAnswering(path string) error {
	return fmt.Errorf("data directory %s: another process has it, but doesn't answer: it is starting or stopping, try again in a moment", path)
}

// readKeys reads the keys of a data directory that has been served before.
func readKeys(path string) (pool.Keys, error) {
	var keys pool.Keys
	return keys, datadir.ReadKeys(path, &keys)
}
