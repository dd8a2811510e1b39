package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"comanda/storage"
)

// Get returns the record under k, see [storage.Store].
func (s *Store) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	t, ok := s.tables[k.Table]
	if !ok {
		return storage.Record{}, undeclared(k.Table)
	}
	if (t.decl.Sort == "") != (k.Sort == "") {
		return storage.Record{}, fmt.Errorf("key of table %s: a sort key is given, or missing, against the table's declaration", k.Table)
	}
	var r storage.Record
	err := s.readers.use(ctx, func(c statements) (err error) {
		r, err = c.record(t, k)
		return err
	})
	return r, err
}

func undeclared(table string) error {
	return fmt.Errorf("table %q is not declared", table)
}

// record reads one record by its key.
func (s statements) record(t *table, k storage.Key) (storage.Record, error) {
	page, _, err := s.records(t, t.sql.get, 1, keyArgs(t, k, 0)...)
	switch {
	case err != nil:
		return storage.Record{}, err
	case len(page) == 0:
		return storage.Record{}, fmt.Errorf("table %s: %w", t.decl.Name, storage.ErrNotFound)
	}
	return page[0].Record, nil
}

// row is a record with the id of its row.
type row struct {
	storage.Record
	id int64
}

// records returns up to limit records that a statement selects, and whether
// there are more.
func (s statements) records(t *table, text string, limit int, args ...any) (page []row, more bool, err error) {
	stmt, err := s.get(text)
	if err != nil {
		return nil, false, err
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	if err != nil {
		return nil, false, fmt.Errorf("read table %s: %w", t.decl.Name, classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	scan := newRowScan(t)
	for rows.Next() {
		if len(page) == limit {
			return page, true, nil
		}
		r, err := scan.next(rows)
		if err != nil {
			return nil, false, fmt.Errorf("read table %s: %w", t.decl.Name, err)
		}
		page = append(page, r)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("read table %s: %w", t.decl.Name, classify(err))
	}
	return page, false, nil
}

// rowScan decodes rows of the columns id and table.columns.
type rowScan struct {
	table   *table
	id      int64
	version sql.RawBytes
	doc     []byte
	values  []any // of the key and index columns
	targets []any
}

func newRowScan(t *table) *rowScan {
	n := len(t.columns)
	s := &rowScan{table: t, values: make([]any, n), targets: make([]any, 0, n+1)}
	s.targets = append(s.targets, &s.id)
	for i := range s.values {
		s.targets = append(s.targets, &s.values[i])
	}
	s.targets[1+len(t.key)] = &s.version
	s.targets[n] = &s.doc
	return s
}

func (s *rowScan) next(rows *sql.Rows) (row, error) {
	if err := rows.Scan(s.targets...); err != nil {
		return row{}, classify(err)
	}
	t := s.table
	key, err := decodeKeys(t, s.values)
	if err != nil {
		return row{}, err
	}
	r := row{id: s.id, Record: storage.Record{Key: key, Doc: s.doc}}
	s.doc = nil
	if r.Version, err = decodeVersion(s.version); err != nil {
		return row{}, err
	}
	r.Index, err = decodeIndex(t, key, s.values[len(t.key)+1:])
	return r, err
}

// decodeKeys returns the key that the first columns of values hold.
func decodeKeys(t *table, values []any) (k storage.Key, err error) {
	k.Table = t.decl.Name
	if k.Partition, err = decodeKey(values[0]); err != nil || t.decl.Sort == "" {
		return k, err
	}
	k.Sort, err = decodeKey(values[1])
	return k, err
}

// decodeIndex returns the entries that the index columns hold.
func decodeIndex(t *table, key storage.Key, values []any) (map[string]storage.IndexKey, error) {
	var entries map[string]storage.IndexKey
	for _, ix := range t.decl.Indexes {
		entry := storage.IndexKey{Partition: key.Partition}
		if ix.Global {
			if values[0] != nil {
				var err error
				if entry.Partition, err = decodeKey(values[0]); err != nil {
					return nil, err
				}
			}
			values = values[1:]
		}
		if sort, ok := values[0].(string); ok {
			if entries == nil {
				entries = make(map[string]storage.IndexKey, len(t.decl.Indexes))
			}
			entry.Sort = sort
			entries[ix.Name] = entry
		}
		values = values[1:]
	}
	return entries, nil
}
