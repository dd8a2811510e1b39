package sqlite

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// probeInterval is how long a full disk is believed to be full before it is
// tried again.
const probeInterval = time.Second

// probeSize is how many bytes a probe writes, more than most groups of commits.
const probeSize = 1 << 20

// room remembers whether the last commits found any. Some may fit where others
// don't, so a success counts only when there was no failure for a while.
type room struct {
	log    *slog.Logger
	mu     sync.Mutex
	full   bool
	failed time.Time // last
	tried  time.Time // last, by a probe
}

// gone notes that a transaction found no room.
func (r *room) gone(now time.Time, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.full {
		r.log.Error("the disk is full, commits are refused until there is room", "error", cause)
	}
	r.full, r.failed = true, now
}

// found notes that a transaction was committed.
func (r *room) found(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full && now.Sub(r.failed) >= probeInterval {
		r.full = false
		r.log.Info("there is room on the disk again, commits go on")
	}
}

// state reports whether the disk is believed to be full, and tells one caller an
// interval to try.
func (r *room) state(now time.Time) (full, try bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	try = r.full && now.Sub(r.failed) >= probeInterval && now.Sub(r.tried) >= probeInterval
	if try {
		r.tried = now
	}
	return r.full, try
}

// ready returns errFull, or what a probe finds, unless there is room.
func (w *writer) ready(ctx context.Context) error {
	full, try := w.room.state(w.now())
	switch {
	case !full:
		return nil
	case !try:
		return errFull
	}
	if err := w.submit(ctx, probe{}); err != nil {
		return err
	}
	return w.submit(ctx, probe{done: true})
}

// probe is a task that needs room, and one that gives it back.
type probe struct{ done bool }

// execute writes pages that nothing needs. Those that a transaction makes and
// frees never reach the disk, hence the two of them. A table that a crash leaves
// between them is in no one's way, and goes with the next probe.
func (p probe) execute(s statements, _ time.Time) error {
	if _, _, err := s.exec("DROP TABLE IF EXISTS probe"); err != nil || p.done {
		return err
	}
	if _, _, err := s.exec("CREATE TABLE probe (filler BLOB) STRICT"); err != nil {
		return err
	}
	_, _, err := s.exec("INSERT INTO probe VALUES (zeroblob(?))", probeSize)
	return err
}

var _ task = probe{}
