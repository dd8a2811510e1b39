package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"comanda/notification"
	"comanda/storage"
)

// ErrNotFound says that there is no such receiver.
var ErrNotFound = errors.New("there is no receiver with this id: see comanda webhooks list")

// Add adds a receiver and returns its secret, which isn't told again. types
// are what it wants to be told of; none: everything. What can't be added is a [*RefusedError].
func (w *Webhooks) Add(ctx context.Context, url string, types []notification.Type, allowPrivate bool) (Receiver, string, error) {
	for _, t := range types {
		if !slices.Contains(notification.Types, t) {
			return Receiver{}, "", refuse("%q is no type of notification: use %s", t, joined(notification.Types))
		}
	}
	if err := w.checkURL(ctx, url, allowPrivate); err != nil {
		return Receiver{}, "", err
	}
	if err := w.load(ctx, true); err != nil {
		return Receiver{}, "", err
	}
	w.admin.Lock()
	defer w.admin.Unlock()
	if n := len(w.snapshot()); n >= maxReceivers {
		return Receiver{}, "", refuse("there are %d receivers, which is the most: remove one", n)
	}
	secret := newSecret()
	d := receiverDoc{Head: storage.Head{Format: format}, Receiver: Receiver{
		ID: newReceiverID(), URL: url, Types: types, AllowPrivate: allowPrivate, CreatedAt: w.config.Now().UTC().Truncate(time.Second),
	}}
	d.Secrets = []secretDoc{w.vault.seal(secret, d.ID)}
	if err := w.save(ctx, nil, d); err != nil {
		return Receiver{}, "", fmt.Errorf("add a receiver: %w", err)
	}
	return d.Receiver, secret, nil
}

func joined(types []notification.Type) string {
	var words []string
	for _, t := range types {
		words = append(words, string(t))
	}
	return strings.Join(words, ", ")
}

var errChanged = errors.New("the receiver was changed by another process at the same time: try again")

// save stores a receiver in the place of old, and lets everybody know of it.
func (w *Webhooks) save(ctx context.Context, old *storage.Record, d receiverDoc) error {
	r, err := d.encode()
	if err != nil {
		return err
	}
	ok, err := w.replace(ctx, old, r)
	if err != nil {
		return err
	}
	if !ok {
		return errChanged
	}
	w.mu.Lock()
	w.receivers[d.ID] = stored{d, *r}
	w.mu.Unlock()
	w.signal()
	return nil
}

func (w *Webhooks) signal() {
	select {
	case w.changed <- struct{}{}:
	default: // they will be looked at anyway
	}
}

// change replaces a receiver by what edit makes of it.
func (w *Webhooks) change(ctx context.Context, id string, edit func(*receiverDoc) error) error {
	w.admin.Lock()
	defer w.admin.Unlock()
	if id == "" {
		return ErrNotFound
	}
	var d receiverDoc
	old, err := w.get(ctx, receiverKey(id), &d)
	if err != nil {
		return err
	}
	if old == nil || d.Removed {
		return ErrNotFound
	}
	if err := edit(&d); err != nil {
		return err
	}
	return w.save(ctx, old, d)
}

// Remove removes a receiver and everything that was to be sent to it, or [ErrNotFound].
func (w *Webhooks) Remove(ctx context.Context, id string) error {
	return w.change(ctx, id, func(d *receiverDoc) error {
		d.Removed, d.Secrets = true, nil
		return nil
	})
}

// maxSecrets is how many secrets sign for a receiver at the same time. Each is a
// signature in a header of every request.
const maxSecrets = 5

// Rotate gives a receiver a new secret and returns it. For a day requests are
// signed with it and with those before it, or, atOnce, with it alone, as after a leak. It is
// [ErrNotFound] when there is no such receiver, and a [*RefusedError] when it was done too often in a day.
func (w *Webhooks) Rotate(ctx context.Context, id string, atOnce bool) (string, error) {
	secret := newSecret()
	now := w.config.Now().UTC()
	return secret, w.change(ctx, id, func(d *receiverDoc) error {
		d.Secrets = slices.DeleteFunc(d.Secrets, func(s secretDoc) bool { return atOnce || s.ended(now) })
		if len(d.Secrets) == maxSecrets {
			return refuse("the receiver has %d secrets of the last day, which is the limit: wait, or end the old ones with --now", maxSecrets)
		}
		for i, s := range d.Secrets {
			if s.Until.IsZero() {
				d.Secrets[i].Until = now.Add(overlap)
			}
		}
		d.Secrets = append([]secretDoc{w.vault.seal(secret, id)}, d.Secrets...)
		return nil
	})
}

// Enable sends to a receiver again that was disabled by its own answer.
func (w *Webhooks) Enable(ctx context.Context, id string) error {
	return w.change(ctx, id, func(d *receiverDoc) error {
		d.Disabled = ""
		return nil
	})
}

// disable stops sending to a receiver.
func (w *Webhooks) disable(ctx context.Context, id, reason string, now time.Time) error {
	err := w.change(ctx, id, func(d *receiverDoc) error {
		d.Disabled = now.Format(time.RFC3339) + ": " + reason
		return nil
	})
	if errors.Is(err, ErrNotFound) { // removed meanwhile
		return nil
	}
	if err == nil {
		w.config.Observer.WebhookDisabled(id)
		w.config.Logger.Warn("a receiver of webhooks was disabled", "receiver", id, "reason", reason)
	}
	return err
}

// active returns a receiver that is to be told, and what signs for it.
func (w *Webhooks) active(id string) (Receiver, []string, error) {
	w.mu.RLock()
	s, ok := w.receivers[id]
	w.mu.RUnlock()
	if !ok || s.Removed || s.Disabled != "" {
		return Receiver{}, nil, ErrNotFound
	}
	secrets, err := w.vault.open(s.receiverDoc, w.config.Now())
	return s.Receiver, secrets, err
}

// Status is a receiver with what waits for it.
type Status struct {
	Receiver
	Pending int `json:"pending"` // deliveries to be made, counted up to [MaxCount]
	Dead    int `json:"dead"`    // dead letters, likewise

	LastError *Attempt `json:"lastError,omitempty"` // the last attempt that failed and wasn't made good; nil: there is none
}

// MaxCount is how far deliveries are counted.
const MaxCount = storage.MaxPage

// List returns the receivers, in the order in which they were added. Those of a later
// release come first, with an id and the reason why nothing is sent to them.
func (w *Webhooks) List(ctx context.Context) ([]Status, error) {
	if err := w.load(ctx, true); err != nil {
		return nil, err
	}
	list := []Status{}
	w.mu.RLock()
	for id, err := range w.newer {
		list = append(list, Status{Receiver: Receiver{ID: id, Disabled: err.Error()}})
	}
	w.mu.RUnlock()
	for _, s := range w.snapshot() {
		if s.Removed {
			continue
		}
		pending, err := w.count(ctx, byDue, s.ID)
		if err != nil {
			return nil, err
		}
		dead, err := w.count(ctx, byDead, s.ID)
		if err != nil {
			return nil, err
		}
		attempts, err := w.attempts(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, Status{s.Receiver, pending, dead, lastError(attempts)})
	}
	slices.SortFunc(list, func(a, b Status) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, nil
}

func (w *Webhooks) count(ctx context.Context, index, receiver string) (int, error) {
	page, err := w.config.Store.Query(ctx, storage.Query{Table: deliveryTable.Name, Index: index, Partition: receiver, Limit: MaxCount})
	if err != nil {
		return 0, fmt.Errorf("count deliveries: %w", err)
	}
	return len(page.Records), nil
}
