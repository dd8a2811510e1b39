package main

import (
	"context"

	"comanda/administration"
	"comanda/feed"
	"comanda/storage"
	"comanda/terminal"

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
		l := p.List(p.clockOf(ctx, a), "EVENT", terminal.When("WHEN"), "CONSUMER", "SHARD", "PLACE", "USER", "ORDER", "REASON")
		for dead, err := range a.DeadChanges(ctx) {
			if err == nil {
				err = l.Add(dead, dead.EventID, dead.Time, dead.Consumer, dead.Shard, dead.Sequence, dead.UserID, dead.OrderID, dead.Reason)
			}
			if err != nil {
				return err
			}
		}
		return l.End("no dead letters")
	})
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
		return p.Result(map[string]int{"count": n}, "%d settled\n", n)
	})
}
