package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"comanda/administration"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

func (p program) webhooksDead() *cli.Command {
	return &cli.Command{
		Name: "dead", Usage: "list the notifications that a receiver didn't take", ArgsUsage: "ID",
		Description: "Dead letters are kept for 30 days, with the reason of the last attempt. With --json\neach is a line of its own and has the text of the notification.\n\n" +
			"   comanda webhooks dead wh_2mxv5c6k4qpea\n   comanda webhooks dead wh_2mxv5c6k4qpea --json" + codesLine,
		Action: p.onReceiver(p.showLetters),
	}
}

// showLetters prints all dead letters of a receiver.
func (p program) showLetters(ctx context.Context, _ *cli.Command, a administration.Administration, receiver string) error {
	l := p.List(p.clockOf(ctx, a), "MESSAGE", "TYPE", "USER", "ORDER", terminal.When("DIED"), "ATTEMPTS", "REASON")
	for dead, err := range a.Letters(ctx, receiver) {
		if err == nil {
			err = l.Add(dead, dead.Message, dead.Type, dead.UserID, dead.OrderID, dead.Died, dead.Attempts, dead.Reason)
		}
		if err != nil {
			return err
		}
	}
	return l.End("no dead letters")
}

func (p program) webhooksAttempts() *cli.Command {
	return &cli.Command{
		Name: "attempts", Usage: "show the last attempts to send to a receiver", ArgsUsage: "ID",
		Description: "Shows the last 50, newest first: when, which notification, the status of the answer or\nwhy there was none, and when it is tried again. The last seconds may be missing, and\nof the time before a crash the last minute.\n\n" +
			"   comanda webhooks attempts wh_2mxv5c6k4qpea\n   comanda webhooks attempts wh_2mxv5c6k4qpea --json" + codesLine,
		Action: p.onReceiver(func(ctx context.Context, _ *cli.Command, a administration.Administration, receiver string) error {
			attempts, err := a.WebhookAttempts(ctx, receiver)
			if err != nil {
				return err
			}
			zone := p.clockOf(ctx, a)
			l := p.List(zone, terminal.When("WHEN"), "MESSAGE", "TYPE", "ORDER", "ATTEMPT", "STATUS", "TOOK", "RESULT")
			for _, one := range attempts {
				result, status := "taken", strings.TrimLeft(strconv.Itoa(one.Status), "0")
				if one.Reason != "" {
					result = one.Reason + nextTry(one.Next, zone)
				}
				if err := l.Add(one, one.At, one.Message, one.Type, one.OrderID, one.Number, status, fmt.Sprintf("%d ms", one.Took), result); err != nil {
					return err
				}
			}
			return l.End("no attempts")
		}),
	}
}

// nextTry says when a notification is sent again, if it is.
func nextTry(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return ", and isn't tried again"
	}
	return ", next try " + terminal.InZone(at, zone)
}

func (p program) webhooksTest() *cli.Command {
	return &cli.Command{
		Name: "test", Usage: "send one notification that says nothing, and show the answer", ArgsUsage: "URL|ID",
		Description: "Sends a signed notification of the type webhook.test once, from where the webhooks are\nsent, and shows the status, the time and how the answer begins. To the ID of a\nreceiver it is signed with its secret, to a URL with a new one, which is shown.\n\n" +
			"   comanda webhooks test wh_2mxv5c6k4qpea\n   comanda webhooks test https://example.com/hooks\n   comanda webhooks test http://127.0.0.1:9000/ --allow-private" + codesLine,
		Flags: []cli.Flag{&cli.BoolFlag{Name: "allow-private", Usage: "with a URL: allow http, and addresses of this machine and of private networks"}},
		Action: p.onReceiver(func(ctx context.Context, c *cli.Command, a administration.Administration, target string) error {
			out, err := a.TestWebhook(ctx, administration.TestedWebhook{Target: target, AllowPrivate: c.Bool("allow-private")})
			if err != nil {
				return err
			}
			t := terminal.NewTable()
			t.Row("Sent to", shownURL(out.URL))
			t.Optional("Signed with", out.Secret)
			t.Row("Status", cmp.Or(strings.TrimLeft(strconv.Itoa(out.Status), "0"), "none"))
			t.Row("Time", fmt.Sprintf("%d ms", out.Took))
			t.Optional("Answer", out.Answer)
			if err := p.Result(out, "%s", t); err != nil || out.Reason == "" {
				return err
			}
			return errors.New("the receiver didn't take it: " + out.Reason)
		}),
	}
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
			return p.Result(map[string]int{"count": n}, "%d to be sent again\n", n)
		}),
	}
}
