package main

import (
	"context"
	"errors"
	"time"

	"comanda/client"
	"comanda/engine"
	"comanda/order"
	"comanda/report"
	"comanda/storage"

	"github.com/urfave/cli/v3"
)

// recountOfStore counts on the tables of DynamoDB themselves.
func (p program) recountOfStore(ctx context.Context, c *cli.Command) (out client.Recount, err error) {
	place, err := engine.OfServer(c.String("store"), c.String("data"))
	if err != nil {
		return out, &usageError{err}
	}
	if !place.Traits().Shared {
		return out, usage("--store %q: only tables on DynamoDB are counted without a server: for a data directory leave --store out", c.String("store"))
	}
	opened, err := place.Open(ctx, []storage.Table{order.Table, report.Table}, nil)
	if err != nil {
		return out, err
	}
	s := opened.Store
	zone, err := zoneOf(ctx, c.String("zone"), s)
	if err != nil {
		return out, err
	}
	b := report.NewRebuilder(report.RebuilderConfig{Consumer: report.NewConsumer(report.Config{Store: s, Zone: zone, Now: time.Now}), Orders: s, Snapshots: opened.Snapshots})
	switch {
	case c.Bool("verify"):
		out.Outcome, err = b.Verify(ctx)
	case c.Bool("wait"):
		err = p.patiently(ctx, storage.Sleep, func() (err error) { out.Outcome, err = b.Rebuild(ctx); return err })
	default:
		out.Outcome, err = b.Rebuild(ctx)
	}
	return out, err
}

// zoneOf returns a zone by its name, or the one whose days are counted.
func zoneOf(ctx context.Context, name string, s storage.Reader) (*time.Location, error) {
	if name == "" {
		return report.Zone(ctx, s)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, usage("--zone %q: must be an IANA time zone such as Europe/Madrid", name)
	}
	return zone, nil
}

// patiently does what needs orders that stand still, until they do.
func (p program) patiently(ctx context.Context, pause func(context.Context, time.Duration) error, do func() error) error {
	for said := false; ; said = true {
		err := do()
		var changing *report.Unsettled
		if !errors.As(err, &changing) && !errors.Is(err, report.ErrOvertaken) {
			return err
		}
		if !said {
			p.note("orders are being changed: waiting until none is for %v", report.Quiet)
		}
		if err := pause(ctx, report.Quiet); err != nil {
			return err
		}
	}
}
