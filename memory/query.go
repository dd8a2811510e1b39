package memory

import (
	"context"
	"fmt"
	"slices"

	"comanda/storage"
)

// Query returns a page of a partition, see [storage.Reader]. A page of a table's
// partition is in the order of the sort keys.
func (s *Store) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	t, err := s.table(q.Table)
	if err != nil {
		return storage.Page{}, err
	}
	known := func(ix storage.Index) bool { return ix.Name == q.Index }
	switch {
	case q.Index == "" && (q.From != "" || q.To != ""):
		return storage.Page{}, fmt.Errorf("table %s: a query with bounds needs an index", q.Table)
	case q.Index != "" && !slices.ContainsFunc(t.decl.Indexes, known):
		return storage.Page{}, fmt.Errorf("index %q of table %s is not declared", q.Index, q.Table)
	}
	return s.page(ctx, t, q)
}

// Scan returns a page of a table, oldest records first, see [storage.Reader].
func (s *Store) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	t, err := s.table(table)
	if err != nil {
		return storage.Page{}, err
	}
	return s.page(ctx, t, storage.Query{Table: table, Index: byNumber, After: after, Limit: limit})
}

// page reads a part of one list.
func (s *Store) page(ctx context.Context, t *table, q storage.Query) (page storage.Page, err error) {
	switch {
	case ctx.Err() != nil:
		return page, fmt.Errorf("read table %s: %w", q.Table, ctx.Err())
	case q.Limit > storage.MaxPage:
		return page, &storage.LimitError{What: "records of a page", Got: q.Limit, Limit: storage.MaxPage}
	case q.Limit < 1:
		return page, fmt.Errorf("limit of a page is %d, it must be 1 to %d", q.Limit, storage.MaxPage)
	}
	after := ""
	if q.After != "" {
		if after, err = storage.OpenCursor(q); err != nil {
			return page, err
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := between(t.lists[list{q.Index, q.Partition}], q)
	next, step := beginning(l, q, after)
	for ; next >= 0 && next < len(l); next += step {
		if len(page.Records) == q.Limit {
			page.Next = storage.NewCursor(q, l[next-step].sort)
			break
		}
		page.Records = append(page.Records, clone(l[next].Record))
	}
	return page, nil
}

// between returns the part of a list that is within the bounds of a query.
func between(l []place, q storage.Query) []place {
	from, to := position(l, q.From), len(l)
	if q.To != "" {
		to = max(from, position(l, q.To))
	}
	return l[from:to]
}

// beginning returns where in a list a query goes on after a place, "" being none,
// and in which direction.
func beginning(l []place, q storage.Query, after string) (next, step int) {
	switch {
	case q.Descending && after == "":
		return len(l) - 1, -1
	case q.Descending:
		return position(l, after) - 1, -1
	case after == "":
		return 0, 1
	}
	next = position(l, after)
	for next < len(l) && l[next].sort == after {
		next++
	}
	return next, 1
}
