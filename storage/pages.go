package storage

import (
	"context"
	"iter"
)

// Pages returns the pages that read returns from a place on, "" being the
// beginning. The last one has no Next, or comes with the error that ended the reading.
func Pages(after Cursor, read func(after Cursor) (Page, error)) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		for {
			page, err := read(after)
			if !yield(page, err) || err != nil || page.Next == "" {
				return
			}
			after = page.Next
		}
	}
}

// Records returns all records that q finds, read in pages of q.Limit, or of [MaxPage]
// if that is 0. An error comes last, with an empty record.
func Records(ctx context.Context, r Reader, q Query) iter.Seq2[Record, error] {
	if q.Limit == 0 {
		q.Limit = MaxPage
	}
	return records(q.After, func(after Cursor) (Page, error) {
		q.After = after
		return r.Query(ctx, q)
	})
}

// All returns all records of a table, in any order. An error comes last, with an
// empty record.
func All(ctx context.Context, r Reader, table string) iter.Seq2[Record, error] {
	return records("", func(after Cursor) (Page, error) { return r.Scan(ctx, table, after, MaxPage) })
}

func records(after Cursor, read func(Cursor) (Page, error)) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for page, err := range Pages(after, read) {
			if err != nil {
				yield(Record{}, err)
				return
			}
			for _, r := range page.Records {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}
