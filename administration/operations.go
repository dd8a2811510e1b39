package administration

import (
	"context"
	"time"

	"comanda/feed"
	"comanda/pool"
	"comanda/storage"
	"comanda/webhook"
)

// operation is one row of the wire: a name, as X-Amz-Target has it, and what a server
// does for it.
type operation[In, Out any] struct {
	name string
	do   func(ctx context.Context, l Local, in In) (Out, error)
}

// The operations that are signed.
var (
	addWebhook = operation[NewWebhook, AddedWebhook]{"Comanda.AddWebhook", func(ctx context.Context, l Local, in NewWebhook) (AddedWebhook, error) {
		return l.AddWebhook(ctx, in)
	}}
	listWebhooks = operation[nothing, listedWebhooks]{"Comanda.ListWebhooks", func(ctx context.Context, l Local, _ nothing) (listedWebhooks, error) {
		list, err := l.Webhooks(ctx)
		return listedWebhooks{list}, err
	}}
	removeWebhook = operation[thisWebhook, nothing]{"Comanda.RemoveWebhook", func(ctx context.Context, l Local, in thisWebhook) (nothing, error) {
		return nothing{}, l.RemoveWebhook(ctx, in.ID)
	}}
	rotateWebhook = operation[thisWebhook, rotatedWebhook]{"Comanda.RotateWebhook", func(ctx context.Context, l Local, in thisWebhook) (rotatedWebhook, error) {
		secret, err := l.RotateWebhook(ctx, in.ID, in.AtOnce)
		return rotatedWebhook{in.ID, secret}, err
	}}
	enableWebhook = operation[thisWebhook, nothing]{"Comanda.EnableWebhook", func(ctx context.Context, l Local, in thisWebhook) (nothing, error) {
		return nothing{}, l.EnableWebhook(ctx, in.ID)
	}}
	listAttempts = operation[thisWebhook, listedAttempts]{"Comanda.ListWebhookAttempts", func(ctx context.Context, l Local, in thisWebhook) (listedAttempts, error) {
		list, err := l.WebhookAttempts(ctx, in.ID)
		return listedAttempts{list}, err
	}}
	testWebhook = operation[TestedWebhook, webhook.Trial]{"Comanda.TestWebhook", func(ctx context.Context, l Local, in TestedWebhook) (webhook.Trial, error) {
		return l.TestWebhook(ctx, in)
	}}
	listLetters = operation[thisWebhook, listedLetters]{"Comanda.ListLetters", func(ctx context.Context, l Local, in thisWebhook) (listedLetters, error) {
		found, next, err := l.letters(ctx, in.ID, in.After)
		return listedLetters{found, next}, err
	}}
	redeliverDead = operation[thisWebhook, counted]{"Comanda.RedeliverDead", func(ctx context.Context, l Local, in thisWebhook) (counted, error) {
		n, err := l.Redeliver(ctx, in.ID, in.Message)
		return counted{n}, err
	}}
	listChanges = operation[changesAfter, listedChanges]{"Comanda.ListDeadChanges", func(ctx context.Context, l Local, in changesAfter) (listedChanges, error) {
		found, next, err := l.deadChanges(ctx, in.After)
		return listedChanges{found, next}, err
	}}
	settleChanges = operation[theseChanges, counted]{"Comanda.SettleDeadChanges", func(ctx context.Context, l Local, in theseChanges) (counted, error) {
		n, err := l.SettleDeadChanges(ctx, in.Events...)
		return counted{n}, err
	}}
	listCodes = operation[codesOf, listedCodes]{"Comanda.ListCodes", func(ctx context.Context, l Local, in codesOf) (listedCodes, error) {
		found, next, err := l.pendingCodes(ctx, in.Username, in.After)
		return listedCodes{found, next}, err
	}}
	rotateKeys = operation[theseKeys, RotatedKeys]{"Comanda.RotateKeys", func(ctx context.Context, l Local, in theseKeys) (RotatedKeys, error) {
		return l.RotateKeys(ctx, pool.Rotation{Wait: time.Duration(in.WaitSeconds) * time.Second, AtOnce: in.AtOnce})
	}}
)

// thisWebhook is the input of operations on one receiver.
type thisWebhook struct {
	ID      string         `json:"id"`
	Message string         `json:"message,omitempty"` // one dead letter; "": all
	After   storage.Cursor `json:"after,omitempty"`   // from the page before
	AtOnce  bool           `json:"atOnce,omitzero"`   // end the secrets before
}

type listedWebhooks struct {
	Webhooks []webhook.Status `json:"webhooks"`
}

type listedAttempts struct {
	Attempts []webhook.Attempt `json:"attempts"`
}

type rotatedWebhook struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

type listedLetters struct {
	Letters []webhook.DeadLetter `json:"letters"`
	Next    storage.Cursor       `json:"next,omitempty"`
}

type changesAfter struct {
	After storage.Cursor `json:"after,omitempty"` // from the page before
}

type listedChanges struct {
	Changes []feed.DeadLetter `json:"changes"`
	Next    storage.Cursor    `json:"next,omitempty"`
}

type theseChanges struct {
	Events []string `json:"events,omitempty"` // ids of events; none: all
}

type codesOf struct {
	Username string         `json:"username,omitempty"` // "": all users
	After    storage.Cursor `json:"after,omitempty"`    // from the page before
}

type listedCodes struct {
	Codes []pool.PendingCode `json:"codes"`
	Next  storage.Cursor     `json:"next,omitempty"`
}

type counted struct {
	Count int `json:"count"`
}

// theseKeys is a [pool.Rotation]. An earlier release knows the empty one only.
type theseKeys struct {
	WaitSeconds int64 `json:"waitSeconds,omitzero"`
	AtOnce      bool  `json:"atOnce,omitzero"`
}

// nothing is an input or an answer without members.
type nothing struct{}
