package administration

import (
	"context"
	"iter"
	"time"

	"comanda/feed"
	"comanda/pool"
	"comanda/storage"
	"comanda/webhook"
)

// Remote administers the installation of a running server.
type Remote struct{ *Connection }

var _ Administration = Remote{}

// ask sends an operation and returns its answer.
func (o operation[In, Out]) ask(ctx context.Context, r Remote, in In) (out Out, err error) {
	if err = r.send(ctx, o.name, in, &out, true); refusedWith(err, "UnknownOperationException") {
		err = ErrOtherRelease
	}
	return out, err
}

// AddWebhook implements [Administration].
func (r Remote) AddWebhook(ctx context.Context, in NewWebhook) (AddedWebhook, error) {
	return addWebhook.ask(ctx, r, in)
}

// Webhooks implements [Administration].
func (r Remote) Webhooks(ctx context.Context) ([]webhook.Status, error) {
	out, err := listWebhooks.ask(ctx, r, nothing{})
	return out.Webhooks, err
}

// RemoveWebhook implements [Administration].
func (r Remote) RemoveWebhook(ctx context.Context, id string) error {
	_, err := removeWebhook.ask(ctx, r, thisWebhook{ID: id})
	return err
}

// RotateWebhook implements [Administration].
func (r Remote) RotateWebhook(ctx context.Context, id string, atOnce bool) (string, error) {
	out, err := rotateWebhook.ask(ctx, r, thisWebhook{ID: id, AtOnce: atOnce})
	return out.Secret, err
}

// WebhookAttempts implements [Administration].
func (r Remote) WebhookAttempts(ctx context.Context, id string) ([]webhook.Attempt, error) {
	out, err := listAttempts.ask(ctx, r, thisWebhook{ID: id})
	return out.Attempts, err
}

// TestWebhook implements [Administration].
func (r Remote) TestWebhook(ctx context.Context, in TestedWebhook) (webhook.Trial, error) {
	return testWebhook.ask(ctx, r, in)
}

// EnableWebhook implements [Administration].
func (r Remote) EnableWebhook(ctx context.Context, id string) error {
	_, err := enableWebhook.ask(ctx, r, thisWebhook{ID: id})
	return err
}

// Letters implements [Administration].
func (r Remote) Letters(ctx context.Context, id string) iter.Seq2[webhook.DeadLetter, error] {
	return pages(func(after storage.Cursor) ([]webhook.DeadLetter, storage.Cursor, error) {
		out, err := listLetters.ask(ctx, r, thisWebhook{ID: id, After: after})
		return out.Letters, out.Next, err
	})
}

// Redeliver implements [Administration].
func (r Remote) Redeliver(ctx context.Context, id, message string) (int, error) {
	out, err := redeliverDead.ask(ctx, r, thisWebhook{ID: id, Message: message})
	return out.Count, err
}

// DeadChanges implements [Administration].
func (r Remote) DeadChanges(ctx context.Context) iter.Seq2[feed.DeadLetter, error] {
	return pages(func(after storage.Cursor) ([]feed.DeadLetter, storage.Cursor, error) {
		out, err := listChanges.ask(ctx, r, changesAfter{after})
		return out.Changes, out.Next, err
	})
}

// SettleDeadChanges implements [Administration].
func (r Remote) SettleDeadChanges(ctx context.Context, events ...string) (int, error) {
	out, err := settleChanges.ask(ctx, r, theseChanges{events})
	return out.Count, err
}

// PendingCodes implements [Administration].
func (r Remote) PendingCodes(ctx context.Context, username string) iter.Seq2[pool.PendingCode, error] {
	return pages(func(after storage.Cursor) ([]pool.PendingCode, storage.Cursor, error) {
		out, err := listCodes.ask(ctx, r, codesOf{username, after})
		return out.Codes, out.Next, err
	})
}

// RotateKeys implements [Administration].
func (r Remote) RotateKeys(ctx context.Context, how pool.Rotation) (RotatedKeys, error) {
	return rotateKeys.ask(ctx, r, theseKeys{WaitSeconds: int64(how.Wait / time.Second), AtOnce: how.AtOnce})
}
