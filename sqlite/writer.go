package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	codes "modernc.org/sqlite/lib"

	"comanda/storage"
)

// writer owns the only connection that writes.
type writer struct {
	statements
	now      func() time.Time
	log      *slog.Logger
	commit   func(context.Context, func() error) error // runs COMMIT; tests make it fail
	pages    *checkpointer
	room     room
	queue    chan request
	stopping sync.RWMutex // held for reading while a request is queued
	closed   bool
	done     chan struct{} // closed when run has returned
	failed   chan struct{} // closed when the writer has stopped
	err      error         // why; written before failed is closed
}

func newWriter(conn *sql.Conn, opts Options, pages *checkpointer) *writer {
	w := &writer{
		statements: newStatements(conn),
		now:        opts.Now,
		log:        opts.Logger,
		commit:     opts.commit,
		room:       room{log: opts.Logger},
		pages:      pages,
		queue:      make(chan request, maxQueue),
		done:       make(chan struct{}),
		failed:     make(chan struct{}),
	}
	return w
}

// run takes whatever is queued into one transaction. There is no timer: while
// one group is being synced, the next one gathers by itself.
func (w *writer) run() {
	defer close(w.done)
	group := make([]request, 0, maxGroup)
	expected := 0
	for first := range w.queue {
		w.gather(expected / 2)
		group = w.take(append(group[:0], first))
		w.serve(group)
		expected = len(group) + len(w.queue) - 1
		clear(group)
	}
}

// serve gives every request of a group its outcome.
func (w *writer) serve(group []request) {
	if w.err != nil {
		deliver(group, func(int) error { return errStopped })
		return
	}
	w.pages.makeRoom(w.conn)
	if !w.attempt(group) {
		for i := range group {
			w.serveAlone(group[i])
		}
	}
}

// serveAlone executes one request in a transaction of its own, so that one that
// can't be applied doesn't fail its neighbours.
func (w *writer) serveAlone(r request) {
	if w.err != nil {
		r.outcome <- errStopped
		return
	}
	if err := w.begin(); err != nil {
		r.outcome <- err
		return
	}
	err := r.task.execute(w.statements, w.now())
	if err != nil {
		r.outcome <- w.rollback(err)
		return
	}
	r.outcome <- w.end()
}

// attempt executes a group in one transaction. False means that one of its
// requests couldn't be applied, that nothing was, and that no caller has got an outcome.
func (w *writer) attempt(group []request) bool {
	if err := w.begin(); err != nil {
		deliver(group, func(int) error { return err })
		return true
	}
	now := w.now()
	refusals := make([]error, len(group))
	for i, r := range group {
		err := r.task.execute(w.statements, now)
		if _, refused := errors.AsType[*storage.Conflict](err); err != nil && !refused {
			err = w.rollback(err)
			if len(group) > 1 && w.err == nil {
				return false
			}
			deliver(group, func(int) error { return err })
			return true
		}
		refusals[i] = err
	}
	err := w.end()
	deliver(group, func(i int) error {
		if err != nil {
			return err
		}
		return refusals[i]
	})
	return true
}

func deliver(group []request, outcome func(int) error) {
	for i, r := range group {
		r.outcome <- outcome(i)
	}
}

func (w *writer) begin() error {
	if _, _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		if resultCode(err) == codes.SQLITE_ERROR {
			w.stop(err) // a transaction that couldn't be ended is still open
		}
		return fmt.Errorf("begin a transaction: %w", err)
	}
	return nil
}

// rollback undoes the transaction and returns the error that made it necessary.
// SQLite ends a transaction by itself after some errors, and says so to the
// ROLLBACK; if one stayed open, the following BEGIN would be refused.
func (w *writer) rollback(cause error) error {
	cause = fmt.Errorf("apply a commit: %w", cause)
	if errors.Is(cause, storage.ErrFull) {
		w.room.gone(w.now(), cause)
	}
	if _, _, err := w.exec("ROLLBACK"); err != nil && resultCode(err) != codes.SQLITE_ERROR {
		w.stop(err)
	}
	return cause
}

// end commits the transaction. A full disk refuses a page of the log before the
// one that makes the transaction valid, so nothing was applied and the writer
// can go on. After any other error the outcome is unknown.
func (w *writer) end() error {
	err := w.commit(context.Background(), func() error {
		_, _, err := w.exec("COMMIT")
		return err
	})
	if err == nil {
		w.pages.wrote()
		w.room.found(w.now())
		return nil
	}
	if resultCode(err)&0xff == codes.SQLITE_FULL {
		return w.rollback(err)
	}
	w.stop(err)
	return fmt.Errorf("%w: %w", storage.ErrUnknown, err)
}

// stop ends writing for good. What the transaction has done so far is never
// made valid by this process.
func (w *writer) stop(cause error) {
	w.err = fmt.Errorf("the writer has stopped: %w", cause)
	w.log.Error("the database refuses to commit, no more commits until a restart", "error", cause)
	close(w.failed)
}
