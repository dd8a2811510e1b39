package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"comanda/storage"
)

// Table declares where reports are kept. A partition is a generation and a scope, as in
// "1/2026-11-21"; the sort key is a page. One more record, the root, says which
// generation counts.
var Table = storage.Table{Name: "reports", Partition: "scope", Sort: "page", Doc: "data"}

// format numbers the documents of pages and of the root; the next one is 2.
const format = 1

var codec = storage.Codec{Newest: format}

var rootKey = storage.Key{Table: Table.Name, Partition: "root", Sort: "root"}

// root says which generation of pages counts. A rebuild makes another generation and
// then replaces the root, so that a reader never sees half of it.
type root struct {
	storage.Head
	Generation string `json:"generation"`
	Zone       string `json:"zone"`           // IANA name of the zone whose days were counted
	Base       marks  `json:"base,omitempty"` // positions of pages that aren't stored yet

	// Currency is of all amounts that were counted, "" until one was set. What was
	// counted in one is never shown in another.
	Currency string `json:"currency,omitempty"`

	// Since is when changes must have been committed to count, in milliseconds since 1970,
	// 0 for all. A rebuild of one moment sets Base, one of a store without moments Since.
	Since int64 `json:"since,omitzero"`

	// Kinds are the kinds of counters that every change of the generation is counted
	// in. nil: those of this release, which writes none. A release with another kind
	// names all, from its first rebuild on, so that those before it wait.
	Kinds []kind `json:"kinds,omitempty"`

	location *time.Location
}

// without returns changes without those that the rebuild has found in the orders.
func (r root) without(changes []change) []change {
	if r.Since == 0 {
		return changes
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c change) bool { return c.at < r.Since })
}

// complete returns an error when a change has to be counted in a kind of counter that
// this release doesn't know. The marks of pages would say that it was.
func (r root) complete() error {
	for _, k := range r.Kinds {
		if !slices.Contains(kinds, k) {
			return newKind(k)
		}
	}
	return nil
}

func newKind(k kind) error {
	return &storage.NewerError{Table: Table.Name, What: fmt.Sprintf("the kind %.40q of counters", k)}
}

const firstGeneration = "1"

// readRoot returns the root and its record, or the root of an empty store and nil.
func readRoot(ctx context.Context, s storage.Reader, zone *time.Location) (root, *storage.Record, error) {
	r, err := s.Get(ctx, rootKey)
	if errors.Is(err, storage.ErrNotFound) {
		return root{Head: storage.Head{Format: format}, Generation: firstGeneration, Zone: zone.String(), location: zone}, nil, nil
	}
	if err != nil {
		return root{}, nil, fmt.Errorf("read the root of the reports: %w", err)
	}
	var out root
	if err = codec.Decode(r.Key, r.Doc, &out); err == nil {
		out.location, err = time.LoadLocation(out.Zone)
	}
	if err != nil {
		return root{}, nil, fmt.Errorf("read the root of the reports: %w", err)
	}
	return out, &r, nil
}

// Zone returns the zone whose days are counted; UTC when nothing was counted yet.
func Zone(ctx context.Context, s storage.Reader) (*time.Location, error) {
	r, _, err := readRoot(ctx, s, time.UTC)
	return r.location, err
}

// openRoot returns the root, which it makes if there is none, so that a setting that
// changes later can't move days that were counted, nor say that their amounts are of
// another currency.
func (c Config) openRoot(ctx context.Context) (out root, err error) {
	err = storage.Decide(ctx, c.Store, func(*storage.Conflict) (storage.Commit, error) {
		var record *storage.Record
		if out, record, err = readRoot(ctx, c.Store, c.Zone); err != nil {
			return storage.Commit{}, err
		}
		if record != nil && (c.Currency == "" || out.Currency != "") {
			return storage.Commit{}, nil
		}
		out.Currency = c.Currency
		return out.replacing(record)
	})
	return out, err
}

// replacing returns the commit that stores the root in the place of old.
func (r root) replacing(old *storage.Record) (storage.Commit, error) {
	rec, err := codec.Encode(rootKey, &r)
	return storage.Commit{Writes: []storage.Write{{Old: old, New: &rec}}}, err
}
