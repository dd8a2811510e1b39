package installation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"comanda/engine"
	"comanda/order"
	"comanda/report"
	"comanda/storage"
)

// Recount counts the orders of tables that several processes share anew, without a server.
type Recount struct {
	Place  engine.Place
	Zone   string // whose days are counted from now on, an IANA name; "": the one that was
	Verify bool   // only compare
	Wait   bool   // until no order is being changed
	Note   func(format string, args ...any)
}

// Run counts. What can't be asked for is a [*SettingError].
func (c Recount) Run(ctx context.Context) (out report.Outcome, err error) {
	if !c.Place.Traits().Shared {
		return out, &SettingError{"only tables on DynamoDB are counted without a server: for a data directory leave --store out"}
	}
	opened, err := c.Place.Open(ctx, []storage.Table{order.Table, report.Table}, nil)
	if err != nil {
		return out, err
	}
	zone, err := c.zone(ctx, opened.Store)
	if err != nil {
		return out, err
	}
	b := report.NewRebuilder(report.RebuilderConfig{
		Consumer: report.NewConsumer(report.Config{Store: opened.Store, Zone: zone, Now: time.Now}), Orders: opened.Store, Snapshots: opened.Snapshots,
	})
	switch {
	case c.Verify:
		return b.Verify(ctx)
	case c.Wait:
		err = c.patiently(ctx, storage.Sleep, func() (err error) { out, err = b.Rebuild(ctx); return err })
		return out, err
	}
	return b.Rebuild(ctx)
}

func (c Recount) zone(ctx context.Context, s storage.Reader) (*time.Location, error) {
	if c.Zone == "" {
		return report.Zone(ctx, s)
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || c.Zone == "Local" {
		return nil, &SettingError{fmt.Sprintf("--zone %q: must be an IANA time zone such as Europe/Madrid", c.Zone)}
	}
	return zone, nil
}

// patiently does what needs orders that stand still, until they do.
func (c Recount) patiently(ctx context.Context, pause func(context.Context, time.Duration) error, do func() error) error {
	for said := false; ; said = true {
		err := do()
		var changing *report.Unsettled
		if !errors.As(err, &changing) && !errors.Is(err, report.ErrOvertaken) {
			return err
		}
		if !said {
			c.Note("orders are being changed: waiting until none is for %v", report.Quiet)
		}
		if err := pause(ctx, report.Quiet); err != nil {
			return err
		}
	}
}
