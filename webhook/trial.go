package webhook

import (
	"context"
	"fmt"
	"strings"
	"time"

	"comanda/notification"
	"comanda/storage"

	"github.com/go-json-experiment/json"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestType is the type of the notification that [Webhooks.Test] sends.
const TestType notification.Type = "webhook.test"

// maxShown is how many bytes of an answer to a test are shown.
const maxShown = 500

// Trial is what came of a test.
type Trial struct {
	URL     string `json:"url"`
	Message string `json:"message"`          // webhook-id
	Secret  string `json:"secret,omitempty"` // that has signed, where no receiver has one
	Status  int    `json:"status,omitempty"` // 0: there was no answer
	Took    int64  `json:"tookMs"`
	Reason  string `json:"reason,omitempty"` // why it counts as failed; "": it was taken
	Answer  string `json:"answer"`           // how the answer begins
}

// Test sends one signed notification that says nothing, once, and returns what came of it. It
// goes to the receiver of an id, signed with its secrets, or to the URL of none, signed with a
// new one. What can't be asked for is a [*RefusedError] or [ErrNotFound].
func (w *Webhooks) Test(ctx context.Context, target string, allowPrivate bool) (Trial, error) {
	receiver, secrets := Receiver{URL: target, AllowPrivate: allowPrivate}, []string{newSecret()}
	t := Trial{Secret: secrets[0]}
	if !strings.Contains(target, "://") {
		t.Secret = ""
		if err := w.load(ctx, true); err != nil {
			return t, err
		}
		found, err := w.find(ctx, target)
		if err != nil {
			return t, err
		}
		if found.Disabled != "" {
			return t, refuse("the receiver is disabled: enable it first with comanda webhooks enable %s", target)
		}
		if receiver, secrets, err = w.active(target); err != nil {
			return t, err
		}
	} else if err := w.checkURL(ctx, target, allowPrivate); err != nil {
		return t, err
	}
	now := w.config.Now().UTC()
	body, err := json.Marshal(struct {
		Type      notification.Type `json:"type"`
		Timestamp string            `json:"timestamp"`
		Data      struct{}          `json:"data"`
	}{Type: TestType, Timestamp: now.Format(time.RFC3339)})
	if err != nil {
		return t, fmt.Errorf("make a test notification: %w", err)
	}
	t.URL, t.Message = receiver.URL, "test_"+storage.NewCommitID()
	t.fill(w.sender.exchange(ctx, receiver, secrets, delivery{deliveryDoc: deliveryDoc{Message: t.Message, Body: body}}))
	t.Took = w.config.Now().Sub(now).Milliseconds()
	return t, nil
}

// fill notes an exchange.
func (t *Trial) fill(a answer, f *failure) {
	t.Status, t.Answer = a.status, string(a.start[:min(len(a.start), maxShown)])
	if f != nil {
		t.Reason = f.reason
	}
}

// Forwarder sends notifications to one URL of the caller's own choice, which may be on this
// machine, signed as for a receiver.
type Forwarder struct {
	sender   *sender
	receiver Receiver
	secret   string
	now      func() time.Time
}

// NewForwarder returns a forwarder to a URL with a secret, "" for a new one. A URL that can't be
// used is a [*RefusedError], and so is a secret.
func NewForwarder(url, secret string, now func() time.Time) (*Forwarder, error) {
	if err := (&Webhooks{}).checkURL(context.Background(), url, true); err != nil {
		return nil, err
	}
	if secret == "" {
		secret = newSecret()
	}
	if _, err := standard.NewWebhook(secret); err != nil || !strings.HasPrefix(secret, secretPrefix) {
		return nil, refuse("the secret must be whsec_ and base64 after it, as comanda webhooks add shows one")
	}
	sender := newSender(Config{Now: now, Timeout: attemptTime, Attempt: unheard})
	return &Forwarder{sender, Receiver{URL: url, AllowPrivate: true}, secret, now}, nil
}

// Secret returns what signs.
func (f *Forwarder) Secret() string { return f.secret }

// URL returns where notifications go.
func (f *Forwarder) URL() string { return f.receiver.URL }

// Send makes one attempt to send a notification.
func (f *Forwarder) Send(ctx context.Context, message string, body []byte) Trial {
	t, begun := Trial{URL: f.receiver.URL, Message: message}, f.now()
	t.fill(f.sender.exchange(ctx, f.receiver, []string{f.secret}, delivery{deliveryDoc: deliveryDoc{Message: message, Body: body}}))
	t.Took = f.now().Sub(begun).Milliseconds()
	return t
}
