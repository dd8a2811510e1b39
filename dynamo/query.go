package dynamo

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/storage"
)

// maxPageBytes is where a page of large records ends short, as DynamoDB
// counts. Up to it, the requests of 1 MB that DynamoDB answers are put together.
const maxPageBytes = 4 << 20

// Query returns a page of a partition, see [storage.Store]. With a local index or
// none it is one request per megabyte; with a global one there is another for
// every hundred records.
func (s *Store) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	t, ix, err := s.target(q)
	if err != nil {
		return storage.Page{}, err
	}
	place := ""
	if q.After != "" {
		if place, err = storage.OpenCursor(q); err != nil {
			return storage.Page{}, err
		}
	}
	p := spanOf(q, place)
	if err := ctx.Err(); err != nil || p.empty() || !possiblePartition(q.Partition) {
		return storage.Page{}, err
	}
	page, err := s.page(ctx, t, ix, q, p)
	if err != nil {
		return storage.Page{}, fmt.Errorf("query table %s: %w", q.Table, err)
	}
	return page, nil
}

// target returns what a query asks, and refuses a malformed one. The index is nil
// for the table itself.
func (s *Store) target(q storage.Query) (*table, *index, error) {
	t, err := s.table(q.Table)
	if err != nil {
		return nil, nil, err
	}
	if err := checkLimit(q.Limit); err != nil {
		return nil, nil, err
	}
	if q.Index == "" {
		if q.From != "" || q.To != "" {
			return nil, nil, fmt.Errorf("query of table %s has bounds without an index", q.Table)
		}
		return t, nil, nil
	}
	ix, ok := t.indexes[q.Index]
	if !ok {
		return nil, nil, fmt.Errorf("index %q of table %s is not declared", q.Index, q.Table)
	}
	return t, ix, nil
}

func checkLimit(limit int) error {
	if limit > storage.MaxPage {
		return &storage.LimitError{What: "records of a page", Got: limit, Limit: storage.MaxPage}
	}
	if limit < 1 {
		return fmt.Errorf("limit of a page is %d, it must be 1 to %d", limit, storage.MaxPage)
	}
	return nil
}

// possiblePartition reports whether anything can be in a partition. DynamoDB answers an
// error to what can't be a key.
func possiblePartition(p string) bool {
	return p != "" && len(p) <= storage.MaxPartition && utf8.ValidString(p)
}

// page reads a page in the way that the table and the index need.
func (s *Store) page(ctx context.Context, t *table, ix *index, q storage.Query, p span) (storage.Page, error) {
	if ix != nil && ix.missing.Load() {
		return s.sorted(ctx, t, q, p)
	}
	found, more, err := s.collect(ctx, t.queryInput(ix, q, p), q.Limit, maxPageBytes, func(it item) bool {
		sort, _ := textOf(it, t.sortAttribute(ix))
		return p.has(sort)
	})
	switch {
	case err != nil && ix != nil && codeOf(err) == codeValidation:
		return s.withoutIndex(ctx, t, ix, q, p, err)
	case err != nil:
		return storage.Page{}, err
	}
	var page storage.Page
	if ix != nil && ix.Global {
		page.Records, err = s.fetch(ctx, t, ix, found)
	} else {
		page.Records, err = t.records(found)
	}
	if err == nil && more {
		last, _ := textOf(found[len(found)-1], t.sortAttribute(ix))
		page.Next = storage.NewCursor(q, last)
	}
	return page, err
}

func (t *table) sortAttribute(ix *index) string {
	if ix == nil {
		return t.decl.Sort
	}
	return ix.Sort
}

// queryInput asks for one record more than wanted, to know whether there is a
// next page.
func (t *table) queryInput(ix *index, q storage.Query, p span) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		TableName:                 &t.name,
		KeyConditionExpression:    aws.String("#p = :p"),
		ExpressionAttributeNames:  map[string]string{"#p": t.decl.Partition},
		ExpressionAttributeValues: item{":p": text(q.Partition)},
		ScanIndexForward:          aws.Bool(!q.Descending),
		ConsistentRead:            aws.Bool(true),
		Limit:                     aws.Int32(int32(q.Limit + 1)),
	}
	if ix != nil {
		in.IndexName = &ix.Name
		in.ExpressionAttributeNames["#p"] = ix.Partition
		in.ConsistentRead = aws.Bool(!ix.Global)
		if !ix.Global {
			in.Select = types.SelectAllAttributes // fetched from the table
		}
	}
	p.restrict(in, t.sortAttribute(ix))
	return in
}

// collect sends a query until it has found limit items, or enough bytes of them.
// More says that there may be others.
func (s *Store) collect(ctx context.Context, in *dynamodb.QueryInput, limit, bytes int, keep func(item) bool) (found []item, more bool, err error) {
	for {
		out, err := read(ctx, s, in, s.client.Query)
		if err != nil {
			return nil, false, err
		}
		for _, it := range out.Items {
			if keep(it) {
				found = append(found, it)
				bytes -= itemSize(it)
			}
		}
		switch {
		case len(found) > limit:
			return found[:limit], true, nil
		case len(out.LastEvaluatedKey) == 0:
			return found, false, nil
		case len(found) > 0 && bytes <= 0:
			return found, true, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

func (t *table) records(items []item) ([]storage.Record, error) {
	records := make([]storage.Record, len(items))
	for i, it := range items {
		var err error
		if records[i], err = t.record(it); err != nil {
			return nil, err
		}
	}
	return records, nil
}
