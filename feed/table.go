package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"comanda/storage"
)

// Table declares where the feed's own records are: positions of consumers, dead
// letters and the lease.
var Table = storage.Table{Name: "feed", Partition: "kind", Sort: "name", Doc: "data"}

// Kinds of records.
const (
	positionKind = "position/" // followed by the consumer; the name is the shard
	deadKind     = "dead"      // the name is the shard and the sequence
	leaseKind    = "lease"
	trimKind     = "trimmed" // the name is the shard
)

// format numbers the feed's documents; the next one is 2. The first edition never looked
// at it, so that what it would spoil needs records of another kind.
const format = 1

var (
	first = storage.Head{Format: format}
	codec = storage.Codec{Newest: format}
)

// positionDoc is how far a consumer has come in a shard, or trimming has.
type positionDoc struct {
	storage.Head
	Sequence Sequence `json:"sequence"`
	Closed   bool     `json:"closed,omitzero"` // nothing follows
}

func keyOf(kind, name string) storage.Key {
	return storage.Key{Table: Table.Name, Partition: kind, Sort: name}
}

// load reads a record into doc. It returns nil when there is none.
func load(ctx context.Context, s storage.Reader, kind, name string, doc storage.Document) (*storage.Record, error) {
	r, err := s.Get(ctx, keyOf(kind, name))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r, codec.Decode(r.Key, r.Doc, doc)
}

// save replaces old, which is nil for a new record, and returns what it stored.
func save(ctx context.Context, s storage.Store, old *storage.Record, kind, name string, doc storage.Document) (*storage.Record, error) {
	r, err := codec.Encode(keyOf(kind, name), doc)
	if err != nil {
		return nil, err
	}
	return &r, storage.Apply(ctx, s, storage.Commit{Writes: []storage.Write{{Old: old, New: &r}}})
}

// Trimmed returns the place in a shard up to which changes may be gone.
func Trimmed(ctx context.Context, s storage.Store, shard string) (Sequence, error) {
	var doc positionDoc
	if _, err := load(ctx, s, trimKind, shard, &doc); err != nil {
		return "", fmt.Errorf("find where the feed begins: %w", err)
	}
	return doc.Sequence, nil
}

// day is how long changes are kept at least.
const day = 24 * time.Hour

// PositionOf returns the place in a shard up to which a consumer's changes are
// noted as delivered. It may be behind what was delivered, and never ahead.
func PositionOf(ctx context.Context, s storage.Reader, consumer, shard string) (Sequence, error) {
	var doc positionDoc
	if _, err := load(ctx, s, positionKind+consumer, shard, &doc); err != nil {
		return "", fmt.Errorf("read the position of %s: %w", consumer, err)
	}
	return doc.Sequence, nil
}
