package main

import "context"

func (f *fixture) orderPaths() string { return f.targets }
func (f *fixture) listPaths() string  { return f.latest }

// readTrial reads from a store.
func readTrial(store func(*lab, context.Context) (*fixture, error), paths func(*fixture) string) func(context.Context, *lab) (figures, error) {
	return func(ctx context.Context, l *lab) (figures, error) {
		f, err := store(l, ctx)
		if err != nil {
			return nil, err
		}
		var w load
		err = l.with(ctx, l.comanda, f.dir, func(s *server) error {
			for _, seconds := range []int{warmUpSeconds, l.options.seconds} {
				if w, err = l.wrk(ctx, s, few, seconds, "read", f.tokens, paths(f)); err != nil {
					return err
				}
				if err := w.check(); err != nil {
					return err
				}
			}
			return nil
		})
		return rated(w), err
	}
}
