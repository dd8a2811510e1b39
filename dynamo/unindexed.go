package dynamo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// MaxUnindexed is the number of records of a partition up to which a query does
// without a local index that the table lacks.
const MaxUnindexed = 10_000

// withoutIndex is called when DynamoDB has refused a query of an index, and
// answers it otherwise if the reason is that there is no such index. One that is
// still being built will be there later: [storage.ErrBusy].
func (s *Store) withoutIndex(ctx context.Context, t *table, ix *index, q storage.Query, p span, refused error) (storage.Page, error) {
	there, err := s.describe(ctx, t)
	switch {
	case err != nil:
		return storage.Page{}, fmt.Errorf("%w (%w)", refused, err)
	case stateOf(there, ix.Name) == types.IndexStatusCreating:
		return storage.Page{}, fmt.Errorf("%w: the index %s of %s is still being built: %w", storage.ErrBusy, ix.Name, t.name, refused)
	case hasIndex(there, ix.Name):
		return storage.Page{}, refused
	case ix.Global:
		return storage.Page{}, fmt.Errorf("%w: add the global index %s to %s", ErrNoIndex, ix.Name, t.name)
	}
	ix.missing.Store(true)
	return s.sorted(ctx, t, q, p)
}

// sorted answers a query of a local index by reading the partition of the table.
func (s *Store) sorted(ctx context.Context, t *table, q storage.Query, p span) (storage.Page, error) {
	all := storage.Query{Partition: q.Partition, Limit: s.opts.unindexed}
	found, more, err := s.collect(ctx, t.queryInput(nil, all, span{}), all.Limit, maxBytesUnindexed, func(item) bool { return true })
	if err != nil {
		return storage.Page{}, err
	}
	if more {
		return storage.Page{}, fmt.Errorf("%w: without %s, %s can list partitions of %d records at most: move to a table of our making with `comanda copy`",
			ErrNoIndex, q.Index, t.name, all.Limit)
	}
	records, err := t.records(found)
	if err != nil {
		return storage.Page{}, err
	}
	return cut(records, q, p), nil
}

// maxBytesUnindexed ends no partition of [MaxUnindexed] items early.
const maxBytesUnindexed = MaxUnindexed * maxItem

// cut returns the page of a query from all records of its partition.
func cut(records []storage.Record, q storage.Query, p span) storage.Page {
	records = slices.DeleteFunc(records, func(r storage.Record) bool {
		k, ok := r.Index[q.Index]
		return !ok || !p.has(k.Sort)
	})
	slices.SortFunc(records, func(a, b storage.Record) int {
		order := strings.Compare(a.Index[q.Index].Sort, b.Index[q.Index].Sort)
		if q.Descending {
			return -order
		}
		return order
	})
	if len(records) <= q.Limit {
		return storage.Page{Records: records}
	}
	last := records[q.Limit-1].Index[q.Index].Sort
	return storage.Page{Records: records[:q.Limit], Next: storage.NewCursor(q, last)}
}
