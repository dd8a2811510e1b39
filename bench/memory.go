package main

import (
	"context"
	"errors"
)

const megabyte = 1e6

// memoryTrial has one process place as many orders as the large store had at
// first, and then looks at its memory.
func memoryTrial(ctx context.Context, l *lab) (figures, error) {
	f, err := l.large(ctx)
	if err != nil {
		return nil, err
	}
	before, err := f.count(ctx)
	if err != nil {
		return nil, err
	}
	var out figures
	acknowledged, loads := 0, 0
	err = l.with(ctx, l.comanda, f.dir, func(s *server) error {
		for acknowledged < l.options.orders {
			w, err := l.wrkPlace(ctx, s, few, l.options.seconds, f.tokens, f.path)
			if err = errors.Join(err, w.check()); err != nil {
				return err
			}
			acknowledged += w.Requests
			loads++
		}
		out, err = s.memoryFigures()
		return err
	})
	if err != nil {
		return nil, err
	}
	after, err := f.count(ctx)
	return out, errors.Join(err, checkCount(after-before, acknowledged, loads*few))
}

func (s *server) memoryFigures() (figures, error) {
	peak, err := s.memory("VmHWM")
	if err != nil {
		return nil, err
	}
	resident, err := s.memory("VmRSS")
	return figures{"peak": {peak / megabyte}, "resident": {resident / megabyte}}, err
}

// diskTrial returns the size of the large store an order, as it was when it had
// been closed with nothing but placements in it.
func diskTrial(ctx context.Context, l *lab) (figures, error) {
	if _, err := l.large(ctx); err != nil {
		return nil, err
	}
	return figures{"bytes": {l.bytesEach}}, nil
}
