package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"comanda/app"
	"comanda/feed"
	"comanda/telemetry"
	"comanda/webhook"

	"github.com/urfave/cli/v3"
)

// administered is an installation that commands administer.
type administered interface {
	// call does an operation of [app.WebhookOperations] or [app.FeedOperations]. out can be nil.
	call(ctx context.Context, operation string, in, out any) error
}

// atServer is a data directory, at the server of it.
type atServer struct{ *signIn }

func (a atServer) call(ctx context.Context, operation string, in, out any) error {
	return a.signIn.call(ctx, operation, in, out, true)
}

// inStore is a fleet, in the store that its servers share.
type inStore map[string]app.Operation

func (s inStore) call(ctx context.Context, operation string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	answer, err := s[operation](ctx, text)
	if err != nil || out == nil {
		return err
	}
	if text, err = json.Marshal(answer); err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// withReceivers calls do with the receivers of --data or, on DynamoDB, of --store.
func (p program) withReceivers(ctx context.Context, c *cli.Command, do func(administered) error) error {
	return p.operate(ctx, c, func(at *cloud) (map[string]app.Operation, error) {
		store, err := at.open(ctx, append(webhook.Tables(), feed.Table))
		if err != nil {
			return nil, err
		}
		w, err := webhook.New(webhook.Config{Store: store, Now: time.Now, Logger: telemetry.NewLogger(p.err, slog.LevelWarn, false, "comanda"), Shared: true})
		return app.WebhookOperations(w), err
	}, do)
}

// operate calls do with the installation of --data or, on DynamoDB, with the
// operations on what --store names, which open makes.
func (p program) operate(ctx context.Context, c *cli.Command, open func(*cloud) (map[string]app.Operation, error), do func(administered) error) error {
	f := foundation{Store: c.String("store")}
	if err := f.validateStore(); err != nil {
		return &usageError{err}
	}
	if f.cloud == nil {
		checked, err := app.Defaults().Check()
		if err != nil {
			return err
		}
		return p.withServer(ctx, c.String("data"), checked, func(s *signIn) error { return do(atServer{s}) })
	}
	operations, err := open(f.cloud)
	if err != nil {
		return err
	}
	return do(inStore(operations))
}

// webhookError says what a command was doing, and leaves the code of a refusal
// out, which is for programs.
func webhookError(c *cli.Command, err error) error {
	var (
		refused *signInError
		wrong   *webhook.RefusedError
	)
	switch {
	case errors.As(err, &wrong):
		return fmt.Errorf("%s: %s", said(c), wrong.Reason)
	case errors.Is(err, webhook.ErrNotFound):
		return noReceiver(c)
	case errors.As(err, &refused):
		if refused.Code == "ResourceNotFoundException" {
			return noReceiver(c)
		}
		if refused.Code == "UnknownOperationException" {
			return fmt.Errorf("%s: the server that runs is another release: restart it", said(c))
		}
		return fmt.Errorf("%s: %s", said(c), refused.Message)
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
