package main

import (
	"context"
	"fmt"
	"time"

	"comanda/administration"

	"github.com/urfave/cli/v3"
)

func (p program) webhooksDead() *cli.Command {
	return &cli.Command{
		Name: "dead", Usage: "list the notifications that a receiver didn't take", ArgsUsage: "ID",
		Description: "Dead letters are kept for 30 days, with the reason of the last attempt. With --json\neach is a line of its own and has the text of the notification.\n\n" +
			"   comanda webhooks dead wh_2mxv5c6k4qpea\n   comanda webhooks dead wh_2mxv5c6k4qpea --json" + codesLine,
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print lines of JSON"}},
		Action: p.onReceiver(p.showLetters),
	}
}

// showLetters prints all dead letters of a receiver.
func (p program) showLetters(ctx context.Context, c *cli.Command, a administration.Administration, receiver string) error {
	t, found := newTable(), 0
	t.row("MESSAGE", "TYPE", "USER", "ORDER", "DIED", "ATTEMPTS", "REASON")
	for l, err := range a.Letters(ctx, receiver) {
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
		t.row(l.Message, l.Type, l.UserID, l.OrderID, l.Died.Format(time.RFC3339), l.Attempts, l.Reason)
	}
	return p.finish(t, found, c.Bool("json"))
}

func (p program) webhooksRedeliver() *cli.Command {
	return &cli.Command{
		Name: "redeliver", Usage: "send dead letters again", ArgsUsage: "ID",
		Description: "Sends all dead letters of a receiver again, for another day, or one of them.\n\n" +
			"   comanda webhooks redeliver wh_2mxv5c6k4qpea\n   comanda webhooks redeliver wh_2mxv5c6k4qpea --message=7Jt6Qm3vT1yN0sVYwzq0Og" + codesLine,
		Flags: []cli.Flag{&cli.StringFlag{Name: "message", Usage: "only the dead letter with this `ID`, as comanda webhooks dead shows it"}},
		Action: p.onReceiver(func(ctx context.Context, c *cli.Command, a administration.Administration, receiver string) error {
			n, err := a.Redeliver(ctx, receiver, c.String("message"))
			if err != nil {
				return err
			}
			return p.print(fmt.Sprintf("%d to be sent again\n", n))
		}),
	}
}
