package main

import (
	"context"
	"net/url"
	"strings"

	"comanda/administration"
	"comanda/notification"
	"comanda/terminal"
	"comanda/webhook"

	"github.com/urfave/cli/v3"
)

const webhooksDescription = `Says which systems are told, by HTTP, what happens to orders. Works on the server
of a data directory while it runs, which then knows at once, or, when none does,
on the directory itself.

   comanda webhooks add https://example.com/hooks
   comanda webhooks list
   comanda webhooks rotate wh_2mxv5c6k4qpea
   comanda webhooks attempts wh_2mxv5c6k4qpea
   comanda webhooks test wh_2mxv5c6k4qpea
   comanda webhooks dead wh_2mxv5c6k4qpea
   comanda webhooks redeliver wh_2mxv5c6k4qpea
   comanda webhooks remove wh_2mxv5c6k4qpea
   comanda webhooks list --store dynamodb:eu-west-1

With --store the receivers are those of a fleet on DynamoDB, whose servers know
of a change within seconds.

Requests are POSTs of JSON, signed after the Standard Webhooks specification
(https://www.standardwebhooks.com), for which there are libraries in every
language. A receiver answers with a status of 200 to 299 within 15 seconds. What
it doesn't take is sent again for a day, with growing pauses; after that it is a
dead letter. 410 disables the receiver.`

func (p program) webhooksCommand() *cli.Command {
	return &cli.Command{
		Name: "webhooks", Usage: "tell other systems what happens to orders", Description: webhooksDescription + codesLine,
		Flags: []cli.Flag{
			dataFlag(),
			storeFlag(),
		},
		Commands: []*cli.Command{
			p.webhooksAdd(), p.webhooksList(), p.webhooksAttempts(), p.webhooksTest(),
			p.webhooksChange("remove", "remove a receiver, and everything that was to be sent to it", "", p.removeWebhook),
			p.webhooksChange("rotate", "give a receiver a new secret", "The secret is printed alone, once. For a day requests are signed with the old ones, too,\nunless --now ends them, as after a leak.\n\n", p.rotateWebhook,
				&cli.BoolFlag{Name: "now", Usage: "end the old secrets at once"}),
			p.webhooksChange("enable", "send to a receiver again that has disabled itself", "What was to be sent when it disabled itself is among its dead letters: comanda webhooks\nredeliver. What happened since isn't kept for it.\n\n", p.enableWebhook),
			p.webhooksDead(), p.webhooksRedeliver(),
		},
	}
}

// onReceiver returns the action of a command that names a receiver.
func (p program) onReceiver(do func(ctx context.Context, c *cli.Command, a administration.Administration, receiver string) error) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		args, err := arguments(c, 1, "the ID of a receiver")
		if err != nil {
			return err
		}
		return p.withReceivers(ctx, c, func(a administration.Administration) error {
			if err := do(ctx, c, a, args[0]); err != nil {
				return webhookError(c, err)
			}
			return nil
		})
	}
}

func (p program) webhooksAdd() *cli.Command {
	return &cli.Command{
		Name: "add", Usage: "add a receiver", ArgsUsage: "URL",
		Description: "Prints the receiver's id and its secret, which is shown this once. It is told of\neverything that happens from now on, or of the types that are given.\n\n" +
			"The URL must be https and lead to the public Internet, also after every change of\nits name's address, unless the receiver is added with --allow-private.\n\n" +
			"   comanda webhooks add https://example.com/hooks\n   comanda webhooks add https://example.com/hooks --type order.placed --type order.status_changed\n   comanda webhooks add http://127.0.0.1:9000/ --allow-private --json" + codesLine,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "type", Usage: "only notifications of this `TYPE`: order.placed, order.edited or order.status_changed; repeatable"},
			&cli.BoolFlag{Name: "allow-private", Usage: "allow http, and addresses of this machine and of private networks"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			args, err := arguments(c, 1, "the URL of a receiver")
			if err != nil {
				return err
			}
			in := administration.NewWebhook{URL: args[0], AllowPrivate: c.Bool("allow-private")}
			for _, t := range c.StringSlice("type") {
				in.Types = append(in.Types, notification.Type(t))
			}
			return p.withReceivers(ctx, c, func(a administration.Administration) error {
				added, err := a.AddWebhook(ctx, in)
				if err != nil {
					return webhookError(c, err)
				}
				return p.Result(added, "Receiver  %s\nSecret    %s   (shown this once: keep it)\n", added.ID, added.Secret)
			})
		},
	}
}

func (p program) webhooksList() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the receivers",
		Description: "Shows how many notifications wait for each and how many are dead letters, counted\nup to 1000, and the last error that wasn't made good since. That is some seconds old\nat most, and comanda webhooks attempts shows more.\n\n   comanda webhooks list\n   comanda webhooks list --json" + codesLine,
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			return p.withReceivers(ctx, c, func(a administration.Administration) error {
				list, err := a.Webhooks(ctx)
				if err != nil {
					return webhookError(c, err)
				}
				return p.showWebhooks(ctx, a, list)
			})
		},
	}
}

func (p program) showWebhooks(ctx context.Context, a administration.Administration, receivers []webhook.Status) error {
	zone := p.clockOf(ctx, a)
	l := p.List(zone, "RECEIVER", "URL", "TYPES", "PENDING", "DEAD", terminal.When("ADDED"), "STATE", terminal.When("LAST ERROR"))
	for _, w := range receivers {
		state, failed := "enabled", ""
		if w.Disabled != "" {
			state = "disabled " + w.Disabled
		}
		if e := w.LastError; e != nil {
			failed = terminal.InZone(e.At, zone) + ": " + e.Reason + nextTry(e.Next, zone)
		}
		if err := l.Add(w, w.ID, shownURL(w.URL), shownTypes(w.Types), w.Pending, w.Dead, w.CreatedAt, state, failed); err != nil {
			return err
		}
	}
	return l.End("no receivers")
}

// shownURL returns a URL without the password in it.
func shownURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Redacted()
}

func shownTypes(list []notification.Type) string {
	if len(list) == 0 {
		return "all"
	}
	var words []string
	for _, t := range list {
		words = append(words, string(t))
	}
	return strings.Join(words, ",")
}

// webhooksChange returns a command that changes one receiver and has no flags.
func (p program) webhooksChange(name, what, more string, do func(ctx context.Context, c *cli.Command, a administration.Administration, receiver string) error, flags ...cli.Flag) *cli.Command {
	return &cli.Command{
		Name: name, Usage: what, ArgsUsage: "ID", Flags: flags,
		Description: more + "   comanda webhooks " + name + " wh_2mxv5c6k4qpea" + codesLine,
		Action:      p.onReceiver(do),
	}
}

func (p program) removeWebhook(ctx context.Context, _ *cli.Command, a administration.Administration, receiver string) error {
	return a.RemoveWebhook(ctx, receiver)
}

func (p program) enableWebhook(ctx context.Context, _ *cli.Command, a administration.Administration, receiver string) error {
	return a.EnableWebhook(ctx, receiver)
}

func (p program) rotateWebhook(ctx context.Context, c *cli.Command, a administration.Administration, receiver string) error {
	secret, err := a.RotateWebhook(ctx, receiver, c.Bool("now"))
	if err != nil {
		return err
	}
	return p.Result(map[string]string{"id": receiver, "secret": secret}, "%s\n", secret)
}
