package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"comanda/storage"
)

// Consumer does something with events.
type Consumer interface {
	// Name names the consumer's positions, for ever.
	Name() string

	// Consume takes events of one shard, oldest first. When it returns nil, what
	// it has to do with them is durable, and they are not delivered again unless the process
	// ends before that is noted. Otherwise they are delivered again, possibly in
	// other batches.
	Consume(ctx context.Context, shard string, events []Event) error

	// Asleep is asked before each batch. While it returns true, the consumer wants no
	// events at all: they pass without being delivered, and where the feed has an
	// [Ender] without being read.
	Asleep() bool
}

// Observer is told, for metrics, how consumers do. Its methods must return at once.
type Observer interface {
	// Lagged tells how long ago the last change that a consumer has finished with was
	// committed, or, while it fails, the first that it hasn't.
	Lagged(consumer string, lag time.Duration)
	// Failed tells that a consumer, or the source, has failed and is tried again later.
	Failed(consumer string)
	// Died tells that a change was put to the dead letters.
	Died(consumer string)
}

// Config is what a [Dispatcher] works with. The fields up to Logger are required.
type Config struct {
	Store     storage.Store // with [Table]
	Feed      Feed
	Consumers []Consumer
	Dead      *DeadLetters
	Observer  Observer
	Now       func() time.Time
	Logger    *slog.Logger

	Changed <-chan struct{} // receives when there may be something new; nil: only Idle tells
	Lease   *Lease          // nil: this process is alone
	Pace    time.Duration   // between two batches of a consumer that aren't full, so that they gather; 0: 100 ms
	Idle    time.Duration   // between two looks when nothing seems new; 0: 1 s
	Batch   int             // events at most; 0: 1000
}

// Dispatcher moves events to consumers.
type Dispatcher struct {
	config Config
	wake   []chan struct{} // one for each consumer

	mu    sync.Mutex
	stuck map[string]bool // names of consumers that keep failing
}

// NewDispatcher returns a dispatcher. Nothing runs yet.
func NewDispatcher(c Config) *Dispatcher {
	if c.Pace == 0 {
		c.Pace = 100 * time.Millisecond
	}
	if c.Idle == 0 {
		c.Idle = time.Second
	}
	if c.Batch == 0 {
		c.Batch = 1000
	}
	d := &Dispatcher{config: c, stuck: map[string]bool{}}
	for range c.Consumers {
		d.wake = append(d.wake, make(chan struct{}, 1))
	}
	return d
}

// Run dispatches until ctx is done. Failures are logged and tried again.
func (d *Dispatcher) Run(ctx context.Context) {
	var counting sync.WaitGroup
	defer counting.Wait()
	counting.Go(func() { d.recount(ctx) })
	if d.config.Lease == nil {
		d.dispatch(ctx)
		return
	}
	d.config.Lease.While(ctx, d.config.Logger, d.dispatch)
}

// recountEvery is how long a process of a fleet may not know of the dead letters of another.
const recountEvery = time.Minute

// recount keeps count of the dead letters until ctx is done.
func (d *Dispatcher) recount(ctx context.Context) {
	for ok := true; ok; ok = sleep(ctx, recountEvery) {
		if err := d.config.Dead.Recount(ctx); err != nil && ctx.Err() == nil {
			d.config.Logger.Warn("dead letters could not be counted", "error", err.Error())
		}
	}
}

// dispatch serves every consumer, and trims, until ctx is done.
func (d *Dispatcher) dispatch(ctx context.Context) {
	var running sync.WaitGroup
	for i, c := range d.config.Consumers {
		running.Go(func() { d.serve(ctx, c, d.wake[i]) })
	}
	running.Go(func() { d.spread(ctx) })
	if d.config.Feed.Trimmer != nil {
		running.Go(func() { d.trim(ctx) })
	}
	running.Wait()
}

// spread tells every consumer that something may be new.
func (d *Dispatcher) spread(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.config.Changed:
			for _, w := range d.wake {
				select {
				case w <- struct{}{}:
				default: // it will look anyway
				}
			}
		}
	}
}

// serve gives one consumer its events until ctx is done.
func (d *Dispatcher) serve(ctx context.Context, c Consumer, wake <-chan struct{}) {
	f := follower{Dispatcher: d, consumer: c, positions: map[string]*position{}, troubles: map[string]*trouble{}}
	defer d.setStuck(c, false)
	for ctx.Err() == nil {
		moved := f.pass(ctx)
		d.setStuck(c, f.stuck())
		switch {
		case moved && f.full: // on at once
		case moved:
			sleep(ctx, d.config.Pace)
		default:
			await(ctx, wake, f.pause(d.config.Idle))
		}
	}
}

func (d *Dispatcher) setStuck(c Consumer, stuck bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.stuck, c.Name())
	if stuck {
		d.stuck[c.Name()] = true
	}
}

// Stuck returns the names of the consumers that keep failing in this process, each
// of which stands still at some place of the feed.
func (d *Dispatcher) Stuck() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.stuck))
}

// sleep waits, and reports whether ctx is still good.
func sleep(ctx context.Context, t time.Duration) bool { return await(ctx, nil, t) }

func await(ctx context.Context, wake <-chan struct{}, t time.Duration) bool {
	return storage.Wait(ctx, wake, t) == nil
}

// trimEvery is how often the feed is trimmed.
const trimEvery = 10 * time.Minute

func (d *Dispatcher) trim(ctx context.Context) {
	for {
		if err := d.Trim(ctx); err != nil && ctx.Err() == nil {
			d.config.Logger.Error("the feed could not be trimmed", "error", err.Error())
		}
		if !sleep(ctx, trimEvery) {
			return
		}
	}
}

// Trim removes from a feed that has a [Trimmer] what every consumer has passed and
// is older than a day.
func (d *Dispatcher) Trim(ctx context.Context) error {
	shards, err := d.config.Feed.Shards(ctx)
	if err != nil {
		return err
	}
	for _, s := range shards {
		upTo, err := d.passed(ctx, s.ID)
		if err != nil || upTo == "" {
			return err
		}
		gone, err := d.config.Feed.Trimmer.Trim(ctx, s.ID, upTo, d.config.Now().Add(-day))
		if err != nil {
			return err
		}
		var doc positionDoc
		old, err := load(ctx, d.config.Store, trimKind, s.ID, &doc)
		if err != nil || doc.Sequence == gone {
			return err
		}
		doc.Format, doc.Sequence = format, gone
		if _, err := save(ctx, d.config.Store, old, trimKind, s.ID, &doc); err != nil {
			return fmt.Errorf("note where the feed begins: %w", err)
		}
	}
	return nil
}

// passed returns the place that every consumer has passed.
func (d *Dispatcher) passed(ctx context.Context, shard string) (Sequence, error) {
	var least Sequence
	for i, c := range d.config.Consumers {
		var doc positionDoc
		if _, err := load(ctx, d.config.Store, positionKind+c.Name(), shard, &doc); err != nil {
			return "", err
		}
		if i == 0 || doc.Sequence.Compare(least) < 0 {
			least = doc.Sequence
		}
	}
	return least, nil
}

// errMoved says that a position isn't where this process has left it.
var errMoved = errors.New("another process moves the same consumer's position: this is harmless, and ends when one of them stops")
