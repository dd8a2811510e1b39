package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"comanda/storage"
)

// Sizes of a [Tail].
const (
	tailBatch = 256                   // changes of one read
	tailPace  = 20 * time.Millisecond // between two reads, so that changes gather
)

var (
	// ErrGone says that what came after a place isn't known any more, or that the
	// place was never one of this feed.
	ErrGone = errors.New("the feed doesn't have what came after this place any more")

	// ErrTailClosed says that a [Tail] was closed, because its process stops.
	ErrTailClosed = errors.New("nobody follows the feed any more: the server is stopping")
)

// Tail lets many readers follow a local feed while it is read once for all of
// them, and only while there are readers. A change is decoded when a reader may
// want it, and wakes only those who do, so that a reader costs what it reads.
//
// A reader that comes from the past, or was too slow for its queue, reads the feed
// itself until it has caught up. Such readers take turns, and rest as long as they
// work: however many come, they are busy half of one processor's time at most.
type Tail struct {
	config TailConfig
	idle   time.Duration
	done   chan struct{} // closed by Close
	turn   chan struct{} // has a token while a reader reads the past

	mu        sync.Mutex
	closed    bool
	readers   int
	to        Sequence                    // up to here every change was handed to those who are at the end
	customers map[string]map[*Reader]bool // at the end, by the customer, who want nothing else
	staff     map[*Reader]bool            // at the end, with wishes that need to see the order
	stop      context.CancelFunc          // of the pump
	pumps     sync.WaitGroup
}

// TailConfig is what a [Tail] works with. All fields are required.
type TailConfig struct {
	Source  *Local
	Store   storage.Store   // where the trimming of Source is noted, with [Table]
	Changed <-chan struct{} // receives when there may be something new: the tail looks at once then, and every second anyway
	Logger  *slog.Logger
}

// NewTail returns a tail without readers.
func NewTail(c TailConfig) *Tail {
	return &Tail{
		config: c, idle: time.Second,
		done: make(chan struct{}), turn: make(chan struct{}, 1), customers: map[string]map[*Reader]bool{}, staff: map[*Reader]bool{},
	}
}

// Close ends every reader, now and to come.
func (t *Tail) Close() {
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		close(t.done)
	}
	if t.stop != nil {
		t.stop()
	}
	t.mu.Unlock()
	t.pumps.Wait()
}

// Now returns a reader of what comes from now on. It has to be closed.
func (t *Tail) Now(ctx context.Context, wish Wish) (*Reader, error) {
	end, err := t.end(ctx)
	if err != nil {
		return nil, err
	}
	return t.open(wish, end, end)
}

// After returns a reader of what came and comes after a place, or [ErrGone]. It
// has to be closed.
func (t *Tail) After(ctx context.Context, wish Wish, place Sequence) (*Reader, error) {
	begin, err := Trimmed(ctx, t.config.Store, LocalShard)
	if err != nil {
		return nil, err
	}
	end, err := t.end(ctx)
	if err != nil {
		return nil, err
	}
	n, err := number(place)
	if err != nil || SequenceOf(n) != place || place.Compare(begin) < 0 || place.Compare(end) > 0 {
		return nil, ErrGone
	}
	return t.open(wish, place, end)
}

// end returns the place of the latest change.
func (t *Tail) end(ctx context.Context) (Sequence, error) {
	end, err := t.config.Source.End(ctx, LocalShard)
	if err != nil || end != "" {
		return end, err
	}
	return Trimmed(ctx, t.config.Store, LocalShard) // everything is gone, but had its places
}

// open adds a reader. If it is the first, the feed is read from its end on, and
// the reader comes from the past by itself.
func (t *Tail) open(wish Wish, at, end Sequence) (*Reader, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrTailClosed
	}
	t.readers++
	if t.readers == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		t.to, t.stop = end, cancel
		t.pumps.Go(func() { t.pump(ctx, end) })
	}
	r := &Reader{tail: t, wish: wish, position: at, woken: make(chan struct{}, 1)}
	r.joinLocked()
	return r, nil
}

// pump reads the feed from a place on until ctx is done.
func (t *Tail) pump(ctx context.Context, at Sequence) {
	for ctx.Err() == nil {
		b, err := t.config.Source.Read(ctx, LocalShard, at, tailBatch)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.config.Logger.Warn("the feed could not be read for those who follow it", "error", err.Error())
			sleep(ctx, t.idle)
		case len(b.Changes) == 0:
			await(ctx, t.config.Changed, t.idle)
		default:
			at = b.Changes[len(b.Changes)-1].Sequence
			t.deliver(ctx, b.Changes)
			if len(b.Changes) < tailBatch {
				sleep(ctx, tailPace)
			}
		}
	}
}

// deliver hands changes to those at the end who want them.
func (t *Tail) deliver(ctx context.Context, changes []Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() != nil {
		return // this pump was stopped, and another one may be reading
	}
	for _, c := range changes {
		own := t.customers[c.Key.Partition]
		if len(own) == 0 && len(t.staff) == 0 {
			continue
		}
		e, err := Read(c)
		if err != nil {
			continue // consumers put what can't be read to the dead letters
		}
		size := len(c.Before) + len(c.After)
		for r := range own {
			r.putLocked(e, size)
		}
		for r := range t.staff {
			if r.wish.wants(e) {
				r.putLocked(e, size)
			}
		}
	}
	t.to = changes[len(changes)-1].Sequence
}
