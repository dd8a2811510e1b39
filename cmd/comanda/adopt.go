package main

import (
	"context"
	"fmt"

	"comanda/order"
	"comanda/storage"
	"comanda/transfer"

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

// adopting is what progress says while it goes on.
const adopting transfer.Phase = "adopting"

func (p program) tablesAdopt() *cli.Command {
	return &cli.Command{
		Name: "adopt", Usage: "show orders of other software in lists and queues", Description: tablesAdoptDescription + codesLine,
		Flags: []cli.Flag{&cli.StringFlag{Name: "in", Required: true, Usage: "`LOCATION`: dynamodb:REGION[?endpoint=URL&prefix=PREFIX&orders=TABLE]"}},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			l, err := parseLocation(c.String("in"))
			if err != nil {
				return usage("%s: --in: %w", said(c), err)
			}
			if l.engine != engineDynamoDB {
				return usage("%s: --in %v: only tables on DynamoDB have items of other software", said(c), l)
			}
			return p.adopt(ctx, l)
		},
	}
}

func (p program) adopt(ctx context.Context, l location) error {
	s, err := l.cloud.open(ctx, []storage.Table{order.Table})
	if err != nil {
		return err
	}
	shown := &progress{program: p}
	adopted, err := s.Adopt(ctx, order.TableName, func(found int) {
		shown.show(transfer.Progress{Phase: adopting, Table: order.TableName, Records: found})
	})
	shown.end()
	if err != nil {
		return fmt.Errorf("%v: %d orders adopted, then: %w", l, adopted, err)
	}
	return p.print(fmt.Sprintf("%d orders adopted\n", adopted))
}
