package feed

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	storage.Head
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
	_, err := save(ctx, d.store, nil, deadKind, name, &deadDoc{first, l})
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

// List returns a page of dead letters, and the cursor of the next page, "" at the
// end. Of one that a later release has put there it tells that in the reason, and no more.
func (d *DeadLetters) List(ctx context.Context, after storage.Cursor, limit int) ([]DeadLetter, storage.Cursor, error) {
	page, err := d.store.Query(ctx, storage.Query{Table: Table.Name, Partition: deadKind, After: after, Limit: limit})
	if err != nil {
		return nil, "", fmt.Errorf("list dead letters: %w", err)
	}
	var out []DeadLetter
	for _, r := range page.Records {
		var doc deadDoc
		switch err := codec.Decode(r.Key, r.Doc, &doc); {
		case Newer(err):
			doc.DeadLetter = DeadLetter{Reason: err.Error()}
		case err != nil:
			return nil, "", fmt.Errorf("list dead letters: %w", err)
		}
		out = append(out, doc.DeadLetter)
	}
	return out, page.Next, nil
}

// Recount counts what is stored, which other processes change, too.
func (d *DeadLetters) Recount(ctx context.Context) error {
	var n int64
	for _, err := range d.all(ctx) {
		if err != nil {
			return fmt.Errorf("count dead letters: %w", err)
		}
		n++
	}
	d.count.Store(n)
	return nil
}

// Settle removes the dead letters of events that the operator has seen to, or all of
// them when no event is named, and returns how many there were. Those of a later
// release stay, which is an error once the others are gone, unless all that were named are.
func (d *DeadLetters) Settle(ctx context.Context, events ...string) (int, error) {
	var newer error
	settled := 0
	for r, err := range d.all(ctx) {
		if err != nil {
			return settled, fmt.Errorf("list dead letters: %w", err)
		}
		var doc deadDoc
		err := codec.Decode(r.Key, r.Doc, &doc)
		switch {
		case Newer(err):
			newer = err
			continue
		case err != nil && len(events) > 0:
			return settled, err
		case len(events) > 0 && !slices.Contains(events, doc.EventID):
			continue
		}
		if done, err := d.remove(ctx, r); err != nil {
			return settled, err
		} else if done {
			settled++
		}
	}
	if len(events) > 0 && settled == len(events) {
		return settled, nil
	}
	return settled, newer
}

// remove removes the record of a dead letter, unless another process did.
func (d *DeadLetters) remove(ctx context.Context, r storage.Record) (bool, error) {
	err := storage.Apply(ctx, d.store, storage.Commit{Writes: []storage.Write{{Old: &r}}})
	var conflict *storage.Conflict
	if errors.As(err, &conflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("remove a dead letter: %w", err)
	}
	d.count.Add(-1)
	return true, nil
}

// all returns the records of all dead letters.
func (d *DeadLetters) all(ctx context.Context) iter.Seq2[storage.Record, error] {
	return storage.Records(ctx, d.store, storage.Query{Table: Table.Name, Partition: deadKind})
}
