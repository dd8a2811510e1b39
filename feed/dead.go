package feed

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"comanda/storage"

	"github.com/go-json-experiment/json"
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
		if err := json.Unmarshal(r.Doc, &doc); err != nil {
			return nil, "", fmt.Errorf("list dead letters: %w", err)
		}
		out = append(out, doc.DeadLetter)
	}
	return out, page.Next, nil
}

// Recount counts what is stored, for a process that has just started.
func (d *DeadLetters) Recount(ctx context.Context) error {
	var n int64
	for after := storage.Cursor(""); ; {
		page, next, err := d.List(ctx, after, storage.MaxPage)
		if err != nil {
			return err
		}
		n += int64(len(page))
		if after = next; next == "" {
			d.count.Store(n)
			return nil
		}
	}
}
