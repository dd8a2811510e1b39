package transfer

import (
	"context"
	"errors"
	"fmt"

	"comanda/storage"

	"golang.org/x/sync/errgroup"
)

// MaxKept is how many keys a [Result] names of those under which the destination
// has another record.
const MaxKept = 20

// compareKept reads the source again and asks the destination for each of its keys.
func compareKept(ctx context.Context, from, to storage.Store, r *Result, opts Options) error {
	total := r.From.Records
	r.From, r.To = Summary{}, Summary{}
	for page, err := range pages(ctx, from, r.Table, "") {
		if err != nil {
			return err
		}
		there, err := lookUp(ctx, to, page.Records, opts.Parallel)
		if err != nil {
			return err
		}
		for i, want := range page.Records {
			if err := r.count(want, there[i]); err != nil {
				return err
			}
		}
		opts.Progress(Progress{Comparing, r.Table, r.From.Records, max(total, r.From.Records)})
	}
	r.Equal = r.From == r.To
	return nil
}

// lookUp returns what a store has under the keys of records, in their order; nil
// where it has nothing.
func lookUp(ctx context.Context, s storage.Store, records []storage.Record, parallel int) ([]*storage.Record, error) {
	found := make([]*storage.Record, len(records))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, r := range records {
		g.Go(func() error {
			there, err := s.Get(ctx, r.Key)
			if errors.Is(err, storage.ErrNotFound) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("look for record %s: %w", Name(r.Key), err)
			}
			found[i] = &there
			return nil
		})
	}
	return found, g.Wait()
}

// count adds a record of the source, and what the destination has under its key.
func (r *Result) count(want storage.Record, there *storage.Record) error {
	a, err := r.From.add(want)
	if err != nil || there == nil {
		return err
	}
	b, err := r.To.add(*there)
	if err != nil || equalParts(a, b) {
		return err
	}
	if r.Differ++; len(r.Kept) < MaxKept {
		r.Kept = append(r.Kept, want.Key)
	}
	return nil
}
