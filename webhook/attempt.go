package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"comanda/storage"
)

// attempt makes one request, and stores what came of it.
func (r *dispatcher) attempt(d delivery) {
	receiver, secrets, err := r.w.active(r.receiver)
	if errors.Is(err, ErrNotFound) {
		r.answered()
		return
	}
	if err != nil {
		r.answered()
		r.conclude(d, &failure{reason: err.Error()}, Attempt{At: r.w.config.Now().UTC()})
		return
	}
	begin := r.w.config.Now()
	a, f := r.w.sender.exchange(r.requests, receiver, secrets, d)
	r.answered()
	if f != nil && f.status == 0 && r.requests.Err() != nil {
		return // it was cut by us, and is sent again
	}
	if f == nil {
		r.w.config.Observer.WebhookDelivered(r.receiver, r.w.config.Now().Sub(begin))
	}
	r.conclude(d, f, Attempt{At: begin.UTC().Truncate(time.Millisecond), Status: a.status, Took: r.w.config.Now().Sub(begin).Milliseconds()})
}

// conclude stores the outcome of an attempt. What can't be stored is sent again.
func (r *dispatcher) conclude(d delivery, f *failure, a Attempt) {
	a.Message, a.Type, a.UserID, a.OrderID, a.Number = d.Message, d.Type, d.UserID, d.OrderID, d.Attempts+1
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.requests), storeTime)
	defer cancel()
	if err := r.saveOutcome(ctx, d, f, a); err != nil {
		r.w.config.Logger.Error("the outcome of a delivery could not be stored: it is sent again", "receiver", r.receiver, "delivery", d.Message, "error", err.Error())
		_ = storage.Sleep(r.requests, retryPass)
	}
}

const storeTime = 10 * time.Second

func (r *dispatcher) saveOutcome(ctx context.Context, d delivery, f *failure, a Attempt) error {
	now := r.w.config.Now().UTC().Truncate(time.Millisecond)
	if f == nil {
		r.remember(a)
		r.recovered()
		_, err := r.w.replace(ctx, d.record, nil)
		return err
	}
	a.Reason = f.reason
	if f.status == http.StatusGone {
		r.remember(a)
		return r.w.disable(ctx, r.receiver, "it answered 410 Gone", now)
	}
	r.w.config.Observer.WebhookFailed(r.receiver)
	pause := max(backoff(d.Attempts, r.w.config.Random()), min(f.wait, lastPause))
	r.failed(laneOf(d.key), f.reason, now)
	d = d.failed(f.reason, now, pause)
	level, text := r.w.config.Logger.Info, "a delivery failed and is tried again"
	if !d.Died.IsZero() {
		level, text = r.w.config.Logger.Warn, "a delivery was put to the dead letters"
		r.w.config.Observer.WebhookDied(r.receiver)
	}
	if a.Next = d.Due; !d.Died.IsZero() {
		a.Next = time.Time{}
	}
	r.remember(a)
	level(text, "receiver", r.receiver, "delivery", d.Message, "attempts", d.Attempts, "reason", f.reason)
	_, err := r.store(ctx, d)
	return err
}

// store writes a changed delivery. It reports false when another process was faster.
func (r *dispatcher) store(ctx context.Context, d delivery) (bool, error) {
	rec, err := d.encode()
	if err != nil {
		return false, err
	}
	return r.w.replace(ctx, d.record, rec)
}

// backoff returns the pause after a number of failures before this one: it doubles, and
// is up to a fifth shorter or longer.
func backoff(before int, random float64) time.Duration {
	pause := lastPause
	if before < 12 { // 2^11 x 2 s is over an hour
		pause = min(firstPause<<before, lastPause)
	}
	return time.Duration(float64(pause) * (0.8 + 0.4*random))
}
