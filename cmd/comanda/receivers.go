package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"comanda/administration"
	"comanda/app"
	"comanda/feed"
	"comanda/telemetry"
	"comanda/webhook"

	"github.com/urfave/cli/v3"
)

// withReceivers calls do with the receivers of --data or, on DynamoDB, of --store.
func (p program) withReceivers(ctx context.Context, c *cli.Command, do func(administration.Administration) error) error {
	return p.operate(ctx, c, func(at *cloud) (administration.Local, error) {
		store, err := at.open(ctx, append(webhook.Tables(), feed.Table))
		if err != nil {
			return administration.Local{}, err
		}
		w, err := webhook.New(webhook.Config{Store: store, Now: time.Now, Logger: telemetry.NewLogger(p.err, slog.LevelWarn, false, "comanda"), Shared: true})
		return administration.Local{Receivers: w}, err
	}, do)
}

// operate calls do with the installation of --data or, on DynamoDB, with that of
// what --store names, which open opens.
func (p program) operate(ctx context.Context, c *cli.Command, open func(*cloud) (administration.Local, error), do func(administration.Administration) error) error {
	f := foundation{Store: c.String("store")}
	if err := f.validateStore(); err != nil {
		return &usageError{err}
	}
	if f.cloud == nil {
		checked, err := app.Defaults().Check()
		if err != nil {
			return err
		}
		return p.withServer(ctx, c.String("data"), checked, func(server *administration.Connection) error { return do(administration.Remote{Connection: server}) })
	}
	local, err := open(f.cloud)
	if err != nil {
		return err
	}
	return do(local)
}

// webhookError says what a command was doing.
func webhookError(c *cli.Command, err error) error {
	if errors.Is(err, webhook.ErrNotFound) {
		return noReceiver(c)
	}
	if refused, ok := errors.AsType[*webhook.RefusedError](err); ok {
		return fmt.Errorf("%s: %s", said(c), refused.Reason)
	}
	return fmt.Errorf("%s: %w", said(c), err)
}

// noReceiver is for a command whose argument is the id of no receiver.
func noReceiver(c *cli.Command) error {
	return fmt.Errorf("%s: there is no receiver %q: see comanda webhooks list", said(c), c.Args().First())
}

// storeFlag names the store of a fleet for commands that can do without a server.
func storeFlag() cli.Flag {
	return &cli.StringFlag{Name: "store", Value: engineSQLite, Sources: environment("store"), Usage: "where the records are: sqlite, which is the data directory, dynamodb, or a `LOCATION` as dynamodb:eu-west-1?prefix=shop-"}
}
