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

	// moreFrames is how much the log may grow on before the next pause when a
	// long reader has kept it from starting again.
	moreFrames = maxFrames / 4
)

// checkpointer copies the write-ahead log into the database file, on a connection of
// its own, so that commits don't pay for it.
type checkpointer struct {
	conn    *sql.Conn
	log     *slog.Logger
	mu      sync.Mutex   // one pass at a time, the writer's included
	written atomic.Bool  // there are pages that the last pass hasn't seen
	frames  atomic.Int64 // length of the log at the last pass, in pages
	limit   atomic.Int64 // the length at which the writer pauses
	stop    chan struct{}
	done    chan struct{}
}

func newCheckpointer(conn *sql.Conn, log *slog.Logger) *checkpointer {
	c := &checkpointer{conn: conn, log: log, stop: make(chan struct{}), done: make(chan struct{})}
	c.limit.Store(maxFrames)
	return c
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
		if !c.written.Swap(false) {
			continue
		}
		if err := c.pass(c.conn); err != nil {
			c.log.Warn("checkpoint failed, the log of the database grows", "error", err)
			c.written.Store(true)
		}
	}
}

// close ends run, waiting for a pass under way.
func (c *checkpointer) close() {
	close(c.stop)
	<-c.done
}

// pass copies as much of the log as no reader still needs, without waiting for anybody.
func (c *checkpointer) pass(conn *sql.Conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var busy, frames, copied int64
	row := conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)")
	if err := row.Scan(&busy, &frames, &copied); err != nil {
		return fmt.Errorf("checkpoint: %w", classify(err))
	}
	if copied < frames {
		c.written.Store(true)
		c.frames.Store(frames)
		return nil
	}
	c.frames.Store(0)
	c.limit.Store(maxFrames)
	return nil
}

// makeRoom is called by the writer between two transactions. When the log is too
// long it copies all of it, after which the next transaction overwrites the log
// from its beginning instead of extending the file.
func (c *checkpointer) makeRoom(conn *sql.Conn) error {
	if c.frames.Load() <= c.limit.Load() {
		return nil
	}
	if err := c.pass(conn); err != nil {
		return err
	}
	if n := c.frames.Load(); n != 0 {
		c.limit.Store(n + moreFrames)
	}
	return nil
}
