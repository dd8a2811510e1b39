package administration

import (
	"context"
	"errors"
	"iter"

	"comanda/feed"
	"comanda/pool"
	"comanda/storage"
	"comanda/webhook"
)

// KeyRotator replaces the key that signs tokens, and saves the new one first.
type KeyRotator interface {
	RotateKeys(ctx context.Context, r pool.Rotation) (pool.SigningKey, error)
}

// Local administers an installation in this process, on its store. A field is nil
// where its operations aren't asked for, or aren't possible.
type Local struct {
	Receivers *webhook.Webhooks
	Dead      *feed.DeadLetters
	Keys      KeyRotator
	Users     *pool.Pool
	Describe  func(context.Context) (Status, error)
}

var _ Administration = Local{}

// AddWebhook implements [Administration].
func (l Local) AddWebhook(ctx context.Context, in NewWebhook) (AddedWebhook, error) {
	r, secret, err := l.Receivers.Add(ctx, in.URL, in.Types, in.AllowPrivate)
	return AddedWebhook{r, secret}, err
}

// Webhooks implements [Administration].
func (l Local) Webhooks(ctx context.Context) ([]webhook.Status, error) { return l.Receivers.List(ctx) }

// RemoveWebhook implements [Administration].
func (l Local) RemoveWebhook(ctx context.Context, id string) error {
	return l.Receivers.Remove(ctx, id)
}

// RotateWebhook implements [Administration].
func (l Local) RotateWebhook(ctx context.Context, id string, atOnce bool) (string, error) {
	return l.Receivers.Rotate(ctx, id, atOnce)
}

// WebhookAttempts implements [Administration].
func (l Local) WebhookAttempts(ctx context.Context, id string) ([]webhook.Attempt, error) {
	return l.Receivers.Attempts(ctx, id)
}

// TestWebhook implements [Administration].
func (l Local) TestWebhook(ctx context.Context, in TestedWebhook) (webhook.Trial, error) {
	return l.Receivers.Test(ctx, in.Target, in.AllowPrivate)
}

// EnableWebhook implements [Administration].
func (l Local) EnableWebhook(ctx context.Context, id string) error {
	return l.Receivers.Enable(ctx, id)
}

// letterPage is small, because each letter has its text.
const letterPage = 50

// Letters implements [Administration].
func (l Local) Letters(ctx context.Context, id string) iter.Seq2[webhook.DeadLetter, error] {
	return pages(func(after storage.Cursor) ([]webhook.DeadLetter, storage.Cursor, error) {
		return l.letters(ctx, id, after)
	})
}

func (l Local) letters(ctx context.Context, id string, after storage.Cursor) ([]webhook.DeadLetter, storage.Cursor, error) {
	return l.Receivers.Dead(ctx, id, after, letterPage)
}

// Redeliver implements [Administration].
func (l Local) Redeliver(ctx context.Context, id, message string) (int, error) {
	return l.Receivers.Redeliver(ctx, id, message)
}

// DeadChanges implements [Administration].
func (l Local) DeadChanges(ctx context.Context) iter.Seq2[feed.DeadLetter, error] {
	return pages(func(after storage.Cursor) ([]feed.DeadLetter, storage.Cursor, error) {
		return l.deadChanges(ctx, after)
	})
}

func (l Local) deadChanges(ctx context.Context, after storage.Cursor) ([]feed.DeadLetter, storage.Cursor, error) {
	return l.Dead.List(ctx, after, storage.MaxPage)
}

// SettleDeadChanges implements [Administration].
func (l Local) SettleDeadChanges(ctx context.Context, events ...string) (int, error) {
	return l.Dead.Settle(ctx, events...)
}

// PendingCodes implements [Administration].
func (l Local) PendingCodes(ctx context.Context, username string) iter.Seq2[pool.PendingCode, error] {
	return pages(func(after storage.Cursor) ([]pool.PendingCode, storage.Cursor, error) {
		return l.pendingCodes(ctx, username, after)
	})
}

func (l Local) pendingCodes(ctx context.Context, username string, after storage.Cursor) ([]pool.PendingCode, storage.Cursor, error) {
	codes, next, err := l.Users.PendingCodes(ctx, username, string(after))
	if refused, ok := errors.AsType[*pool.Error](err); ok {
		err = &webhook.RefusedError{Reason: refused.Message}
	}
	return codes, storage.Cursor(next), err
}

// errNoKeys says that there is nothing to rotate.
var errNoKeys = errors.New("this installation has no signing keys of its own")

// RotateKeys implements [Administration].
func (l Local) RotateKeys(ctx context.Context, r pool.Rotation) (RotatedKeys, error) {
	if l.Keys == nil {
		return RotatedKeys{}, errNoKeys
	}
	if err := r.Validate(); err != nil {
		return RotatedKeys{}, &webhook.RefusedError{Reason: err.Error()}
	}
	key, err := l.Keys.RotateKeys(ctx, r)
	return RotatedKeys{key.ID, key.SignsFrom()}, err
}

// pages returns what all pages have that read returns, one after the other.
func pages[T any](read func(after storage.Cursor) ([]T, storage.Cursor, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for after := storage.Cursor(""); ; {
			found, next, err := read(after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range found {
				if !yield(one, nil) {
					return
				}
			}
			if after = next; after == "" {
				return
			}
		}
	}
}
