package report

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"comanda/storage"
)

// Quiet is for how long before a rebuild no order may have been changed in a store
// that can't show one moment. Clocks of the processes that change orders, of the store and of the one
// that rebuilds may differ by half of it.
const Quiet = 2 * time.Minute

// Unsettled says that a rebuild has found orders that are being changed.
// Nothing has changed in the reports.
type Unsettled struct {
	Changed time.Time // when that was seen, or when the change was made
}

func (e *Unsettled) Error() string {
	return fmt.Sprintf("an order was changed, or counted, at %s: no order may be changed for %v before the rebuild, nor while it runs: repeat it then", e.Changed.UTC().Format(time.RFC3339), Quiet)
}

// unsettled reports whether an order that was changed at a time may have changes that count
// after a rebuild, beside those that the rebuild finds. A time far ahead is no clock's.
func (r root) unsettled(changed time.Time) bool {
	since := time.UnixMilli(r.Since)
	return r.Since != 0 && !changed.Before(since.Add(-Quiet/2)) && changed.Before(since.Add(24*time.Hour))
}

// ErrOvertaken says that orders were counted at the moment in which a rebuild replaced the
// reports, which may lack them now.
var ErrOvertaken = errors.New("orders were counted while the reports were replaced, and may be missing now: repeat the rebuild")

// versions are those of a generation's pages.
type versions map[storage.Key]string

func (b *Rebuilder) versions(ctx context.Context, r root) (versions, error) {
	out := versions{}
	for rec, err := range pageRecords(ctx, b.consumer.config.Store) {
		if err != nil {
			return nil, err
		}
		if generation, _, _ := scopeOf(rec.Key); generation == r.Generation {
			out[rec.Key] = rec.Version
		}
	}
	return out, nil
}

// compare returns an error when anything was counted in a generation since it had
// certain versions. A change that a rebuild has missed, and that was counted only in the generation
// before, would be lost.
//
// Who has begun to count before the root was replaced, and goes on after it, looks at the root again
// at the end. So every change is seen here, or is counted in the new generation by its
// consumer.
func (b *Rebuilder) compare(ctx context.Context, r root, before versions, changed error) error {
	now, err := b.versions(ctx, r)
	if err == nil && !maps.Equal(before, now) {
		err = changed
	}
	return err
}
