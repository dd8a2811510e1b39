package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"comanda/storage"

	"github.com/go-json-experiment/json"
)

// Table declares where reports are kept. A partition is a generation and a scope, as in
// "1/2026-11-21"; the sort key is a page. One more record, the root, says which
// generation counts.
var Table = storage.Table{Name: "reports", Partition: "scope", Sort: "page", Doc: "data"}

const format = 1

var rootKey = storage.Key{Table: Table.Name, Partition: "root", Sort: "root"}

// root says which generation of pages counts. A rebuild makes another generation and
// then replaces the root, so that whoever reads never sees half of it.
type root struct {
	Format     int    `json:"format"`
	Generation string `json:"generation"`
	Zone       string `json:"zone"`           // IANA name of the zone whose days were counted
	Base       marks  `json:"base,omitempty"` // positions of pages that aren't stored yet

	// Since is when changes must have been committed to count, in milliseconds since 1970,
	// 0 for all. A rebuild of one moment sets Base, one of a store without moments Since.
	Since int64 `json:"since,omitzero"`

	location *time.Location
}

// without returns changes without those that the rebuild has found in the orders.
func (r root) without(changes []change) []change {
	if r.Since == 0 {
		return changes
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c change) bool { return c.at < r.Since })
}

const firstGeneration = "1"

// readRoot returns the root and its record, or the root of an empty store and nil.
func readRoot(ctx context.Context, s storage.Reader, zone *time.Location) (root, *storage.Record, error) {
	r, err := s.Get(ctx, rootKey)
	if errors.Is(err, storage.ErrNotFound) {
		return root{Format: format, Generation: firstGeneration, Zone: zone.String(), location: zone}, nil, nil
	}
	if err != nil {
		return root{}, nil, fmt.Errorf("read the root of the reports: %w", err)
	}
	out, err := decodeRoot(r.Doc)
	if err != nil {
		return root{}, nil, fmt.Errorf("read the root of the reports: %w", err)
	}
	return out, &r, nil
}

func decodeRoot(doc []byte) (root, error) {
	var out root
	if err := json.Unmarshal(doc, &out); err != nil {
		return root{}, err
	}
	if out.Format > format {
		return root{}, newer(out.Format)
	}
	var err error
	out.location, err = time.LoadLocation(out.Zone)
	return out, err
}

func newer(n int) error {
	return fmt.Errorf("format %d is newer than this release, which reads up to %d", n, format)
}

// Zone returns the zone whose days are counted; UTC when nothing was counted yet.
func Zone(ctx context.Context, s storage.Reader) (*time.Location, error) {
	r, _, err := readRoot(ctx, s, time.UTC)
	return r.location, err
}

// openRoot returns the root, which it makes if there is none, so that a setting that
// changes later can't move days that were counted.
func openRoot(ctx context.Context, s storage.Store, zone *time.Location) (root, error) {
	for range attempts {
		out, record, err := readRoot(ctx, s, zone)
		if err != nil || record != nil {
			return out, err
		}
		err = writeRoot(ctx, s, nil, out)
		var conflict *storage.Conflict
		if err == nil || !errors.As(err, &conflict) && !errors.Is(err, storage.ErrUnknown) {
			return out, err
		}
	}
	return root{}, fmt.Errorf("make the root of the reports: %w", storage.ErrBusy)
}

func writeRoot(ctx context.Context, s storage.Store, old *storage.Record, r root) error {
	doc, err := json.Marshal(&r)
	if err != nil {
		return err
	}
	c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: old, New: &storage.Record{Key: rootKey, Doc: doc}}}}
	if err := s.Commit(ctx, c); err != nil {
		return fmt.Errorf("write the root of the reports: %w", err)
	}
	return nil
}
