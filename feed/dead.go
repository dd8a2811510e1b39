package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"comanda/storage"
)

// DeadLetter is a change that could not be used, and why. It has no content of
// the order; the order is where it always was, under its key.
type DeadLetter struct {
	Consumer string    `json:"consumer"` // who could not use it; "" for everybody
	Shard    string    `json:"shard"`
	Sequence Sequence  `json:"sequence"`
	EventID  string    `json:"eventId"`
	UserID   string    `json:"userId"`
	OrderID  string    `json:"orderId"`
	Time     time.Time `json:"time"`
	Reason   string    `json:"reason"`
}

type deadDoc struct {
	Format int `json:"format"`
	DeadLetter
}

// DeadLetters keeps the changes that could not be used.
type DeadLetters struct {
	store storage.Store
	count atomic.Int64
}

// NewDeadLetters returns the dead letters in a store that has [Table].
func NewDeadLetters(s storage.Store) *DeadLetters { return &DeadLetters{store: s} }

// Put keeps a dead letter. The same one put again is one.
func (d *DeadLetters) Put(ctx context.Context, l DeadLetter) error {
	name := l.Consumer + "/" + l.Shard + "/" + string(l.Sequence)
	_, err := save(ctx, d.store, nil, deadKind, name, deadDoc{format, l})
	var conflict *storage.Conflict
	if errors.As(err, &conflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keep a dead letter: %w", err)
	}
	d.count.Add(1)
	return nil
}

// Count returns how many there are, as last counted.
func (d *DeadLetters) Count() int64 { return d.count.Load() }

// List returns a page of dead letters, and the cursor of the next page, "" at the end.
func (d *DeadLetters) List(ctx context.Context, after storage.Cursor, limit int) ([]DeadLetter, storage.Cursor, error) {
	page, err := d.store.Query(ctx, storage.Query{Table: Table.Name, Partition: deadKind, After: after, Limit: limit})
	if err != nil {
		return nil, "", fmt.Errorf("list dead letters: %w", err)
	}
	var out []DeadLetter
	for _, r := range page.Records {
		var doc deadDoc
		if err := unmarshal(r, &doc); err != nil {
			return nil, "", fmt.Errorf("list dead letters: %w", err)
		}
		out = append(out, doc.DeadLetter)
	}
	return out, page.Next, nil
}

// Recount counts what is stored, which other processes change, too.
func (d *DeadLetters) Recount(ctx context.Context) error {
	var n int64
	err := d.each(ctx, func(storage.Record) error { n++; return nil })
	if err == nil {
		d.count.Store(n)
	}
	return err
}

// Settle removes the dead letters of events that somebody has seen to, or all of
// them when no event is named, and returns how many there were.
func (d *DeadLetters) Settle(ctx context.Context, events ...string) (int, error) {
	settled := 0
	err := d.each(ctx, func(r storage.Record) error {
		var doc deadDoc
		if err := unmarshal(r, &doc); err != nil && len(events) > 0 {
			return err
		}
		if len(events) > 0 && !slices.Contains(events, doc.EventID) {
			return nil
		}
		err := d.store.Commit(ctx, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &r}}})
		var conflict *storage.Conflict
		if errors.As(err, &conflict) {
			return nil // somebody else did
		}
		if err != nil {
			return fmt.Errorf("remove a dead letter: %w", err)
		}
		settled++
		d.count.Add(-1)
		return nil
	})
	return settled, err
}

// each calls do with every dead letter's record.
func (d *DeadLetters) each(ctx context.Context, do func(storage.Record) error) error {
	for after := storage.Cursor(""); ; {
		page, err := d.store.Query(ctx, storage.Query{Table: Table.Name, Partition: deadKind, After: after, Limit: storage.MaxPage})
		if err != nil {
			return fmt.Errorf("list dead letters: %w", err)
		}
		for _, r := range page.Records {
			if err := do(r); err != nil {
				return err
			}
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}
