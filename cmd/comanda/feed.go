package main

import (
	"context"
	"fmt"
	"time"

	"comanda/administration"
	"comanda/feed"
	"comanda/storage"

	"github.com/urfave/cli/v3"
)

const feedDescription = `Changes of orders go to the reports, to webhooks and to notifications. One that
can't be read as an order's, because other software wrote it, is put aside as a dead
letter, and /readyz answers "degraded" until somebody has settled it. The order is
where it was; only what should have followed from the change is missing.

   comanda feed dead
   comanda feed settle 7Jt6Qm3vT1yN0sVYwzq0Og
   comanda feed settle --all
   comanda feed dead --store dynamodb:eu-west-1

When the orders themselves are in order again, comanda reports rebuild counts them.`

func (p program) feedCommand() *cli.Command {
	return &cli.Command{
		Name: "feed", Usage: "see to changes of orders that nobody could read", Description: feedDescription + codesLine,
		Flags: []cli.Flag{dataFlag(), storeFlag()},
		Commands: []*cli.Command{
			{
				Name: "dead", Usage: "list the changes that could not be read",
				Description: "SHARD and PLACE say where in the feed, or in the table's stream, the change was.\n\n   comanda feed dead\n   comanda feed dead --json" + codesLine,
				Flags:       []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print lines of JSON"}},
				Action:      p.showDeadChanges,
			},
			{
				Name: "settle", Usage: "remove dead letters that somebody has seen to", ArgsUsage: "EVENT...",
				Description: "Removes the dead letters of the events named, or all.\n\n   comanda feed settle 7Jt6Qm3vT1yN0sVYwzq0Og\n   comanda feed settle --all" + codesLine,
				Flags:       []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "remove all of them"}},
				Action:      p.settleDeadChanges,
			},
		},
	}
}

// withFeed calls do with the feed of --data or, on DynamoDB, of --store.
func (p program) withFeed(ctx context.Context, c *cli.Command, do func(administration.Administration) error) error {
	err := p.operate(ctx, c, []storage.Table{feed.Table}, func(store storage.Store) (administration.Local, error) {
		return administration.Local{Dead: feed.NewDeadLetters(store)}, nil
	}, do)
	if err != nil {
		return webhookError(c, err)
	}
	return nil
}

func (p program) showDeadChanges(ctx context.Context, c *cli.Command) error {
	if _, err := arguments(c, 0, ""); err != nil {
		return err
	}
	return p.withFeed(ctx, c, func(a administration.Administration) error {
		t, found := newTable(), 0
		t.row("EVENT", "WHEN", "CONSUMER", "SHARD", "PLACE", "USER", "ORDER", "REASON")
		for l, err := range a.DeadChanges(ctx) {
			if err != nil {
				return err
			}
			found++
			if c.Bool("json") {
				if err := p.printLine(l); err != nil {
					return err
				}
				continue
			}
			t.row(l.EventID, l.Time.Format(time.RFC3339), l.Consumer, l.Shard, l.Sequence, l.UserID, l.OrderID, l.Reason)
		}
		return p.finish(t, found, c.Bool("json"))
	})
}

// finish prints a table of dead letters, unless their lines were printed already.
func (p program) finish(t table, found int, printed bool) error {
	switch {
	case printed:
		return nil
	case found == 0:
		return p.print("no dead letters\n")
	}
	text, err := t.text()
	if err != nil {
		return err
	}
	return p.print(text)
}

func (p program) settleDeadChanges(ctx context.Context, c *cli.Command) error {
	events := c.Args().Slice()
	if c.Bool("all") == (len(events) > 0) {
		return usage("%s: name events, as comanda feed dead shows them, or give --all: see %s --help", said(c), c.FullName())
	}
	return p.withFeed(ctx, c, func(a administration.Administration) error {
		n, err := a.SettleDeadChanges(ctx, events...)
		if err != nil {
			return err
		}
		return p.print(fmt.Sprintf("%d settled\n", n))
	})
}
