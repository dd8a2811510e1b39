package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"comanda/storage"

	"github.com/go-json-experiment/json"
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

const format = 1

// positionDoc is how far a consumer has come in a shard, or trimming has.
type positionDoc struct {
	Format   int      `json:"format"`
	Sequence Sequence `json:"sequence"`
	Closed   bool     `json:"closed,omitzero"` // nothing follows
}

// load reads a record into doc. It returns nil when there is none.
func load(ctx context.Context, s storage.Reader, kind, name string, doc any) (*storage.Record, error) {
	r, err := s.Get(ctx, storage.Key{Table: Table.Name, Partition: kind, Sort: name})
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r, unmarshal(r, doc)
}

func unmarshal(r storage.Record, doc any) error {
	if err := json.Unmarshal(r.Doc, doc); err != nil {
		return fmt.Errorf("record %s of table %s can't be read: %w", r.Key.Partition, Table.Name, err)
	}
	return nil
}

// save replaces old, which is nil for a new record. A repetition of the same
// commit with an unknown outcome is left to the caller.
func save(ctx context.Context, s storage.Store, old *storage.Record, kind, name string, doc any) (*storage.Record, error) {
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	r := &storage.Record{Key: storage.Key{Table: Table.Name, Partition: kind, Sort: name}, Doc: data}
	c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: old, New: r}}}
	if err := s.Commit(ctx, c); err != nil {
		return nil, err
	}
	r.Version = c.ID
	return r, nil
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
