package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"comanda/administration"
	"comanda/installation"
	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

const statusDescription = `Shows what serves a data directory, with which settings, and how it does: whether
orders can be taken, how far behind reports and webhooks are, what nobody could use,
and how large the store is. The server has to run on this machine.

   comanda status
   comanda status --data /var/lib/comanda --json

Where users sign in at Amazon Cognito, only what everybody may see is shown.

Exit codes: 0 it is ready or degraded, 1 it isn't, or nothing answers, 2 wrong usage.`

func (p program) statusCommand() *cli.Command {
	return &cli.Command{
		Name: "status", Usage: "show what runs, with which settings, and how it does", Description: statusDescription,
		Flags: []cli.Flag{dataFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			s, err := installation.Status(ctx, c.String("data"))
			if err != nil {
				return err
			}
			if err := p.Result(s, "%s", statusText(s, time.Now())); err != nil {
				return err
			}
			if s.State == administration.NotReady {
				return fmt.Errorf("%s isn't ready", s.URL)
			}
			return nil
		},
	}
}

// statusText returns a status for people.
func statusText(s administration.Status, now time.Time) string {
	t, zone := terminal.NewTable(), zoneNamed(s.Settings["zone"], nil)
	t.Row("State", s.State)
	for _, trouble := range s.Troubles {
		t.Row("", trouble)
	}
	t.Row("Address", s.URL)
	t.Row("Release", s.Release)
	if !s.Started.IsZero() {
		t.Row("Started", fmt.Sprintf("%s (%s), %s ago", terminal.InZone(s.Started, zone), zone, now.Sub(s.Started).Round(time.Second)))
	}
	t.Optional("Data", s.Data)
	t.Optional("Records", s.Store)
	if s.Bytes > 0 {
		t.Row("Store", megabytes(s.Bytes))
	}
	t.Optional("User pool", s.UserPool)
	for _, f := range s.Feed {
		t.Row("Lag of "+f.Consumer, fmt.Sprintf("%.3f s, at its last change", f.Lag))
	}
	if s.Settings != nil {
		t.Row("Dead changes", s.Dead)
	}
	if w := s.Webhooks; w != nil {
		t.Row("Webhooks", fmt.Sprintf("%d receivers, %d disabled, %d failing; %d notifications wait, %d are dead", w.Receivers, w.Disabled, w.Failing, w.Pending, w.Dead))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Settings)) {
		t.Row("--"+name, s.Settings[name])
	}
	return t.String()
}
