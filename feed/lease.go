package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"comanda/storage"
)

// Lease lets one process of a fleet do what one is enough for. Its holder renews
// it in time; when it has run out, any process can take it.
//
// The time is divided in three. A third after it was last asked for, the lease is
// asked for again; that may take another third, however slow the store is; and
// what could not be renewed by then has the rest to end its work. So two processes
// do the work at once only if their clocks disagree by more than that rest, or work
// takes longer to end. That costs work and nothing else.
type Lease struct {
	Store    storage.Store // with [Table]
	Name     string        // of the work
	Holder   string        // unique per process
	Duration time.Duration
	Now      func() time.Time
}

type leaseDoc struct {
	storage.Head
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// Hold takes or renews the lease, and reports whether this process has it now.
func (l *Lease) Hold(ctx context.Context) (bool, error) {
	var doc leaseDoc
	old, err := load(ctx, l.Store, leaseKind, l.Name, &doc)
	if err != nil {
		return false, fmt.Errorf("read the lease %s: %w", l.Name, err)
	}
	now := l.Now()
	if old != nil && doc.Holder != l.Holder && now.Before(doc.Until) {
		return false, nil
	}
	return l.write(ctx, old, doc, now.Add(l.Duration))
}

// Release gives the lease up, if this process has it, so that another need not wait.
func (l *Lease) Release(ctx context.Context) error {
	var doc leaseDoc
	old, err := load(ctx, l.Store, leaseKind, l.Name, &doc)
	if err != nil || old == nil || doc.Holder != l.Holder {
		return err
	}
	_, err = l.write(ctx, old, doc, l.Now())
	return err
}

// While does the work whenever this process has the lease, until ctx is done.
// The work's own context ends when the lease can't be renewed.
func (l *Lease) While(ctx context.Context, logger *slog.Logger, work func(context.Context)) {
	for ctx.Err() == nil {
		asked, held := l.hold(ctx, logger)
		if !held {
			l.rest(ctx, asked)
			continue
		}
		leading, lose := context.WithCancel(ctx)
		var running sync.WaitGroup
		running.Go(func() { work(leading) })
		for held && l.rest(ctx, asked) {
			asked, held = l.hold(ctx, logger)
		}
		lose()
		running.Wait()
		l.release(ctx, logger)
	}
}

// third is how long one of the parts is of which the duration has three.
func (l *Lease) third() time.Duration { return l.Duration / 3 }

// rest waits until it is time to ask again, and reports whether ctx is still good.
func (l *Lease) rest(ctx context.Context, asked time.Time) bool {
	return sleep(ctx, l.third()-l.Now().Sub(asked))
}

// hold asks for the lease, and not for longer than a third of it.
func (l *Lease) hold(ctx context.Context, logger *slog.Logger) (asked time.Time, held bool) {
	asked = l.Now()
	bounded, cancel := context.WithTimeout(ctx, l.third())
	defer cancel()
	held, err := l.Hold(bounded)
	if err != nil && ctx.Err() == nil {
		logger.Warn("the lease could not be had", "lease", l.Name, "error", err.Error())
	}
	return asked, held
}

// release gives the lease up, also when ctx is done.
func (l *Lease) release(ctx context.Context, logger *slog.Logger) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.third())
	defer cancel()
	if err := l.Release(bounded); err != nil {
		logger.Warn("the lease could not be released", "lease", l.Name, "error", err.Error())
	}
}

func (l *Lease) write(ctx context.Context, old *storage.Record, doc leaseDoc, until time.Time) (bool, error) {
	doc.Format, doc.Holder, doc.Until = format, l.Holder, until.UTC()
	_, err := save(ctx, l.Store, old, leaseKind, l.Name, &doc)
	var conflict *storage.Conflict
	if errors.As(err, &conflict) { // another process was faster
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("write the lease %s: %w", l.Name, err)
	}
	return true, nil
}
