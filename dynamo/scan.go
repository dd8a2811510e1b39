package dynamo

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"comanda/storage"
)

// Scan returns records of a table in the order of DynamoDB's hash, strongly
// consistently and with one request. See [storage.Store].
func (s *Store) Scan(ctx context.Context, name string, after storage.Cursor, limit int) (storage.Page, error) {
	t, err := s.table(name)
	if err != nil {
		return storage.Page{}, err
	}
	if err := checkLimit(limit); err != nil {
		return storage.Page{}, err
	}
	in := &dynamodb.ScanInput{TableName: &t.name, Limit: aws.Int32(int32(limit)), ConsistentRead: aws.Bool(true)}
	q := storage.Query{Table: name, After: after} // no partition: a query always has one
	if after != "" {
		if in.ExclusiveStartKey, err = t.scanStart(q); err != nil {
			return storage.Page{}, err
		}
	}
	out, err := read(ctx, s, in, s.client.Scan)
	if err != nil {
		return storage.Page{}, fmt.Errorf("scan table %s: %w", name, err)
	}
	page := storage.Page{}
	if page.Records, err = t.records(out.Items); err != nil {
		return storage.Page{}, err
	}
	if len(out.LastEvaluatedKey) > 0 {
		last, err := t.keyOf(out.LastEvaluatedKey)
		if err != nil {
			return storage.Page{}, err
		}
		page.Next = storage.NewCursor(q, scanPlace(last))
	}
	return page, nil
}

// scanPlace is a key in one string: the length of the partition, and both parts.
func scanPlace(k storage.Key) string {
	b := binary.AppendUvarint(nil, uint64(len(k.Partition)))
	return string(b) + k.Partition + k.Sort
}

// scanStart returns the key that the cursor of q stands for.
func (t *table) scanStart(q storage.Query) (item, error) {
	place, err := storage.OpenCursor(q)
	if err != nil {
		return nil, err
	}
	n, width := binary.Uvarint([]byte(place))
	if width <= 0 || n > uint64(len(place)-width) {
		return nil, fmt.Errorf("scan table %s: %w", q.Table, storage.ErrCursor)
	}
	rest := place[width:]
	k := storage.Key{Table: q.Table, Partition: rest[:n], Sort: rest[n:]}
	if !t.possible(k) {
		return nil, fmt.Errorf("scan table %s: %w", q.Table, storage.ErrCursor)
	}
	return t.keyItem(k), nil
}
