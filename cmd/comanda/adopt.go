package main

import (
	"context"

	"comanda/engine"
	"comanda/order"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

const tablesAdoptDescription = `Gives orders that other software has put into a table of ours, or into one with our
index for queues, their places in its indexes, so that lists and queues show them.
Nothing else of them is changed. Stop the other software first.

Such orders can be read and changed without that, and a table that has none of our
indexes needs it for nothing. The command reads the whole table once; it can be
interrupted and repeated, also while servers work.

   comanda tables adopt --in dynamodb:eu-west-1
   comanda tables adopt --in 'dynamodb:eu-west-1?orders=workshop-OrdersTable-1ABCDEF'`

func (p program) tablesAdopt() *cli.Command {
	return &cli.Command{
		Name: "adopt", Usage: "show orders of other software in lists and queues", Description: tablesAdoptDescription + codesLine,
		Flags: []cli.Flag{&cli.StringFlag{Name: "in", Required: true, Usage: "`LOCATION`: dynamodb:REGION[?endpoint=URL&prefix=PREFIX&orders=TABLE]"}},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			place, err := engine.Parse(c.String("in"))
			if err != nil {
				return usage("%s: --in: %w", said(c), err)
			}
			err = p.adopt(ctx, place)
			if engine.Cannot(err) {
				return usage("%s: --in %v: %w", said(c), place, err)
			}
			return err
		},
	}
}

func (p program) adopt(ctx context.Context, place engine.Place) error {
	shown := p.progress()
	adopted, err := place.Adopt(ctx, order.Table, func(found int) {
		shown.Show(terminal.Step{Phase: "adopting", Of: order.TableName, Done: found})
	})
	shown.End()
	if err != nil {
		return err
	}
	return p.Result(map[string]int{"count": adopted}, "%d orders adopted\n", adopted)
}
