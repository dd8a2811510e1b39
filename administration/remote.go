package administration

import (
	"context"
	"iter"

	"comanda/feed"
	"comanda/storage"
	"comanda/webhook"
)

// Remote administers the installation of a running server.
type Remote struct{ *Connection }

var _ Administration = Remote{}

// ask sends a signed operation and returns its answer.
func ask[Out any](ctx context.Context, r Remote, operation string, in any) (out Out, err error) {
	if err = r.send(ctx, operation, in, &out, true); refusedWith(err, "UnknownOperationException") {
		err = ErrOtherRelease
	}
	return out, err
}

// AddWebhook implements [Administration].
func (r Remote) AddWebhook(ctx context.Context, in NewWebhook) (AddedWebhook, error) {
	return ask[AddedWebhook](ctx, r, opAddWebhook, in)
}

// Webhooks implements [Administration].
func (r Remote) Webhooks(ctx context.Context) ([]webhook.Status, error) {
	out, err := ask[listedWebhooks](ctx, r, opListWebhooks, nothing{})
	return out.Webhooks, err
}

// RemoveWebhook implements [Administration].
func (r Remote) RemoveWebhook(ctx context.Context, id string) error {
	_, err := ask[nothing](ctx, r, opRemoveWebhook, thisWebhook{ID: id})
	return err
}

// RotateWebhook implements [Administration].
func (r Remote) RotateWebhook(ctx context.Context, id string, atOnce bool) (string, error) {
	out, err := ask[rotatedWebhook](ctx, r, opRotateWebhook, thisWebhook{ID: id, AtOnce: atOnce})
	return out.Secret, err
}

// EnableWebhook implements [Administration].
func (r Remote) EnableWebhook(ctx context.Context, id string) error {
	_, err := ask[nothing](ctx, r, opEnableWebhook, thisWebhook{ID: id})
	return err
}

// Letters implements [Administration].
func (r Remote) Letters(ctx context.Context, id string) iter.Seq2[webhook.Letter, error] {
	return pages(func(after storage.Cursor) ([]webhook.Letter, storage.Cursor, error) {
		out, err := ask[listedLetters](ctx, r, opListLetters, thisWebhook{ID: id, After: after})
		return out.Letters, out.Next, err
	})
}

// Redeliver implements [Administration].
func (r Remote) Redeliver(ctx context.Context, id, message string) (int, error) {
	out, err := ask[counted](ctx, r, opRedeliverDead, thisWebhook{ID: id, Message: message})
	return out.Count, err
}

// DeadChanges implements [Administration].
func (r Remote) DeadChanges(ctx context.Context) iter.Seq2[feed.DeadLetter, error] {
	return pages(func(after storage.Cursor) ([]feed.DeadLetter, storage.Cursor, error) {
		out, err := ask[listedChanges](ctx, r, opListChanges, changesAfter{after})
		return out.Changes, out.Next, err
	})
}

// SettleDeadChanges implements [Administration].
func (r Remote) SettleDeadChanges(ctx context.Context, events ...string) (int, error) {
	out, err := ask[counted](ctx, r, opSettleChanges, theseChanges{events})
	return out.Count, err
}

// RotateKeys implements [Administration].
func (r Remote) RotateKeys(ctx context.Context) (string, error) {
	out, err := ask[rotatedKeys](ctx, r, opRotateKeys, nothing{})
	return out.ID, err
}
