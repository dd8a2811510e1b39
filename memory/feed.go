package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"comanda/storage"
)

// ReadFeed returns changes of a table, see [storage.FeedReader].
func (s *Store) ReadFeed(ctx context.Context, name string, after int64, limit int) ([]storage.Change, error) {
	t, err := s.feedTable(ctx, name)
	if err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("limit of a read of the feed is %d, it must be at least 1", limit)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	from := t.after(after)
	found := slices.Clone(t.changes[from : from+min(limit, len(t.changes)-from)])
	for i, c := range found {
		found[i].Before, found[i].After = slices.Clone(c.Before), slices.Clone(c.After)
	}
	return found, nil
}

// LastChange returns where the feed of a table ends, see [storage.FeedReader].
func (s *Store) LastChange(ctx context.Context, name string) (int64, error) {
	t, err := s.feedTable(ctx, name)
	if err != nil {
		return 0, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if n := len(t.changes); n > 0 {
		return t.changes[n-1].Sequence, nil
	}
	return 0, nil
}

// TrimFeed removes old changes, see [storage.FeedReader].
func (s *Store) TrimFeed(ctx context.Context, name string, upTo int64, before time.Time) error {
	t, err := s.feedTable(ctx, name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(t.changes) && t.changes[n].Sequence <= upTo && t.changes[n].Time.Before(before) {
		n++
	}
	t.changes = slices.Clone(t.changes[n:])
	return nil
}

// after returns where in the feed the first change after a sequence is.
func (t *table) after(sequence int64) int {
	at, _ := slices.BinarySearchFunc(t.changes, sequence+1, func(c storage.Change, s int64) int { return cmp.Compare(c.Sequence, s) })
	return at
}

func (s *Store) feedTable(ctx context.Context, name string) (*table, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("use the feed of table %s: %w", name, err)
	}
	t, err := s.table(name)
	if err == nil && !t.decl.Feed {
		err = fmt.Errorf("table %s has no feed", name)
	}
	return t, err
}
