package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	checkpointInterval = 250 * time.Millisecond

	// maxFrames is the length of the write-ahead log, in pages, beyond which the
	// writer pauses to copy it back. Passes beside a busy writer never reach the
	// end of the log, and only then can it start again from its beginning.
	maxFrames = 32768
)

// checkpointer copies the write-ahead log into the database file, on a connection of
// its own, so that commits don't pay for it.
type checkpointer struct {
	conn    *sql.Conn
	log     *slog.Logger
	mu      sync.Mutex  // one pass at a time, the writer's included
	failing atomic.Bool // the last pass did, which was logged
	written atomic.Bool // there are pages that the last pass hasn't seen
	wanted  atomic.Bool // the writer wants to make the next pass
	most    int64       // maxFrames, but for tests
	limit   int64       // length of the log at which the writer pauses next; its own
	stop    chan struct{}
	done    chan struct{}
}

func newCheckpointer(conn *sql.Conn, log *slog.Logger) *checkpointer {
	return &checkpointer{conn: conn, log: log, most: maxFrames, limit: maxFrames, stop: make(chan struct{}), done: make(chan struct{})}
}

// wrote tells that a transaction was committed.
func (c *checkpointer) wrote() { c.written.Store(true) }

// run makes a pass every interval in which something was written.
func (c *checkpointer) run() {
	defer close(c.done)
	tick := time.NewTicker(checkpointInterval)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		if c.wanted.Load() || !c.written.Swap(false) {
			continue
		}
		c.mu.Lock()
		err := c.pass(c.conn)
		c.mu.Unlock()
		if err != nil {
			c.written.Store(true)
		}
	}
}

// close ends run, waiting for a pass under way.
func (c *checkpointer) close() {
	close(c.stop)
	<-c.done
}

// pass copies as much of the log as no reader still needs, without waiting for
// a reader. Its caller holds mu, or is alone. Failures are logged here, the first
// of several.
func (c *checkpointer) pass(conn *sql.Conn) error {
	frames, copied, err := checkpoint(conn, "PASSIVE")
	switch failed := err != nil; {
	case failed && !c.failing.Swap(true):
		c.log.Warn("checkpoint failed, the log of the database grows until one succeeds", "error", err)
	case !failed && c.failing.Swap(false):
		c.log.Info("checkpoints succeed again")
	}
	if err == nil && copied < frames {
		c.written.Store(true)
	}
	return err
}

// checkpoint returns the length of the log and how much of it is copied, in
// pages. Mode NOOP copies nothing, https://www.sqlite.org/pragma.html#pragma_wal_checkpoint.
func checkpoint(conn *sql.Conn, mode string) (frames, copied int64, err error) {
	var busy int
	row := conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")")
	if err := row.Scan(&busy, &frames, &copied); err != nil {
		return 0, 0, fmt.Errorf("checkpoint: %w", classify(err))
	}
	return frames, copied, nil
}

// makeRoom is called by the writer between two transactions. When the log is too
// long it copies all of it, after which the next transaction overwrites the log
// from its beginning instead of extending the file. A long reader can prevent
// that, so the next pause comes only after the log has grown by another quarter.
func (c *checkpointer) makeRoom(conn *sql.Conn) {
	frames, _, err := checkpoint(conn, "NOOP")
	if err != nil {
		c.log.Warn("the length of the database's log is not known", "error", err)
		return
	}
	if frames <= c.most {
		c.limit = c.most
	}
	if frames <= c.limit {
		return
	}
	c.wanted.Store(true)
	if !c.mu.TryLock() {
		if frames <= 4*c.most {
			return // let the pass under way do its part, there is less to wait for then
		}
		c.mu.Lock() // a slow disk has to slow commits down before the log fills it
	}
	defer c.mu.Unlock()
	c.wanted.Store(false)
	c.limit = frames + c.most/4
	_ = c.pass(conn) // which has said what went wrong; the commits that wait can be made all the same
}
