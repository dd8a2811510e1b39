package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"comanda/administration"
	"comanda/feed"
	"comanda/storage"
	"comanda/telemetry"
	"comanda/webhook"

	"github.com/urfave/cli/v3"
)

// withReceivers calls do with the receivers of --data or, on DynamoDB, of --store.
func (p program) withReceivers(ctx context.Context, c *cli.Command, do func(administration.Administration) error) error {
	return p.operate(ctx, c, append(webhook.Tables(), feed.Table), func(store storage.Store) (administration.Local, error) {
		w, err := webhook.New(webhook.Config{Store: store, Now: time.Now, Logger: telemetry.NewLogger(p.err, slog.LevelWarn, false, "comanda"), Shared: true})
		return administration.Local{Receivers: w}, err
	}, do)
}

// webhookError says what a command was doing.
func webhookError(c *cli.Command, err error) error {
	if errors.Is(err, webhook.ErrNotFound) {
		return fmt.Errorf("%s: there is no receiver %q: see comanda webhooks list", said(c), c.Args().First())
	}
	if refused, ok := errors.AsType[*webhook.RefusedError](err); ok {
		return fmt.Errorf("%s: %s", said(c), refused.Reason)
	}
	return fmt.Errorf("%s: %w", said(c), err)
}
