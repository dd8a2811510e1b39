package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"comanda/storage"
)

// Store is an open database file. It is safe for concurrent use by one process;
// its owner makes sure that no second process opens it for writing.
type Store struct {
	tables   map[string]*table
	declared map[string]storage.Table
	dbs      []*sql.DB // writer, checkpointer, readers
	conns    []*sql.Conn
	writer   *writer
	pages    *checkpointer
	readers  *readers
	closing  sync.Once
	closeErr error
}

var (
	_ storage.Store      = (*Store)(nil)
	_ storage.FeedReader = (*Store)(nil)
)

// Commit applies a commit, see [storage.Store].
func (s *Store) Commit(ctx context.Context, c storage.Commit) error {
	if err := c.Validate(s.declared); err != nil {
		return err
	}
	p, err := newPlan(c, s.tables)
	if err != nil {
		return err
	}
	return s.writer.submit(ctx, p)
}

// Failed returns a channel that is closed when the writer has stopped after a
// failed sync. Reads go on; only a restart can bring commits back.
func (s *Store) Failed() <-chan struct{} { return s.writer.failed }

// Err returns why the writer has stopped, or nil while it works.
func (s *Store) Err() error {
	select {
	case <-s.writer.failed:
		return s.writer.err
	default:
		return nil
	}
}

// Ready returns nil when commits can be made. After one that found the disk full,
// which is [storage.ErrFull], it tries at most once a second whether there is room
// again, so that no commit has to find out.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.Err(); err != nil {
		return err
	}
	return s.writer.ready(ctx)
}

// Close answers the commits that are queued, copies the log into the file and
// closes it. When there is no room for that, the log stays, with everything in it, for
// the next [Open]. Calls after it answer [storage.ErrBusy].
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.writer.close()
		s.pages.close()
		s.closeErr = s.readers.close()
		if s.Err() == nil {
			if err := s.pages.pass(s.pages.conn); !errors.Is(err, storage.ErrFull) {
				s.closeErr = errors.Join(s.closeErr, err)
			}
		}
		s.closeErr = errors.Join(s.closeErr, s.writer.statements.close(), s.release())
	})
	return s.closeErr
}

// release closes the connections. SQLite makes the last one remove the log.
func (s *Store) release() error {
	var err error
	for _, c := range s.conns {
		if e := c.Close(); !errors.Is(e, sql.ErrConnDone) {
			err = errors.Join(err, e)
		}
	}
	for _, db := range s.dbs {
		err = errors.Join(err, db.Close())
	}
	return err
}
