package storagetest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"comanda/storage"
)

// memory is a small store that is right, or wrong in one way, to test the suite
// with. Its maps are copied where the contract asks for it.
type memory struct {
	mu       sync.Mutex
	tables   map[string]storage.Table
	records  map[storage.Key]storage.Record
	order    map[storage.Key]int64 // position in a scan
	next     int64
	changes  []storage.Change
	sequence int64
	wrong    string // which fault to have
}

func newMemory(tables []storage.Table, wrong string) *memory {
	m := &memory{tables: map[string]storage.Table{}, records: map[storage.Key]storage.Record{}, order: map[storage.Key]int64{}, wrong: wrong}
	for _, t := range tables {
		m.tables[t.Name] = t
	}
	return m
}

func clone(r storage.Record) storage.Record {
	r.Doc, r.Index = slices.Clone(r.Doc), maps.Clone(r.Index)
	return r
}

func (m *memory) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	if ctx.Err() != nil && m.wrong != "ignores the context" {
		return storage.Record{}, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.tables[k.Table]; !ok {
		return storage.Record{}, errors.New("undeclared table")
	}
	r, ok := m.records[k]
	if !ok {
		return r, storage.ErrNotFound
	}
	if m.wrong == "shares memory" {
		return r, nil
	}
	return clone(r), nil
}

func (m *memory) Commit(ctx context.Context, c storage.Commit) error {
	if ctx.Err() != nil && m.wrong != "ignores the context" {
		return ctx.Err()
	}
	if err := c.Validate(m.tables); err != nil && m.wrong != "doesn't validate" {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range c.Writes {
		if err := m.check(w.Key(), w.Old); err != nil {
			return err
		}
		if m.wrong == "applies before it has checked all" {
			m.apply(c.ID, w)
		}
	}
	for _, r := range c.Checks {
		if err := m.check(r.Key, &r); err != nil && m.wrong != "doesn't check" {
			return err
		}
	}
	if m.wrong != "applies before it has checked all" {
		for _, w := range c.Writes {
			m.apply(c.ID, w)
		}
	}
	return nil
}

func (m *memory) check(k storage.Key, old *storage.Record) error {
	current, there := m.records[k]
	switch {
	case m.wrong == "loses updates" && there && old != nil:
		return nil
	case there == (old != nil) && (!there || current.Version == old.Version):
		return nil
	case !there || m.wrong == "hides the record in the way":
		return &storage.Conflict{Key: k}
	}
	current = clone(current)
	return &storage.Conflict{Key: k, Current: &current}
}

func (m *memory) apply(id string, w storage.Write) {
	k := w.Key()
	old, there := m.records[k]
	m.sequence++
	change := storage.Change{Sequence: m.sequence, ID: id, Key: k, Kind: storage.Insert, Time: time.Now(), Before: old.Doc}
	if there {
		change.Kind = storage.Modify
	} else {
		m.next++
		m.order[k] = m.next
	}
	if w.New == nil {
		change.Kind = storage.Remove
		delete(m.records, k)
		delete(m.order, k)
	} else {
		r := clone(*w.New)
		r.Version = id
		if m.wrong == "leaves old index entries" && there {
			entries := maps.Clone(old.Index)
			if entries == nil {
				entries = map[string]storage.IndexKey{}
			}
			maps.Copy(entries, r.Index)
			r.Index = entries
		}
		if m.wrong == "moves replaced records" {
			m.next++
			m.order[k] = m.next
		}
		if m.wrong == "rounds numbers" {
			r.Doc = roundNumbers(r.Doc)
		}
		m.records[k] = r
		change.After = r.Doc
	}
	if m.tables[k.Table].Feed && (m.wrong != "announces no removals" || w.New != nil) {
		m.changes = append(m.changes, change)
	}
}

// roundNumbers passes a document through binary floating point.
func roundNumbers(doc []byte) []byte {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return doc
	}
	rounded, err := json.Marshal(v)
	if err != nil {
		return doc
	}
	return rounded
}

func (m *memory) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	if ctx.Err() != nil && m.wrong != "ignores the context" {
		return storage.Page{}, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tables[q.Table]
	known := q.Index == "" || slices.ContainsFunc(t.Indexes, func(ix storage.Index) bool { return ix.Name == q.Index })
	if !ok || !known || q.Index == "" && q.From+q.To != "" {
		return storage.Page{}, errors.New("undeclared table or index, or bounds without one")
	}
	place := func(r storage.Record) (string, bool) {
		if q.Index == "" {
			return r.Key.Sort, r.Key.Table == q.Table && r.Key.Partition == q.Partition
		}
		entry, ok := r.Index[q.Index]
		to := q.To
		if m.wrong == "includes the upper bound" && to != "" {
			to += "\x01"
		}
		return entry.Sort, ok && r.Key.Table == q.Table && entry.Partition == q.Partition && entry.Sort >= q.From && (to == "" || entry.Sort < to)
	}
	return m.page(q, q.After, q.Limit, place)
}

func (m *memory) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	if ctx.Err() != nil && m.wrong != "ignores the context" {
		return storage.Page{}, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.tables[table]; !ok {
		return storage.Page{}, errors.New("undeclared table")
	}
	return m.page(storage.Query{Table: table}, after, limit, func(r storage.Record) (string, bool) {
		return fmt.Sprintf("%09d", m.order[r.Key]), r.Key.Table == table
	})
}

// page returns the records that have a place, in the order of their places. A
// cursor spells its query out.
func (m *memory) page(q storage.Query, after storage.Cursor, limit int, place func(storage.Record) (string, bool)) (storage.Page, error) {
	if limit < 1 || limit > storage.MaxPage {
		return storage.Page{}, errors.New("limit out of range")
	}
	binding := fmt.Sprintf("%q %q %q %q %q %v ", q.Table, q.Index, q.Partition, q.From, q.To, q.Descending)
	if m.wrong == "takes cursors of other queries" {
		binding = ""
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(string(after))
	last, bound := strings.CutPrefix(string(text), binding)
	bound = bound && strings.HasSuffix(last, "$")
	if after != "" && (err != nil || !bound) {
		return storage.Page{}, storage.ErrCursor
	}
	last = strings.TrimSuffix(last, "$")
	type placed struct {
		storage.Record
		place string
	}
	var found []placed
	for _, r := range m.records {
		p, ok := place(r)
		if ok && (after == "" || q.Descending && p < last || !q.Descending && p > last) {
			found = append(found, placed{clone(r), p})
		}
	}
	slices.SortFunc(found, func(a, b placed) int {
		if m.wrong == "orders without regard to case" {
			return strings.Compare(strings.ToLower(a.place), strings.ToLower(b.place))
		}
		return strings.Compare(a.place, b.place)
	})
	if q.Descending {
		slices.Reverse(found)
	}
	var page storage.Page
	for _, r := range found[:min(limit, len(found))] {
		page.Records = append(page.Records, r.Record)
	}
	if len(found) > limit {
		at := found[limit-1].place
		if m.wrong == "skips at page ends" {
			at = found[limit].place
		}
		page.Next = storage.Cursor(base64.RawURLEncoding.EncodeToString([]byte(binding + at + "$")))
	}
	return page, nil
}

func (m *memory) ReadFeed(ctx context.Context, table string, after int64, limit int) ([]storage.Change, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.tables[table].Feed {
		return nil, errors.New("no feed")
	}
	var changes []storage.Change
	for _, c := range m.changes {
		if c.Sequence > after && len(changes) < limit {
			if current, ok := m.records[c.Key]; ok && c.After != nil && m.wrong == "shows the present document" {
				c.After = current.Doc
			}
			changes = append(changes, c)
		}
	}
	return changes, nil
}

func (m *memory) LastChange(_ context.Context, _ string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.changes); n > 0 && m.wrong != "forgets where the feed ends" {
		return m.changes[n-1].Sequence, nil
	}
	return 0, nil
}

func (m *memory) TrimFeed(_ context.Context, _ string, upTo int64, before time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes = slices.DeleteFunc(m.changes, func(c storage.Change) bool {
		return (c.Sequence <= upTo || m.wrong == "trims what is needed") && c.Time.Before(before)
	})
	return nil
}
