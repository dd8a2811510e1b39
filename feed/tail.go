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

// Sizes of a [Tail].
const (
	tailEvents = 1024                  // changes that are kept for readers at most
	tailBytes  = 8 << 20               // of their documents, together
	tailBatch  = 64                    // changes of one read
	tailPace   = 20 * time.Millisecond // between two reads, so that changes gather
)

var (
	// ErrGone says that what came after a place isn't known any more, or that the
	// place was never one of this feed.
	ErrGone = errors.New("the feed doesn't have what came after this place any more")

	// ErrTailClosed says that a [Tail] was closed, because its process stops.
	ErrTailClosed = errors.New("nobody follows the feed any more: the server is stopping")
)

// Tail lets many readers follow a local feed while it is read once for all of
// them. It reads only while there are readers, and keeps no queue for any: the
// latest changes are in one window, whose size is bounded, and a reader that is
// behind the window, because it is slow or comes from the past, reads the feed itself until it has
// caught up.
type Tail struct {
	source  *Local
	store   storage.Store // with [Table]
	changed <-chan struct{}
	logger  *slog.Logger
	idle    time.Duration
	done    chan struct{} // closed by Close

	mu      sync.Mutex
	closed  bool
	readers int
	window  *window // of the pump that runs; nil without readers
	stop    context.CancelFunc
	pumps   sync.WaitGroup
}

// window is what one pump has read last. It is guarded by the tail's mutex.
type window struct {
	from, to Sequence // it has every change after from, up to and including to
	entries  []entry
	bytes    int
	moved    chan struct{} // closed when to moves
}

type entry struct {
	event    Event
	readable bool
	sequence Sequence
	bytes    int
}

// NewTail returns a tail of a feed whose trimming is noted in store. It looks at
// once when changed receives, and every second anyway.
func NewTail(source *Local, store storage.Store, changed <-chan struct{}, logger *slog.Logger) *Tail {
	return &Tail{source: source, store: store, changed: changed, logger: logger, idle: time.Second, done: make(chan struct{})}
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

// Reader is one reader of a [Tail]. It belongs to one goroutine.
type Reader struct {
	tail     *Tail
	position Sequence
}

// Now returns a reader of what comes from now on. It has to be closed.
func (t *Tail) Now(ctx context.Context) (*Reader, error) {
	end, err := t.end(ctx)
	if err != nil {
		return nil, err
	}
	return t.join(end, end)
}

// After returns a reader of what came and comes after a place, or [ErrGone]. It
// has to be closed.
func (t *Tail) After(ctx context.Context, place Sequence) (*Reader, error) {
	begin, err := Trimmed(ctx, t.store, LocalShard)
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
	return t.join(place, end)
}

// end returns the place of the latest change.
func (t *Tail) end(ctx context.Context) (Sequence, error) {
	end, err := t.source.End(ctx, LocalShard)
	if err != nil || end != "" {
		return end, err
	}
	return Trimmed(ctx, t.store, LocalShard) // everything is gone, but had its places
}

// join adds a reader. If it is the first, the feed is read from its end on, and
// the reader comes from the past by itself.
func (t *Tail) join(at, end Sequence) (*Reader, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrTailClosed
	}
	t.readers++
	if t.readers == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		w := &window{from: end, to: end, moved: make(chan struct{})}
		t.window, t.stop = w, cancel
		t.pumps.Go(func() { t.pump(ctx, w) })
	}
	return &Reader{t, at}, nil
}

// Close takes the reader away.
func (r *Reader) Close() {
	t := r.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.readers--; t.readers == 0 {
		t.stop()
		t.window = nil
	}
}

// Position returns the place up to which Next has returned everything.
func (r *Reader) Position() Sequence { return r.position }

// Next waits for events and returns some of them, oldest first. Changes that
// can't be read as an order's are left out, so it can return none while the position moves. It
// returns ctx's error when that is done, and [ErrTailClosed] when the tail is closed.
func (r *Reader) Next(ctx context.Context) ([]Event, error) {
	for {
		found, moved := r.tail.after(r.position)
		if moved == nil {
			return r.catchUp(ctx)
		}
		if len(found) > 0 {
			return r.take(found), nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-r.tail.done:
			return nil, ErrTailClosed
		case <-moved:
		}
	}
}

// after returns what the window has after a place, and what is closed when there
// may be more: nil for a place before the window.
func (t *Tail) after(place Sequence) ([]entry, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.window
	if w == nil || place.Compare(w.from) < 0 {
		return nil, nil
	}
	first := len(w.entries)
	for first > 0 && w.entries[first-1].sequence.Compare(place) > 0 {
		first--
	}
	n := min(len(w.entries), first+tailBatch)
	return append([]entry(nil), w.entries[first:n]...), w.moved
}

func (r *Reader) take(entries []entry) []Event {
	var events []Event
	for _, e := range entries {
		if e.readable {
			events = append(events, e.event)
		}
	}
	r.position = entries[len(entries)-1].sequence
	return events
}

// catchUp reads the feed for this reader alone.
func (r *Reader) catchUp(ctx context.Context) ([]Event, error) {
	select {
	case <-r.tail.done:
		return nil, ErrTailClosed
	default:
	}
	b, err := r.tail.source.Read(ctx, LocalShard, r.position, tailBatch)
	if err != nil {
		return nil, fmt.Errorf("read the feed from the past: %w", err)
	}
	begin, err := Trimmed(ctx, r.tail.store, LocalShard)
	if err != nil {
		return nil, err
	}
	if len(b.Changes) == 0 || r.position.Compare(begin) < 0 { // it was trimmed meanwhile
		return nil, ErrGone
	}
	return r.take(entriesOf(b.Changes)), nil
}

func entriesOf(changes []Change) []entry {
	entries := make([]entry, len(changes))
	for i, c := range changes {
		e, err := Read(c) // consumers put what can't be read to the dead letters
		entries[i] = entry{e, err == nil, c.Sequence, len(c.Before) + len(c.After)}
	}
	return entries
}

// pump reads the feed into the window until ctx is done.
func (t *Tail) pump(ctx context.Context, w *window) {
	for ctx.Err() == nil {
		b, err := t.source.Read(ctx, LocalShard, w.to, tailBatch)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.logger.Warn("the feed could not be read for those who follow it", "error", err.Error())
			sleep(ctx, t.idle)
		case len(b.Changes) == 0:
			await(ctx, t.changed, t.idle)
		default:
			t.append(w, entriesOf(b.Changes))
			if len(b.Changes) < tailBatch {
				sleep(ctx, tailPace)
			}
		}
	}
}

// append adds entries to the window, and drops old ones that are too much.
func (t *Tail) append(w *window, entries []entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range entries {
		w.bytes += e.bytes
	}
	w.entries = append(w.entries, entries...)
	w.to = w.entries[len(w.entries)-1].sequence
	drop := 0
	for len(w.entries)-drop > tailEvents || w.bytes > tailBytes {
		w.bytes -= w.entries[drop].bytes
		w.from = w.entries[drop].sequence
		drop++
	}
	if drop > 0 {
		w.entries = append([]entry(nil), w.entries[drop:]...) // so that nothing keeps what was dropped
	}
	close(w.moved)
	w.moved = make(chan struct{})
}
