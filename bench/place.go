package main

import (
	"context"
	"errors"
)

// ceilingTrial is what plain net/http does with the same requests.
func ceilingTrial(connections int) func(context.Context, *lab) (figures, error) {
	return func(ctx context.Context, l *lab) (figures, error) {
		f, err := l.fresh(ctx)
		if err != nil {
			return nil, err
		}
		s, err := l.start(ctx, l.ceiling, f.answer)
		if err != nil {
			return nil, err
		}
		w, _, err := l.place(ctx, s, f, connections)
		if err = errors.Join(err, s.kill()); err != nil {
			return nil, err
		}
		return rated(w), nil
	}
}

// freshTrial places orders in a store without any.
func freshTrial(connections int) func(context.Context, *lab) (figures, error) {
	return func(ctx context.Context, l *lab) (figures, error) {
		f, err := l.fresh(ctx)
		if err != nil {
			return nil, err
		}
		return l.placeInCopy(ctx, l.comanda, f, connections)
	}
}

// pocketbaseTrial creates records in PocketBase's collection.
func pocketbaseTrial(connections int) func(context.Context, *lab) (figures, error) {
	return func(ctx context.Context, l *lab) (figures, error) {
		f, err := l.pocketbaseFixture(ctx)
		if err != nil {
			return nil, err
		}
		return l.placeInCopy(ctx, l.pocketbase, f, connections)
	}
}

// largeTrial places orders beside many others.
func largeTrial(connections int) func(context.Context, *lab) (figures, error) {
	return func(ctx context.Context, l *lab) (figures, error) {
		f, err := l.large(ctx)
		if err != nil {
			return nil, err
		}
		return l.placeIn(ctx, l.comanda, f, connections)
	}
}

func (l *lab) placeInCopy(ctx context.Context, p program, f *fixture, connections int) (figures, error) {
	c, err := f.copied(l, p.name)
	if err != nil {
		return nil, err
	}
	out, err := l.placeIn(ctx, p, c, connections)
	return out, errors.Join(err, c.remove())
}

// placeIn places orders in a store and makes sure that they are in it.
func (l *lab) placeIn(ctx context.Context, p program, f *fixture, connections int) (figures, error) {
	before, err := f.count(ctx)
	if err != nil {
		return nil, err
	}
	var w load
	var acknowledged int
	err = l.with(ctx, p, f.dir, func(s *server) (err error) {
		w, acknowledged, err = l.place(ctx, s, f, connections)
		return err
	})
	if err != nil {
		return nil, err
	}
	after, err := f.count(ctx)
	if err == nil {
		err = checkCount(after-before, acknowledged, 2*connections)
	}
	return rated(w), err
}

// place warms a server up and loads it. It returns the load and the number of
// answers, those to the warming up included.
func (l *lab) place(ctx context.Context, s *server, f *fixture, connections int) (w load, answers int, err error) {
	for _, seconds := range []int{warmUpSeconds, l.options.seconds} {
		if w, err = l.wrkPlace(ctx, s, connections, seconds, f.tokens, f.path); err == nil {
			err = w.check()
		}
		if err != nil {
			return w, 0, err
		}
		answers += w.Requests
	}
	return w, answers, nil
}

func rated(w load) figures {
	return figures{"rate": {w.rate()}, "p99": {w.p99()}}
}
