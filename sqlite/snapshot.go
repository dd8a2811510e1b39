package sqlite

import (
	"context"
	"errors"
	"fmt"

	"comanda/storage"
)

var _ storage.Snapshotter = (*Store)(nil)

// view reads through one connection, which is in a transaction.
type view struct{ store *Store }

// Snapshot shows one moment, see [storage.Snapshotter]. The log can't be cut
// shorter than to that moment while read runs, so the file beside the database
// grows with what is written meanwhile.
func (s *Store) Snapshot(ctx context.Context, read func(storage.View) error) (err error) {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("snapshot not started: %w", err)
	}
	conn, err := s.readers.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open a connection for a snapshot: %w", classify(err))
	}
	one := &readers{slots: make(chan struct{}, 1), done: s.readers.done, idle: []statements{newStatements(conn)}}
	defer func() { err = errors.Join(err, one.idle[0].close()) }()
	// The first read decides which moment it is.
	if err := run(ctx, conn, "BEGIN", "SELECT 1 FROM catalog"); err != nil {
		return fmt.Errorf("begin a snapshot: %w", err)
	}
	defer func() { err = errors.Join(err, run(context.WithoutCancel(ctx), conn, "ROLLBACK")) }()
	return read(view{&Store{tables: s.tables, declared: s.declared, readers: one}})
}

// Get implements [storage.Reader].
func (v view) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	return v.store.Get(ctx, k)
}

// Query implements [storage.Reader].
func (v view) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	return v.store.Query(ctx, q)
}

// Scan implements [storage.Reader].
func (v view) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	return v.store.Scan(ctx, table, after, limit)
}

// ReadFeed implements [storage.View].
func (v view) ReadFeed(ctx context.Context, table string, after int64, limit int) ([]storage.Change, error) {
	return v.store.ReadFeed(ctx, table, after, limit)
}

// LastChange implements [storage.View].
func (v view) LastChange(ctx context.Context, table string) (int64, error) {
	return v.store.LastChange(ctx, table)
}
