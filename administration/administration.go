package administration

import (
	"context"
	"iter"
	"time"

	"comanda/feed"
	"comanda/notification"
	"comanda/pool"
	"comanda/webhook"
)

// Administration is an installation in the hands of its operator. What the
// operator did wrong is a [*webhook.RefusedError], and a receiver that isn't there
// is [webhook.ErrNotFound].
type Administration interface {
	// AddWebhook adds a receiver. Its secret is never shown again.
	AddWebhook(ctx context.Context, in NewWebhook) (AddedWebhook, error)

	// Webhooks lists the receivers, in the order in which they were added.
	Webhooks(ctx context.Context) ([]webhook.Status, error)

	// RemoveWebhook removes a receiver and everything that was to be sent to it.
	RemoveWebhook(ctx context.Context, id string) error

	// RotateWebhook gives a receiver a new secret and returns it. The secrets before
	// it end atOnce, or after a day.
	RotateWebhook(ctx context.Context, id string, atOnce bool) (secret string, err error)

	// EnableWebhook sends to a receiver again that has disabled itself.
	EnableWebhook(ctx context.Context, id string) error

	// WebhookAttempts returns the last attempts to send to a receiver, newest first.
	WebhookAttempts(ctx context.Context, id string) ([]webhook.Attempt, error)

	// TestWebhook sends one notification that says nothing to a receiver, by its id, or to a URL.
	TestWebhook(ctx context.Context, in TestedWebhook) (webhook.Trial, error)

	// Letters returns a receiver's dead letters, oldest first. An error ends them.
	Letters(ctx context.Context, id string) iter.Seq2[webhook.DeadLetter, error]

	// Redeliver sends all dead letters of a receiver again, or the one of a message,
	// and returns how many that are.
	Redeliver(ctx context.Context, id, message string) (int, error)

	// DeadChanges returns the changes that no consumer could use. An error ends them.
	DeadChanges(ctx context.Context) iter.Seq2[feed.DeadLetter, error]

	// SettleDeadChanges removes those of the events named, or all of them, and
	// returns how many that were.
	SettleDeadChanges(ctx context.Context, events ...string) (int, error)

	// PendingCodes returns the codes that users can use at the moment, of one user by
	// name or, with "", of all. An error ends them.
	PendingCodes(ctx context.Context, username string) iter.Seq2[pool.PendingCode, error]

	// Memberships returns the accounts that are in groups. An error ends them.
	Memberships(ctx context.Context) iter.Seq2[pool.Member, error]

	// Status describes what runs, or what would.
	Status(ctx context.Context) (Status, error)

	// RotateKeys makes a new key, which signs when clients have had the time to see it,
	// or returns the one that waits for that already. No user is signed out. At once it
	// signs at once, and tokens of all keys before it are refused: a client that
	// has one has to refresh it.
	RotateKeys(ctx context.Context, r pool.Rotation) (RotatedKeys, error)
}

// NewWebhook is a receiver that is to be added.
type NewWebhook struct {
	URL          string              `json:"url"`
	Types        []notification.Type `json:"types,omitempty"` // none: all
	AllowPrivate bool                `json:"allowPrivate,omitzero"`
}

// TestedWebhook is where a test goes: to the id of a receiver, or to a URL.
type TestedWebhook struct {
	Target       string `json:"target"`
	AllowPrivate bool   `json:"allowPrivate,omitzero"` // of a URL
}

// AddedWebhook is a receiver that was added.
type AddedWebhook struct {
	webhook.Receiver
	Secret string `json:"secret"`
}

// RotatedKeys says which key is the newest.
type RotatedKeys struct {
	ID        string    `json:"id"`
	SignsFrom time.Time `json:"signsFrom,omitzero"` // zero in the answer of an earlier release, whose keys sign at once
}
