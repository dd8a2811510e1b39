package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"

	"comanda/administration"
	"comanda/app"
	"comanda/engine"
	"comanda/installation"
	"comanda/storage"
	"comanda/telemetry"

	"github.com/urfave/cli/v3"
)

func urlFlag() cli.Flag {
	return &cli.StringFlag{Name: "url", Usage: "`URL` of the server; otherwise the one that serves --data", Sources: environment("url")}
}

// serverOf returns where a client of the API finds it: --url, or else the
// server of --data. A --data on the command line is stronger than a COMANDA_URL
// that comanda env has left in the shell.
func serverOf(ctx context.Context, c *cli.Command) (installation.Server, error) {
	if u := c.String("url"); u != "" && !overridden(c, "url") {
		if err := checkURL(u); err != nil {
			return installation.Server{}, err
		}
		if data := os.Getenv(variable("data")); data != "" && !onCommandLine("url") {
			return installation.Remembered(u, data), nil
		}
		return installation.At(u), nil
	}
	s, err := installation.Find(ctx, c.String("data"))
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

// onCommandLine reports whether a flag was given there, even with the value that the
// environment has.
func onCommandLine(name string) bool {
	return slices.ContainsFunc(os.Args[1:], func(arg string) bool {
		flag, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		return strings.HasPrefix(arg, "-") && flag == name
	})
}

// alone returns what a command makes a server of in its own process, where none
// runs: with records in store, and users who sign in at the server itself.
func (p program) alone(data, store string, s app.Settings) (installation.Config, error) {
	checked, err := s.Check()
	if err != nil {
		return installation.Config{}, &usageError{err}
	}
	foundation, err := installation.Names{Store: store, Identity: installation.Embedded}.Check(data)
	if err != nil {
		return installation.Config{}, &usageError{err}
	}
	return installation.Config{
		Data: data, Foundation: foundation, Settings: checked, Version: release(),
		Logger: telemetry.NewLogger(p.err, slog.LevelWarn, false, "comanda"),
	}, nil
}

// storeFlag names the store of a fleet for commands that can do without a server.
func storeFlag() cli.Flag {
	return &cli.StringFlag{Name: "store", Value: engine.Embedded, Sources: environment("store"), Usage: "where the records are: sqlite, which is the data directory, dynamodb, or a `LOCATION` as dynamodb:eu-west-1?prefix=shop-"}
}

// local makes an administration of an opened store.
type local func(storage.Store) (administration.Local, error)

// operate calls do with the administration of --data or, where processes share
// their store, with that of the tables in --store itself.
func (p program) operate(ctx context.Context, c *cli.Command, tables []storage.Table, on local, do func(administration.Administration) error) error {
	place, err := engine.OfServer(c.String("store"), c.String("data"))
	if err != nil {
		return &usageError{err}
	}
	if !place.Traits().Shared {
		config, err := p.alone(c.String("data"), c.String("store"), app.Defaults())
		if err != nil {
			return err
		}
		return installation.Administer(ctx, config, do)
	}
	opened, err := place.Open(ctx, tables, nil)
	if err != nil {
		return err
	}
	a, err := on(opened.Store)
	if err != nil {
		return err
	}
	return do(a)
}
