package dynamo

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// maxBatch is the number of keys that BatchGetItem takes.
const maxBatch = 100

// fetch reads the records that an index has entries of, in the order of the
// entries. The index may lag: a record that is gone, or has another place in the
// index by now, is left out.
func (s *Store) fetch(ctx context.Context, t *table, ix *index, entries []item) ([]storage.Record, error) {
	found := make(map[storage.Key]storage.Record, len(entries))
	for part := range slices.Chunk(entries, maxBatch) {
		if err := s.batch(ctx, t, part, found); err != nil {
			return nil, err
		}
	}
	records := make([]storage.Record, 0, len(entries))
	for _, it := range entries {
		k, err := t.keyOf(it)
		if err != nil {
			return nil, err
		}
		listed, _ := ix.entry(k, it)
		if r, ok := found[k]; ok && r.Index[ix.Name] == listed {
			records = append(records, r)
		}
	}
	return records, nil
}

// batch reads up to [maxBatch] records into found. DynamoDB may leave some for
// another request, when they are too large together or when it is throttling.
func (s *Store) batch(ctx context.Context, t *table, entries []item, found map[storage.Key]storage.Record) error {
	want := types.KeysAndAttributes{ConsistentRead: aws.Bool(true)}
	for _, it := range entries {
		k, err := t.keyOf(it)
		if err != nil {
			return err
		}
		want.Keys = append(want.Keys, t.keyItem(k))
	}
	for idle := 0; len(want.Keys) > 0; {
		in := &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{t.name: want}}
		out, err := read(ctx, s, in, s.client.BatchGetItem)
		if err != nil {
			return err
		}
		records, err := t.records(out.Responses[t.name])
		if err != nil {
			return err
		}
		for _, r := range records {
			found[r.Key] = r
		}
		left := out.UnprocessedKeys[t.name].Keys
		if len(left) < len(want.Keys) {
			idle = 0
		} else if idle++; idle >= s.opts.Attempts || s.pause(ctx, idle) != nil {
			return fmt.Errorf("%w: %d records stay unread", cmp.Or(ctx.Err(), storage.ErrBusy), len(left))
		}
		want.Keys = left
	}
	return nil
}
