package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"comanda/client"
	"comanda/webhook"

	"github.com/urfave/cli/v3"
)

const listenDescription = `Sends what happens to orders to a URL of yours, such as a program that you write on
this machine, as webhooks do: signed, one after the other, each again until it is
taken. The events are those of GET /events that the user whose ID token is in
COMANDA_TOKEN may see; an administrator sees all.

   export COMANDA_TOKEN="$(comanda token --username admin)"
   comanda listen --forward-to http://127.0.0.1:9000/hooks
   comanda listen --forward-to http://127.0.0.1:9000/hooks --from 0
   comanda listen --forward-to http://127.0.0.1:9000/hooks --secret whsec_… --from 1042

Each line names the event's place: --from that place goes on after it, exactly, and
--from 0 begins with the first event that there is. Places are webhook-id, too. The
secret for checking signatures is shown at the start.

Exit codes: 0 ended by a signal, 1 failed, 2 wrong usage.`

func (p program) listenCommand() *cli.Command {
	return &cli.Command{
		Name: "listen", Usage: "send what happens to orders to a program of yours", Description: listenDescription,
		Flags: []cli.Flag{
			dataFlag(), urlFlag(), tokenFileFlag(),
			&cli.StringFlag{Name: "forward-to", Required: true, Usage: "`URL` that gets the notifications"},
			&cli.StringFlag{Name: "from", Usage: "begin after this `PLACE`; otherwise with what happens from now on"},
			&cli.StringFlag{Name: "secret", Usage: "sign with this `SECRET`; otherwise with a new one", Sources: environment("secret")},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			f, err := webhook.NewForwarder(c.String("forward-to"), c.String("secret"), time.Now)
			if err != nil {
				return usage("%s: %w", said(c), err)
			}
			api, err := newClient(ctx, c)
			if err != nil {
				return err
			}
			running, _, release := signals(ctx)
			defer release()
			if err = p.listen(running, api, c.String("from"), f); running.Err() != nil {
				return nil
			}
			return err
		},
	}
}

var errGap = errors.New("the server doesn't have all events after --from any more: begin with --from 0 or without --from")

// listen forwards events until ctx is done.
func (p program) listen(ctx context.Context, api *client.Client, from string, f *webhook.Forwarder) error {
	events, err := api.Events(ctx, from)
	if err != nil {
		return inWords(api, err)
	}
	defer events.Close()
	p.Note("forwarding from place %s to %s, signed with %s", events.Last(), shownURL(f.URL()), f.Secret())
	for e, err := range events.All() {
		switch {
		case err != nil:
			return inWords(api, err)
		case e.Type == client.Reset && from != "":
			return errGap
		case e.Type == client.Reset:
			p.Note("an order can't be seen any more, or events were missed, at place %s", e.ID)
			continue
		}
		from = "" // a reset from now on is none of the beginning
		err := f.Deliver(ctx, e.ID, e.JSON(), func(t webhook.Trial) error { return p.forwarded(e, t) })
		if err != nil {
			return err
		}
	}
	return nil
}

// forwarded prints what came of an attempt.
func (p program) forwarded(e client.Event, t webhook.Trial) error {
	result := fmt.Sprintf("%d in %d ms", t.Status, t.Took)
	if t.Reason != "" {
		result = t.Reason + ", and is tried again"
	}
	object := struct {
		Place string `json:"place"`
		Type  string `json:"type"`
		Order string `json:"orderId"`
		webhook.Trial
	}{e.ID, string(e.Type), e.Order.OrderID, t}
	return p.Result(object, "%s  %s  %s  %s\n", e.ID, e.Type, printable(e.Order.OrderID), printable(result))
}
