package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// starts is how often a trial starts the server.
const starts = 3

// startEmpty starts in an initialised directory without orders.
func startEmpty(ctx context.Context, l *lab) (figures, error) {
	f, err := l.fresh(ctx)
	if err != nil {
		return nil, err
	}
	c, err := f.copied(l, "empty")
	if err != nil {
		return nil, err
	}
	out, err := l.startTimes(ctx, func() (string, error) { return c.dir, nil })
	return out, errors.Join(err, c.remove())
}

// startLarge starts on many orders.
func startLarge(ctx context.Context, l *lab) (figures, error) {
	f, err := l.large(ctx)
	if err != nil {
		return nil, err
	}
	return l.startTimes(ctx, func() (string, error) { return f.dir, nil })
}

// startFirst starts in a directory that is new each time.
func startFirst(ctx context.Context, l *lab) (figures, error) {
	return l.startTimes(ctx, func() (string, error) { return l.temporary("first") })
}

func (l *lab) startTimes(ctx context.Context, dir func() (string, error)) (figures, error) {
	var took []float64
	for range starts {
		d, err := dir()
		if err != nil {
			return nil, err
		}
		s, err := l.start(ctx, l.comanda, d)
		if err != nil {
			return nil, err
		}
		took = append(took, inMilliseconds(s.took))
		if err := s.stop(); err != nil {
			return nil, err
		}
	}
	return figures{"start": took}, nil
}

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// startKilled kills a server in the middle of a load, starts it again, and
// makes sure that no acknowledged order is lost.
func startKilled(ctx context.Context, l *lab) (_ figures, err error) {
	fresh, err := l.fresh(ctx)
	if err != nil {
		return nil, err
	}
	f, err := fresh.copied(l, "killed")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.remove()) }()
	acknowledged, err := l.loadAndKill(ctx, f)
	if err != nil {
		return nil, err
	}
	s, err := l.start(ctx, l.comanda, f.dir)
	if err != nil {
		return nil, err
	}
	if err := s.stop(); err != nil {
		return nil, err
	}
	stored, err := f.count(ctx)
	if err = errors.Join(err, checkCount(stored, acknowledged, few)); err != nil {
		return nil, fmt.Errorf("after kill -9: %w", err)
	}
	return figures{"start": {inMilliseconds(s.took)}}, nil
}

// loadAndKill returns how many orders the server acknowledged before it was
// killed. Its connections break then, so of the load's errors only answers with
// an error status count.
func (l *lab) loadAndKill(ctx context.Context, f *fixture) (int, error) {
	s, err := l.start(ctx, l.comanda, f.dir)
	if err != nil {
		return 0, err
	}
	killed := make(chan error, 1)
	go func() {
		select {
		case <-time.After(time.Duration(l.options.seconds) * time.Second):
		case <-ctx.Done():
		}
		killed <- s.kill()
	}()
	w, err := l.wrkPlace(ctx, s, few, l.options.seconds+1, f.tokens, f.path)
	if err = errors.Join(err, <-killed); err != nil {
		return 0, err
	}
	if w.Requests == 0 || w.Status > 0 {
		return 0, fmt.Errorf("load before kill -9: %w: %d answers, %d of them an error status", errLoad, w.Requests, w.Status)
	}
	return w.Requests, nil
}
