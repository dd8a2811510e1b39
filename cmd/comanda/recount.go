package main

import (
	"context"
	"errors"
	"time"

	"comanda/engine"
	"comanda/order"
	"comanda/report"
	"comanda/storage"

	"github.com/go-json-experiment/json"
	"github.com/urfave/cli/v3"
)

// recountOfStore counts on the tables of DynamoDB themselves.
func (p program) recountOfStore(ctx context.Context, c *cli.Command) ([]byte, error) {
	place, err := engine.OfServer(c.String("store"), c.String("data"))
	if err != nil {
		return nil, &usageError{err}
	}
	if !place.Traits().Shared {
		return nil, usage("--store %q: only tables on DynamoDB are counted without a server: for a data directory leave --store out", c.String("store"))
	}
	opened, err := place.Open(ctx, []storage.Table{order.Table, report.Table}, nil)
	if err != nil {
		return nil, err
	}
	s := opened.Store
	zone, err := zoneOf(ctx, c.String("zone"), s)
	if err != nil {
		return nil, err
	}
	b := report.NewRebuilder(report.RebuilderConfig{Consumer: report.NewConsumer(report.Config{Store: s, Zone: zone, Now: time.Now}), Orders: s, Snapshots: opened.Snapshots})
	var out report.Outcome
	switch {
	case c.Bool("verify"):
		out, err = b.Verify(ctx)
	case c.Bool("wait"):
		err = p.patiently(ctx, pause, func() (err error) { out, err = b.Rebuild(ctx); return err })
	default:
		out, err = b.Rebuild(ctx)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
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

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
