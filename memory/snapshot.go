package memory

import (
	"context"
	"fmt"

	"comanda/storage"
)

// Snapshot shows one moment, see [storage.Snapshotter].
func (s *Store) Snapshot(ctx context.Context, read func(storage.View) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("snapshot not started: %w", err)
	}
	return read(s.copied())
}

// copied returns a store of its own with what s has now.
func (s *Store) copied() *Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := &Store{declared: s.declared, now: s.now, tables: make(map[string]*table, len(s.tables))}
	for name, t := range s.tables {
		c.tables[name] = t.copied()
	}
	return c
}
