package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"comanda/storage"
)

// Store keeps records until its process ends. It is safe for concurrent use and
// needs no closing.
type Store struct {
	declared map[string]storage.Table
	now      func() time.Time

	mu     sync.RWMutex
	tables map[string]*table
}

var (
	_ storage.Store       = (*Store)(nil)
	_ storage.FeedReader  = (*Store)(nil)
	_ storage.Snapshotter = (*Store)(nil)
)

// New returns an empty store with the tables given. The clock is for the times
// of changes.
func New(tables []storage.Table, now func() time.Time) *Store {
	s := &Store{declared: make(map[string]storage.Table, len(tables)), tables: make(map[string]*table, len(tables)), now: now}
	for _, t := range tables {
		s.declared[t.Name] = t
		s.tables[t.Name] = newTable(t)
	}
	return s
}

// Get returns the record under k, see [storage.Reader].
func (s *Store) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return storage.Record{}, fmt.Errorf("get from table %s: %w", k.Table, err)
	}
	t, err := s.table(k.Table)
	if err != nil {
		return storage.Record{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, there := t.records[k]
	if !there {
		return storage.Record{}, fmt.Errorf("table %s: %w", k.Table, storage.ErrNotFound)
	}
	return clone(e.Record), nil
}

// Commit applies a commit, see [storage.Store].
func (s *Store) Commit(ctx context.Context, c storage.Commit) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("commit not begun: %w", err)
	}
	if err := c.Validate(s.declared); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range c.Writes {
		if err := s.check(w.Key(), w.Old); err != nil {
			return err
		}
	}
	for _, r := range c.Checks {
		if err := s.check(r.Key, &r); err != nil {
			return err
		}
	}
	now := s.now().UTC().Truncate(time.Millisecond)
	for _, w := range c.Writes {
		s.tables[w.Key().Table].apply(c.ID, w, now)
	}
	return nil
}

// check returns a [*storage.Conflict] unless what is under k has the version of
// expected, or isn't there when that is nil.
func (s *Store) check(k storage.Key, expected *storage.Record) error {
	found, there := s.tables[k.Table].records[k]
	switch {
	case !there && expected == nil, there && expected != nil && found.Version == expected.Version:
		return nil
	case !there:
		return &storage.Conflict{Key: k}
	}
	current := clone(found.Record)
	return &storage.Conflict{Key: k, Current: &current}
}

func (s *Store) table(name string) (*table, error) {
	t, ok := s.tables[name]
	if !ok {
		return nil, fmt.Errorf("table %q is not declared", name)
	}
	return t, nil
}

// clone returns a record that shares nothing with r, so that callers and store
// can't change each other's.
func clone(r storage.Record) storage.Record {
	r.Doc, r.Index = slices.Clone(r.Doc), maps.Clone(r.Index)
	return r
}
