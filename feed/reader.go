package feed

import (
	"context"
	"fmt"
	"time"

	"comanda/order"
)

// What a reader's queue holds at most; there is always room for one event.
const (
	queueEvents = 1024
	queueBytes  = 1 << 20 // of the documents
)

// Wish says which events a reader wants: those of a customer's orders and, where
// Staff isn't nil, those of orders for which it is true before or after the event.
type Wish struct {
	Customer string
	Staff    func(*order.Order) bool
}

func (w Wish) wants(e Event) bool {
	return e.UserID == w.Customer ||
		w.Staff != nil && (e.Before != nil && w.Staff(e.Before) || e.After != nil && w.Staff(e.After))
}

// Reader is one reader of a [Tail]. It belongs to one goroutine.
type Reader struct {
	tail  *Tail
	wish  Wish
	woken chan struct{} // has a token when something was queued, or the queue was full

	// Guarded by the tail's mutex.
	position Sequence // everything up to here was returned or isn't wanted
	atEnd    bool     // what comes is queued
	queue    []Event
	bytes    int
}

// Close takes the reader away.
func (r *Reader) Close() {
	t := r.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	r.leaveLocked()
	if t.readers--; t.readers == 0 {
		t.stop()
	}
}

// Position returns the place up to which Next has returned everything that the
// reader wants.
func (r *Reader) Position() Sequence {
	r.tail.mu.Lock()
	defer r.tail.mu.Unlock()
	return r.positionLocked()
}

func (r *Reader) positionLocked() Sequence {
	if r.atEnd && len(r.queue) == 0 && r.position.Compare(r.tail.to) < 0 {
		r.position = r.tail.to
	}
	return r.position
}

// Next waits for events that the reader wants and returns some of them, oldest first.
// Changes that can't be read as an order's are left out. It returns ctx's error when that is done,
// [ErrTailClosed] when the tail is closed, and [ErrGone] when the reader has fallen behind the trimming.
func (r *Reader) Next(ctx context.Context) ([]Event, error) {
	for {
		events, atEnd := r.take()
		if len(events) > 0 {
			return events, nil
		}
		if !atEnd {
			events, err := r.catchUp(ctx)
			if err != nil || len(events) > 0 {
				return events, err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-r.tail.done:
			return nil, ErrTailClosed
		case <-r.woken:
		}
	}
}

// take returns what is queued. With an empty queue it puts a reader that has
// caught up to those at the end.
func (r *Reader) take() (events []Event, atEnd bool) {
	r.tail.mu.Lock()
	defer r.tail.mu.Unlock()
	if n := len(r.queue); n > 0 {
		events, r.queue, r.bytes = r.queue, nil, 0
		r.position = events[n-1].Sequence
		return events, r.atEnd
	}
	r.joinLocked()
	return nil, r.atEnd
}

// joinLocked has what comes queued from now on, if the reader has everything before.
func (r *Reader) joinLocked() {
	t := r.tail
	if r.atEnd || r.position.Compare(t.to) < 0 {
		return
	}
	r.atEnd = true
	if r.wish.Staff != nil {
		t.staff[r] = true
		return
	}
	if t.customers[r.wish.Customer] == nil {
		t.customers[r.wish.Customer] = map[*Reader]bool{}
	}
	t.customers[r.wish.Customer][r] = true
}

// leaveLocked ends the queueing.
func (r *Reader) leaveLocked() {
	t := r.tail
	r.atEnd = false
	delete(t.staff, r)
	delete(t.customers[r.wish.Customer], r)
	if len(t.customers[r.wish.Customer]) == 0 {
		delete(t.customers, r.wish.Customer)
	}
}

// putLocked queues an event. If the queue is full, the reader has to read the feed
// itself after it.
func (r *Reader) putLocked(e Event, size int) {
	switch {
	case e.Sequence.Compare(r.position) <= 0:
		return // it caught up by itself, beyond what the tail has read
	case len(r.queue) > 0 && (len(r.queue) == queueEvents || r.bytes+size > queueBytes):
		r.leaveLocked()
	default:
		r.queue, r.bytes = append(r.queue, e), r.bytes+size
	}
	select {
	case r.woken <- struct{}{}:
	default: // it knows already
	}
}

// catchUp reads the feed for this reader alone, in its turn, and returns what it
// wants, which may be nothing while the position moves.
func (r *Reader) catchUp(ctx context.Context) ([]Event, error) {
	t := r.tail
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.done:
		return nil, ErrTailClosed
	case t.turn <- struct{}{}:
	}
	defer func() { <-t.turn }()
	started, at := time.Now(), r.Position()
	b, err := t.config.Source.Read(ctx, LocalShard, at, tailBatch)
	if err != nil {
		return nil, fmt.Errorf("read the feed from the past: %w", err)
	}
	begin, err := Trimmed(ctx, t.config.Store, LocalShard)
	if err != nil {
		return nil, err
	}
	if len(b.Changes) == 0 || at.Compare(begin) < 0 { // it was trimmed meanwhile
		return nil, ErrGone
	}
	var events []Event
	for _, c := range b.Changes {
		if r.wish.Staff == nil && c.Key.Partition != r.wish.Customer {
			continue
		}
		if e, err := Read(c); err == nil && r.wish.wants(e) {
			events = append(events, e)
		}
	}
	t.mu.Lock()
	r.position = b.Changes[len(b.Changes)-1].Sequence
	t.mu.Unlock()
	sleep(ctx, time.Since(started))
	return events, nil
}
