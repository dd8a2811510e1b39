package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"comanda/storage"
)

// Query returns a page of a partition, see [storage.Store].
func (s *Store) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	t, ok := s.tables[q.Table]
	if !ok {
		return storage.Page{}, undeclared(q.Table)
	}
	if err := checkLimit(q.Limit); err != nil {
		return storage.Page{}, err
	}
	place := ""
	if q.After != "" {
		var err error
		if place, err = storage.OpenCursor(q); err != nil {
			return storage.Page{}, err
		}
	}
	text, args, err := t.query(q, place)
	if err != nil {
		return storage.Page{}, err
	}
	return s.page(ctx, t, text, q.Limit, args, func(last row) storage.Cursor {
		if q.Index != "" {
			return storage.NewCursor(q, last.Index[q.Index].Sort)
		}
		return storage.NewCursor(q, last.Key.Sort)
	})
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

// page runs a statement whose last argument is the number of rows wanted. It asks
// for one more than limit, to know whether there is a next page.
func (s *Store) page(ctx context.Context, t *table, text string, limit int, args []any, next func(row) storage.Cursor) (storage.Page, error) {
	var rows []row
	var more bool
	args = append(args, limit+1)
	err := s.readers.use(ctx, func(c statements) (err error) {
		rows, more, err = c.records(t, text, limit, args...)
		return err
	})
	if err != nil {
		return storage.Page{}, err
	}
	page := storage.Page{Records: make([]storage.Record, len(rows))}
	for i := range rows {
		page.Records[i] = rows[i].Record
	}
	if more {
		page.Next = next(rows[len(rows)-1])
	}
	return page, nil
}

// query returns the statement for q and its arguments but the last. Place is
// the sort key after which to continue, or "".
func (t *table) query(q storage.Query, place string) (string, []any, error) {
	direction := ascending
	if q.Descending {
		direction = descending
	}
	if q.Index == "" {
		if q.From != "" || q.To != "" {
			return "", nil, fmt.Errorf("query of table %s has bounds without an index", q.Table)
		}
		return t.sql.partition[direction], t.partitionArgs(q, place), nil
	}
	text, ok := t.sql.index[q.Index]
	if !ok {
		return "", nil, fmt.Errorf("index %q of table %s is not declared", q.Index, q.Table)
	}
	from, to := q.From, q.To
	switch {
	case place == "":
	case q.Descending:
		to = place
	default:
		from = place + "\x00" // the least string after place
	}
	if to == "" {
		return text[direction][0], []any{encodeKey(q.Partition), from}, nil
	}
	return text[direction][1], []any{encodeKey(q.Partition), from, to}, nil
}

// afterAllKeys is greater than every key: SQLite sorts BLOBs after TEXT, and a key that
// is a BLOB has 16 bytes.
var afterAllKeys = bytes.Repeat([]byte{0xff}, 17)

func (t *table) partitionArgs(q storage.Query, place string) []any {
	args := []any{encodeKey(q.Partition)}
	switch {
	case t.decl.Sort == "":
		return args
	case place != "":
		return append(args, encodeKey(place))
	case q.Descending:
		return append(args, afterAllKeys)
	}
	return append(args, "")
}

// Scan returns the records of a table by their row ids, see [storage.Store].
func (s *Store) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	t, ok := s.tables[table]
	if !ok {
		return storage.Page{}, undeclared(table)
	}
	if err := checkLimit(limit); err != nil {
		return storage.Page{}, err
	}
	q := storage.Query{Table: table, After: after} // no partition: a query always has one
	var id int64
	if after != "" {
		place, err := storage.OpenCursor(q)
		if err != nil {
			return storage.Page{}, err
		}
		if id, err = strconv.ParseInt(place, 10, 64); err != nil {
			return storage.Page{}, fmt.Errorf("scan of table %s: %w", table, storage.ErrCursor)
		}
	}
	return s.page(ctx, t, t.sql.scan, limit, []any{id}, func(last row) storage.Cursor {
		return storage.NewCursor(q, strconv.FormatInt(last.id, 10))
	})
}
