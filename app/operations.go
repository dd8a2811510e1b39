package app

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"comanda/cognito"
	"comanda/feed"
	"comanda/pool"
	"comanda/storage"
	"comanda/webhook"

	"github.com/go-json-experiment/json"
)

// Operation is one that administers an installation: JSON in, a value for JSON out.
// What the caller did wrong is a [*webhook.RefusedError] or [webhook.ErrNotFound].
type Operation = func(ctx context.Context, in []byte) (any, error)

// operations returns the operations of the server that runs. They are signed with the key
// pair of the data directory, as the user pool's are, which whoever may read that
// directory has; with it, they could make themselves an administrator anyway. They
// aren't part of the API, because no user of the API has a use for them.
func (a *App) operations() map[string]Operation {
	all := CodeOperations(a.Pool)
	if a.dispatcher != nil {
		maps.Copy(all, WebhookOperations(a.hooks))
		maps.Copy(all, FeedOperations(a.dead))
	}
	for name, do := range all {
		all[name] = func(ctx context.Context, in []byte) (any, error) {
			out, err := do(ctx, in)
			return out, refusal(err)
		}
	}
	return all
}

// refusal returns an error as the caller is shown it, if it is the caller's.
func refusal(err error) error {
	var refused *webhook.RefusedError
	var byPool *pool.Error
	switch {
	case errors.As(err, &byPool):
		return cognito.Refuse(string(byPool.Code), byPool.Message)
	case errors.As(err, &refused):
		return cognito.Refuse("InvalidParameterException", refused.Reason)
	case errors.Is(err, webhook.ErrNotFound):
		return cognito.Refuse("ResourceNotFoundException", webhook.ErrNotFound.Error())
	}
	return err
}

// operation returns do as an [Operation].
func operation[In, Out any](do func(context.Context, In) (Out, error)) Operation {
	return func(ctx context.Context, body []byte) (any, error) {
		var in In
		if err := json.Unmarshal(body, &in, json.RejectUnknownMembers(true)); err != nil {
			return nil, &webhook.RefusedError{Reason: "the input can't be read: is the program another release than the server?"}
		}
		out, err := do(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("administer the installation: %w", err)
		}
		return out, nil
	}
}

// FeedOperations returns the operations of comanda feed, by their names.
func FeedOperations(dead *feed.DeadLetters) map[string]Operation {
	return map[string]Operation{
		"Comanda.ListDeadChanges": operation(func(ctx context.Context, in DeadChangesPage) (DeadChanges, error) {
			letters, next, err := dead.List(ctx, in.After, storage.MaxPage)
			return DeadChanges{letters, next}, err
		}),
		"Comanda.SettleDeadChanges": operation(func(ctx context.Context, in SettleDeadChanges) (Settled, error) {
			n, err := dead.Settle(ctx, in.Events...)
			return Settled{n}, err
		}),
	}
}

// DeadChangesPage is the input of Comanda.ListDeadChanges.
type DeadChangesPage struct {
	After storage.Cursor `json:"after,omitempty"` // from the page before
}

// DeadChanges is its output.
type DeadChanges struct {
	Changes []feed.DeadLetter `json:"changes"`
	Next    storage.Cursor    `json:"next,omitempty"`
}

// SettleDeadChanges is the input of Comanda.SettleDeadChanges.
type SettleDeadChanges struct {
	Events []string `json:"events,omitempty"` // ids of events; none: all
}

// Settled is its output.
type Settled struct {
	Count int `json:"count"`
}
