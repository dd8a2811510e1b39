package webhook

import (
	"context"
	"errors"
	"sync"
	"time"

	"comanda/feed"
	"comanda/storage"
)

const (
	connections = 8   // requests to one receiver at a time
	maxUnsaved  = 128 // requests and answers that are still being stored, at a time
	ahead       = 16  // deliveries that are read beyond those

	firstPause = 2 * time.Second // after a failure
	lastPause  = time.Hour       // between two attempts at most

	downLanes = 3               // orders that fail in a row, before a receiver is taken to be down
	lastProbe = time.Minute     // between two requests to a receiver that is down, at most
	retryPass = 5 * time.Second // after the store has failed
)

// dispatcher sends to one receiver. What is due it reads from the store.
type dispatcher struct {
	w        *Webhooks
	receiver string
	woken    chan struct{}
	requests context.Context // of the requests; outlives the dispatcher's own by the grace
	cut      context.CancelFunc
	stop     context.CancelFunc
	running  sync.WaitGroup

	mu     sync.Mutex
	busy   map[string]bool // lanes of the requests that run, and of answers that are still being stored
	open   int             // requests that run
	health health

	history history // of attempts
}

func startDispatcher(ctx context.Context, w *Webhooks, receiver string) *dispatcher {
	r := &dispatcher{w: w, receiver: receiver, woken: make(chan struct{}, 1), busy: map[string]bool{}, health: health{failing: map[string]bool{}}}
	r.requests, r.cut = context.WithCancel(context.WithoutCancel(ctx))
	ctx, r.stop = context.WithCancel(ctx)
	r.running.Go(func() { r.run(ctx) })
	return r
}

// end ends the dispatcher and cuts its requests.
func (r *dispatcher) end() {
	r.stop()
	r.cut()
	r.running.Wait()
	r.saveRest()
}

// saveRest stores what is left of the history when the dispatcher has ended.
func (r *dispatcher) saveRest() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.requests), storeTime)
	defer cancel()
	r.saveHistory(ctx, true)
}

// finish ends the dispatcher. Its requests have a grace to finish.
func (r *dispatcher) finish() {
	r.stop()
	timer := time.AfterFunc(r.w.config.Grace, r.cut)
	r.running.Wait()
	timer.Stop()
	r.cut()
	r.saveRest()
}

func (r *dispatcher) wakeUp() {
	select {
	case r.woken <- struct{}{}:
	default: // it will look anyway
	}
}

func (r *dispatcher) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait, err := r.pass(ctx)
		if err != nil && ctx.Err() == nil {
			r.w.config.Logger.Error("deliveries could not be read and will be again", "receiver", r.receiver, "error", err.Error())
			wait = retryPass
		}
		r.saveHistory(ctx, false)
		_ = storage.Wait(ctx, r.woken, wait) // the loop asks ctx
	}
}

// pass begins to send what is due, as far as there are connections, and returns
// when to look again at the latest.
func (r *dispatcher) pass(ctx context.Context) (time.Duration, error) {
	now := r.w.config.Now()
	if _, _, err := r.w.active(r.receiver); errors.Is(err, ErrNotFound) {
		return r.w.config.Idle, nil // and the dispatcher is about to be ended
	}
	if wait := r.paused(now); wait > 0 {
		return min(wait, r.w.config.Idle), nil
	}
	if !r.free() {
		return r.w.config.Idle, nil // the end of a request wakes the dispatcher
	}
	q := storage.Query{
		Table: deliveryTable.Name, Index: byDue, Partition: r.receiver, To: instant(now.Add(time.Millisecond)),
		Limit: r.occupied() + ahead, // what is being sent is due as well, and comes first
	}
	for rec, err := range storage.Records(ctx, r.w.config.Store, q) {
		if err == nil {
			err = r.take(ctx, rec, now)
		}
		if err != nil {
			return 0, err
		}
		if !r.free() {
			return r.w.config.Idle, nil // the end of a request wakes the dispatcher
		}
	}
	return r.untilDue(ctx, now)
}

// untilDue returns how long it takes until the next delivery is due.
func (r *dispatcher) untilDue(ctx context.Context, now time.Time) (time.Duration, error) {
	q := storage.Query{Table: deliveryTable.Name, Index: byDue, Partition: r.receiver, From: instant(now.Add(time.Millisecond)), Limit: 1}
	page, err := r.w.config.Store.Query(ctx, q)
	if err != nil || len(page.Records) == 0 {
		return r.w.config.Idle, err
	}
	d, err := readDelivery(page.Records[0])
	switch {
	case feed.Newer(err):
		return r.w.config.Idle, nil
	case err != nil:
		return 0, r.setAside(ctx, page.Records[0], err)
	}
	return min(r.w.config.Idle, d.Due.Sub(now)), nil
}

// setAside takes a delivery that can't be read off the ways to it, so that it
// doesn't hold up others. It stays in the table for the operator to look at. One of a later
// release stays where it is, and others about the same order wait with it.
func (r *dispatcher) setAside(ctx context.Context, rec storage.Record, why error) error {
	if feed.Newer(why) {
		r.w.wait(why)
		return nil
	}
	ok, err := r.w.replace(ctx, &rec, &storage.Record{Key: rec.Key, Doc: rec.Doc})
	if ok {
		r.w.config.Observer.WebhookDied(r.receiver)
		r.w.config.Logger.Error("a delivery can't be read and is left in its table", "receiver", r.receiver, "place", rec.Key.Sort, "error", why.Error())
	}
	return err
}

// take sends a delivery that is due if it is the oldest about its order. One
// that isn't comes when that one does.
func (r *dispatcher) take(ctx context.Context, rec storage.Record, now time.Time) error {
	lane := laneOf(rec.Key)
	if r.isBusy(lane) {
		return nil
	}
	q := storage.Query{Table: deliveryTable.Name, Index: byLane, Partition: r.receiver, From: lane + "_", To: lane + "`", Limit: 1}
	page, err := r.w.config.Store.Query(ctx, q)
	if err != nil || len(page.Records) == 0 { // sent meanwhile
		return err
	}
	head, err := readDelivery(page.Records[0])
	switch {
	case err != nil:
		return r.setAside(ctx, page.Records[0], err)
	case head.key != rec.Key:
		return r.postpone(ctx, rec, head.Due, now)
	case head.record.Version != rec.Version:
		return nil // changed meanwhile
	case head.expired(now) && r.down():
		_, err := r.store(ctx, head.dead(r.lastReason(), now))
		r.w.config.Observer.WebhookDied(r.receiver)
		return err
	}
	r.occupy(lane)
	r.running.Go(func() {
		r.attempt(head)
		r.release(lane)
	})
	return nil
}

// postpone makes a delivery due when the oldest about its order is. If that is due
// now, it comes first anyway.
func (r *dispatcher) postpone(ctx context.Context, rec storage.Record, until, now time.Time) error {
	if !until.After(now) {
		return nil
	}
	d, err := readDelivery(rec)
	if err != nil {
		return r.setAside(ctx, rec, err)
	}
	d.Due = until
	_, err = r.store(ctx, d)
	return err
}
