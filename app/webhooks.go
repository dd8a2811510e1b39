package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"comanda/cognito"
	"comanda/notification"
	"comanda/storage"
	"comanda/webhook"

	"github.com/go-json-experiment/json"
)

// wireWebhooks makes what tells receivers of changes. Receivers are administered with the key
// pair of the embedded user pool, so without that there are none.
func (a *App) wireWebhooks() (err error) {
	if a.Pool == nil {
		return nil
	}
	a.hooks, err = webhook.New(webhook.Config{
		Store: a.parts.Store, Observer: a.metrics, Now: a.parts.Now, Logger: a.parts.Logger,
		SealKey: a.parts.Keys.SealKey, Shared: a.parts.Shared,
	})
	return err
}

// sendWebhooks tells receivers until the server closes. Of a fleet one process does it.
func (a *App) sendWebhooks() {
	if a.hooks == nil {
		return
	}
	work := a.hooks.Run
	if a.parts.Shared {
		lease := a.lease("webhooks")
		work = func(ctx context.Context) { lease.While(ctx, a.parts.Logger, a.hooks.Run) }
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { work(ctx) })
	a.background = append(a.background, func() {
		cancel()
		running.Wait()
	})
}

// operations returns those by which comanda webhooks administers receivers, at the
// server that runs. They are signed with the key pair of the data directory, as the user pool's are,
// which whoever may read that directory has; with it, they could make themselves an administrator
// anyway. They aren't part of the API, because no user of the API has a use for them.
func (a *App) operations() map[string]func(context.Context, []byte) (any, error) {
	if a.hooks == nil {
		return nil
	}
	return map[string]func(context.Context, []byte) (any, error){
		"Comanda.AddWebhook":    operation(a.addWebhook),
		"Comanda.ListWebhooks":  operation(a.listWebhooks),
		"Comanda.RemoveWebhook": operation(a.removeWebhook),
		"Comanda.RotateWebhook": operation(a.rotateWebhook),
		"Comanda.EnableWebhook": operation(a.enableWebhook),
		"Comanda.ListLetters":   operation(a.listLetters),
		"Comanda.RedeliverDead": operation(a.redeliver),
	}
}

// operation reads the input of do, and says what is wrong in a way that the
// caller is shown.
func operation[In, Out any](do func(context.Context, In) (Out, error)) func(context.Context, []byte) (any, error) {
	return func(ctx context.Context, body []byte) (any, error) {
		var in In
		if err := json.Unmarshal(body, &in, json.RejectUnknownMembers(true)); err != nil {
			return nil, cognito.Refuse("SerializationException", "the input can't be read: is the program another release than the server?")
		}
		out, err := do(ctx, in)
		var refused *webhook.RefusedError
		switch {
		case errors.As(err, &refused):
			return nil, cognito.Refuse("InvalidParameterException", refused.Reason)
		case errors.Is(err, webhook.ErrNotFound):
			return nil, cognito.Refuse("ResourceNotFoundException", webhook.ErrNotFound.Error())
		case err != nil:
			return nil, fmt.Errorf("administer webhooks: %w", err)
		}
		return out, nil
	}
}

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

func (a *App) addWebhook(ctx context.Context, in AddWebhook) (AddedWebhook, error) {
	r, secret, err := a.hooks.Add(ctx, in.URL, in.Types, in.AllowPrivate)
	return AddedWebhook{r, secret}, err
}

func (a *App) listWebhooks(ctx context.Context, _ struct{}) (Webhooks, error) {
	list, err := a.hooks.List(ctx)
	return Webhooks{list}, err
}

func (a *App) removeWebhook(ctx context.Context, in ThisWebhook) (struct{}, error) {
	return struct{}{}, a.hooks.Remove(ctx, in.ID)
}

func (a *App) rotateWebhook(ctx context.Context, in ThisWebhook) (RotatedWebhook, error) {
	secret, err := a.hooks.Rotate(ctx, in.ID)
	return RotatedWebhook{in.ID, secret}, err
}

func (a *App) enableWebhook(ctx context.Context, in ThisWebhook) (struct{}, error) {
	return struct{}{}, a.hooks.Enable(ctx, in.ID)
}

// letterPage is small, because each letter has its text.
const letterPage = 50

func (a *App) listLetters(ctx context.Context, in ThisWebhook) (Letters, error) {
	letters, next, err := a.hooks.Dead(ctx, in.ID, in.After, letterPage)
	return Letters{letters, next}, err
}

func (a *App) redeliver(ctx context.Context, in ThisWebhook) (Redelivered, error) {
	n, err := a.hooks.Redeliver(ctx, in.ID, in.Message)
	return Redelivered{n}, err
}
