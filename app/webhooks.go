package app

import (
	"context"

	"comanda/notification"
	"comanda/storage"
	"comanda/webhook"
)

// WebhookOperations returns the operations of comanda webhooks, by their names.
func WebhookOperations(w *webhook.Webhooks) map[string]Operation {
	a := administration{w}
	return map[string]Operation{
		"Comanda.AddWebhook":    operation(a.add),
		"Comanda.ListWebhooks":  operation(a.list),
		"Comanda.RemoveWebhook": operation(a.remove),
		"Comanda.RotateWebhook": operation(a.rotate),
		"Comanda.EnableWebhook": operation(a.enable),
		"Comanda.ListLetters":   operation(a.letters),
		"Comanda.RedeliverDead": operation(a.redeliver),
	}
}

// administration is the operations on webhooks.
type administration struct{ hooks *webhook.Webhooks }

// AddWebhook is the input of Comanda.AddWebhook.
type AddWebhook struct {
	URL          string              `json:"url"`
	Types        []notification.Type `json:"types,omitempty"`
	AllowPrivate bool                `json:"allowPrivate,omitzero"`
}

// AddedWebhook is its output. The secret is never shown again.
type AddedWebhook struct {
	webhook.Receiver
	Secret string `json:"secret"`
}

// RotatedWebhook is the output of Comanda.RotateWebhook.
type RotatedWebhook struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// ThisWebhook is the input of operations on one receiver.
type ThisWebhook struct {
	ID      string         `json:"id"`
	Message string         `json:"message,omitempty"` // of Comanda.RedeliverDead: one dead letter; "": all
	After   storage.Cursor `json:"after,omitempty"`   // of Comanda.ListLetters: from the page before
	AtOnce  bool           `json:"atOnce,omitzero"`   // of Comanda.RotateWebhook: end the secrets before
}

// Webhooks is the output of Comanda.ListWebhooks.
type Webhooks struct {
	Webhooks []webhook.Status `json:"webhooks"`
}

// Letters is the output of Comanda.ListLetters.
type Letters struct {
	Letters []webhook.Letter `json:"letters"`
	Next    storage.Cursor   `json:"next,omitempty"`
}

// Redelivered is the output of Comanda.RedeliverDead.
type Redelivered struct {
	Count int `json:"count"`
}

func (a administration) add(ctx context.Context, in AddWebhook) (AddedWebhook, error) {
	r, secret, err := a.hooks.Add(ctx, in.URL, in.Types, in.AllowPrivate)
	return AddedWebhook{r, secret}, err
}

func (a administration) list(ctx context.Context, _ struct{}) (Webhooks, error) {
	list, err := a.hooks.List(ctx)
	return Webhooks{list}, err
}

func (a administration) remove(ctx context.Context, in ThisWebhook) (struct{}, error) {
	return struct{}{}, a.hooks.Remove(ctx, in.ID)
}

func (a administration) rotate(ctx context.Context, in ThisWebhook) (RotatedWebhook, error) {
	secret, err := a.hooks.Rotate(ctx, in.ID, in.AtOnce)
	return RotatedWebhook{in.ID, secret}, err
}

func (a administration) enable(ctx context.Context, in ThisWebhook) (struct{}, error) {
	return struct{}{}, a.hooks.Enable(ctx, in.ID)
}

// letterPage is small, because each letter has its text.
const letterPage = 50

func (a administration) letters(ctx context.Context, in ThisWebhook) (Letters, error) {
	letters, next, err := a.hooks.Dead(ctx, in.ID, in.After, letterPage)
	return Letters{letters, next}, err
}

func (a administration) redeliver(ctx context.Context, in ThisWebhook) (Redelivered, error) {
	n, err := a.hooks.Redeliver(ctx, in.ID, in.Message)
	return Redelivered{n}, err
}
