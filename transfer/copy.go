package transfer

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"comanda/storage"
)

// ahead is the number of pages that are read before those in work are finished.
const ahead = 2

// copier copies one table.
type copier struct {
	from, to storage.Store
	table    string
	parallel int
	journal  *Journal
	keep     bool // leave another record that is in the way
	sleep    func(context.Context, time.Duration) error
	step     func(records int) // told after every page how many records were dealt with

	written atomic.Int64
}

// batch is a page on its way.
type batch struct {
	records []storage.Record
	next    storage.Cursor // after the page
	left    atomic.Int64   // records not yet in the destination
	done    chan struct{}  // closed when there is none left
}

// job is one record of a batch.
type job struct {
	storage.Record
	of *batch
}

// run copies the table from where the journal says. One goroutine reads ahead,
// several write, and one follows page by page and keeps the journal: it never
// names a place before which something isn't copied.
func (c *copier) run(ctx context.Context) error {
	after, finished := c.journal.place(c.table)
	if finished {
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	batches, jobs := make(chan *batch, ahead), make(chan job)
	g.Go(func() error {
		defer close(batches)
		defer close(jobs)
		return c.read(ctx, after, batches, jobs)
	})
	for range c.parallel {
		g.Go(func() error { return c.work(ctx, jobs) })
	}
	g.Go(func() error { return c.follow(ctx, batches) })
	return g.Wait()
}

// read sends the records of the source.
func (c *copier) read(ctx context.Context, after storage.Cursor, batches chan<- *batch, jobs chan<- job) error {
	for page, err := range pages(ctx, c.from, c.table, after) {
		if errors.Is(err, storage.ErrCursor) && after != "" {
			return c.read(ctx, "", batches, jobs) // of another release, perhaps: from the beginning
		}
		if err != nil {
			return err
		}
		b := &batch{records: page.Records, next: page.Next, done: make(chan struct{})}
		if b.left.Store(int64(len(b.records))); len(b.records) == 0 {
			close(b.done)
		}
		select {
		case batches <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
		for _, r := range b.records {
			select {
			case jobs <- job{r, b}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// work puts records into the destination.
func (c *copier) work(ctx context.Context, jobs <-chan job) error {
	for j := range jobs {
		written, err := c.put(ctx, j.Record)
		if err != nil {
			return err
		}
		if written {
			c.written.Add(1)
		}
		if j.of.left.Add(-1) == 0 {
			close(j.of.done)
		}
	}
	return nil
}

// follow waits for one batch after the other, and remembers how far that is.
func (c *copier) follow(ctx context.Context, batches <-chan *batch) error {
	records := 0
	for b := range batches {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		records += len(b.records)
		if err := c.journal.save(c.table, b.next, len(b.records)); err != nil {
			return err
		}
		c.step(records)
	}
	return nil
}
