package webhook

import (
	"context"
	"fmt"
	"slices"
	"time"

	"comanda/feed"
	"comanda/notification"
	"comanda/storage"
)

// MaxAttempts is how many attempts of a receiver are remembered.
const MaxAttempts = 50

// Attempt is one request to a receiver, and what came of it.
type Attempt struct {
	Message string            `json:"message"` // webhook-id
	Type    notification.Type `json:"type"`
	UserID  string            `json:"userId,omitempty"`
	OrderID string            `json:"orderId,omitempty"`
	At      time.Time         `json:"at"`
	Number  int               `json:"number"`           // of this notification, the first being 1
	Status  int               `json:"status,omitempty"` // of the answer; 0: there was none
	Took    int64             `json:"tookMs"`
	Reason  string            `json:"reason,omitempty"` // why it failed; "": the receiver has taken it
	Next    time.Time         `json:"next,omitzero"`    // when it is tried again; zero: not any more
}

// historyDoc is the stored form of what is remembered: one record for each receiver, among
// its deliveries, so that it goes with them.
type historyDoc struct {
	storage.Head
	Attempts []Attempt `json:"attempts"` // oldest first
}

func historyKey(receiver string) storage.Key {
	return storage.Key{Table: deliveryTable.Name, Partition: receiver, Sort: "~attempts"} // no lane, and in no index
}

// How often a history is stored. It is for people: a write for each attempt would double the
// cost of sending, so a crash may lose the attempts of these times.
const (
	saveFailure = time.Second // after a failure, or the first success after one
	saveSuccess = time.Minute
)

// history is the attempts of a dispatcher that aren't stored yet.
type history struct {
	unsaved []Attempt
	failing bool // the last attempt has failed
	urgent  bool
	saved   time.Time
}

// remember adds an attempt.
func (r *dispatcher) remember(a Attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := &r.history
	failed := a.Reason != ""
	h.urgent = h.urgent || failed || h.failing
	h.failing = failed
	h.unsaved = append(h.unsaved, a)
	h.unsaved = h.unsaved[max(0, len(h.unsaved)-MaxAttempts):]
}

// due returns what is to be stored now.
func (r *dispatcher) due(now time.Time, atOnce bool) []Attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := &r.history
	pause := saveSuccess
	if h.urgent {
		pause = saveFailure
	}
	if len(h.unsaved) == 0 || !atOnce && now.Sub(h.saved).Abs() < pause {
		return nil
	}
	out := h.unsaved
	h.unsaved, h.urgent, h.saved = nil, false, now
	return out
}

// saveHistory stores attempts, if it is time or atOnce. What can't be stored is left out
// of the history: the log has told of it.
func (r *dispatcher) saveHistory(ctx context.Context, atOnce bool) {
	unsaved := r.due(r.w.config.Now(), atOnce)
	if len(unsaved) == 0 {
		return
	}
	err := storage.Decide(ctx, r.w.config.Store, func(*storage.Conflict) (c storage.Commit, err error) {
		var d historyDoc
		old, err := r.w.get(ctx, historyKey(r.receiver), &d)
		if err != nil {
			return c, err
		}
		d.Format = format
		d.Attempts = append(d.Attempts, unsaved...)
		d.Attempts = d.Attempts[max(0, len(d.Attempts)-MaxAttempts):]
		rec, err := codec.Encode(historyKey(r.receiver), &d)
		c.Writes = []storage.Write{{Old: old, New: &rec}}
		return c, err
	})
	if err != nil && ctx.Err() == nil && !feed.Newer(err) {
		r.w.config.Logger.Warn("attempts to deliver could not be remembered", "receiver", r.receiver, "error", err.Error())
	}
}

// Attempts returns the last attempts to send to a receiver, newest first, or [ErrNotFound].
// Those of the last seconds may be missing.
func (w *Webhooks) Attempts(ctx context.Context, receiver string) ([]Attempt, error) {
	if _, err := w.find(ctx, receiver); err != nil {
		return nil, err
	}
	return w.attempts(ctx, receiver)
}

func (w *Webhooks) attempts(ctx context.Context, receiver string) ([]Attempt, error) {
	var d historyDoc
	if _, err := w.get(ctx, historyKey(receiver), &d); err != nil && !feed.Newer(err) {
		return nil, fmt.Errorf("read the attempts: %w", err)
	}
	slices.Reverse(d.Attempts)
	return append([]Attempt{}, d.Attempts...), nil
}

// lastError returns the newest failure of attempts, newest first, whose notification
// wasn't taken since; nil without one.
func lastError(attempts []Attempt) *Attempt {
	taken := map[string]bool{}
	for _, a := range attempts {
		switch {
		case a.Reason == "":
			taken[a.Message] = true
		case !taken[a.Message]:
			return &a
		}
	}
	return nil
}
