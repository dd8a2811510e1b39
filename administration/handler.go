package administration

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"comanda/webhook"

	"github.com/go-json-experiment/json"
)

// Handler answers one operation, whose body was read and whose caller is known
// to have the key pair.
type Handler func(w http.ResponseWriter, r *http.Request, body []byte)

// Handlers returns the operations of an administration by their X-Amz-Target.
func (l Local) Handlers(logger *slog.Logger) map[string]Handler {
	all := map[string]Handler{}
	on := func(name string, do operation) { all[name] = do.handler(name, logger) }
	if l.Keys != nil {
		on(opRotateKeys, of(func(ctx context.Context, _ nothing) (rotatedKeys, error) {
			id, err := l.RotateKeys(ctx)
			return rotatedKeys{id}, err
		}))
	}
	if l.Receivers != nil {
		l.onWebhooks(on)
	}
	if l.Dead != nil {
		on(opListChanges, of(func(ctx context.Context, in changesAfter) (listedChanges, error) {
			found, next, err := l.deadChanges(ctx, in.After)
			return listedChanges{found, next}, err
		}))
		on(opSettleChanges, of(func(ctx context.Context, in theseChanges) (counted, error) {
			n, err := l.SettleDeadChanges(ctx, in.Events...)
			return counted{n}, err
		}))
	}
	return all
}

func (l Local) onWebhooks(on func(string, operation)) {
	on(opAddWebhook, of(l.AddWebhook))
	on(opListWebhooks, of(func(ctx context.Context, _ nothing) (listedWebhooks, error) {
		list, err := l.Webhooks(ctx)
		return listedWebhooks{list}, err
	}))
	on(opRemoveWebhook, of(func(ctx context.Context, in thisWebhook) (nothing, error) {
		return nothing{}, l.RemoveWebhook(ctx, in.ID)
	}))
	on(opRotateWebhook, of(func(ctx context.Context, in thisWebhook) (rotatedWebhook, error) {
		secret, err := l.RotateWebhook(ctx, in.ID, in.AtOnce)
		return rotatedWebhook{in.ID, secret}, err
	}))
	on(opEnableWebhook, of(func(ctx context.Context, in thisWebhook) (nothing, error) {
		return nothing{}, l.EnableWebhook(ctx, in.ID)
	}))
	on(opRedeliverDead, of(func(ctx context.Context, in thisWebhook) (counted, error) {
		n, err := l.Redeliver(ctx, in.ID, in.Message)
		return counted{n}, err
	}))
	on(opListLetters, of(func(ctx context.Context, in thisWebhook) (listedLetters, error) {
		found, next, err := l.letters(ctx, in.ID, in.After)
		return listedLetters{found, next}, err
	}))
}

// operation reads an input, does something, and returns what to answer.
type operation func(ctx context.Context, body []byte) (any, error)

// errInput is for what no program of this release sends.
var errInput = &webhook.RefusedError{Reason: "the input can't be read: is the program another release than the server?"}

// of returns do as an operation.
func of[In, Out any](do func(context.Context, In) (Out, error)) operation {
	return func(ctx context.Context, body []byte) (any, error) {
		var in In
		if err := json.Unmarshal(body, &in, json.RejectUnknownMembers(true)); err != nil {
			return nil, errInput
		}
		return do(ctx, in)
	}
}

func (do operation) handler(name string, logger *slog.Logger) Handler {
	return func(w http.ResponseWriter, r *http.Request, body []byte) {
		status := http.StatusOK
		out, err := do(r.Context(), body)
		if err != nil {
			var refused refusal
			status, refused = refusalOf(err)
			left := errors.Is(err, context.Canceled) && r.Context().Err() != nil // a caller that has left is nobody's failure
			if status >= http.StatusInternalServerError && !left {
				logger.ErrorContext(r.Context(), "administration failed", "operation", name, "error", err.Error())
			}
			out = refused
		}
		respond(w, status, out)
	}
}

// respond writes an answer. A caller that has left has no use for it.
func respond(w http.ResponseWriter, status int, out any) {
	body, err := json.Marshal(out)
	if err != nil { // nothing of ours can't be encoded
		status, body = http.StatusInternalServerError, []byte(`{"kind":"failed","reason":""}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
