package webhook

import (
	"context"
	"fmt"
	"time"

	"comanda/feed"
	"comanda/notification"
	"comanda/storage"

	"github.com/go-json-experiment/json/jsontext"
)

// DeadLetter is a dead letter: a notification that a receiver didn't take.
type DeadLetter struct {
	Message  string            `json:"message"` // webhook-id
	Type     notification.Type `json:"type"`
	UserID   string            `json:"userId"`
	OrderID  string            `json:"orderId"`
	Died     time.Time         `json:"died"`
	Attempts int               `json:"attempts"`
	Reason   string            `json:"reason"` // why the last attempt failed
	Body     jsontext.Value    `json:"body"`   // as it was sent
}

// Dead returns a page of a receiver's dead letters, oldest first, and the cursor of the next
// page, "" at the end. Of one of a later release it tells that in the reason, and no
// more. A bad after is [storage.ErrCursor].
func (w *Webhooks) Dead(ctx context.Context, receiver string, after storage.Cursor, limit int) ([]DeadLetter, storage.Cursor, error) {
	if _, err := w.find(ctx, receiver); err != nil {
		return nil, "", err
	}
	page, err := w.config.Store.Query(ctx, storage.Query{Table: deliveryTable.Name, Index: byDead, Partition: receiver, After: after, Limit: limit})
	if err != nil {
		return nil, "", fmt.Errorf("list dead letters: %w", err)
	}
	letters := []DeadLetter{}
	for _, r := range page.Records {
		d, err := readDelivery(r)
		switch {
		case feed.Newer(err):
			d.deliveryDoc = deliveryDoc{Reason: err.Error()}
		case err != nil:
			return nil, "", fmt.Errorf("list dead letters: %w", err)
		}
		letters = append(letters, DeadLetter{d.Message, d.Type, d.UserID, d.OrderID, d.Died, d.Attempts, d.Reason, d.Body})
	}
	return letters, page.Next, nil
}

// find returns a receiver, or [ErrNotFound].
func (w *Webhooks) find(ctx context.Context, id string) (Receiver, error) {
	if id == "" {
		return Receiver{}, ErrNotFound
	}
	var d receiverDoc
	r, err := w.get(ctx, receiverKey(id), &d)
	if err != nil {
		return Receiver{}, fmt.Errorf("look for the receiver: %w", err)
	}
	if r == nil || d.Removed {
		return Receiver{}, ErrNotFound
	}
	return d.Receiver, nil
}

// Redeliver sends dead letters of a receiver again: the one with this id, or all with "".
// It returns how many. A [*RefusedError] says that there is none with this id, or
// that the receiver is disabled.
func (w *Webhooks) Redeliver(ctx context.Context, receiver, message string) (int, error) {
	r, err := w.find(ctx, receiver)
	if err != nil {
		return 0, err
	}
	if r.Disabled != "" {
		return 0, refuse("the receiver is disabled: enable it first with comanda webhooks enable %s", receiver)
	}
	now := w.config.Now().UTC().Truncate(time.Millisecond)
	n, err := w.rewrite(ctx, storage.Query{Table: deliveryTable.Name, Index: byDead, Partition: receiver}, func(d delivery) (delivery, bool) {
		return d.again(now), message == "" || d.Message == message
	})
	if err != nil {
		return n, fmt.Errorf("send dead letters again: %w", err)
	}
	if n == 0 && message != "" {
		return 0, refuse("the receiver has no dead letter with the id %.64q: see comanda webhooks dead %s", message, receiver)
	}
	w.wake(receiver)
	return n, nil
}

// bury makes dead letters of everything that was to be sent to a receiver.
func (w *Webhooks) bury(ctx context.Context, receiver, reason string) error {
	w.awaitBatches()
	now := w.config.Now().UTC().Truncate(time.Millisecond)
	n, err := w.rewrite(ctx, storage.Query{Table: deliveryTable.Name, Index: byDue, Partition: receiver}, func(d delivery) (delivery, bool) { return d.dead(reason, now), true })
	for range n {
		w.config.Observer.WebhookDied(receiver)
	}
	if err != nil {
		return fmt.Errorf("make dead letters of what was to be sent to %s: %w", receiver, err)
	}
	return nil
}
