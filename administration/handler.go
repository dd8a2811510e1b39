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

// Handlers returns the operations that l has something for, by their X-Amz-Target.
func (l Local) Handlers(logger *slog.Logger) map[string]Handler {
	all := map[string]Handler{}
	on := func(possible bool, operations ...interface {
		serve(Local, *slog.Logger) (string, Handler)
	}) {
		for _, o := range operations {
			if name, handler := o.serve(l, logger); possible {
				all[name] = handler
			}
		}
	}
	on(l.Receivers != nil, addWebhook, listWebhooks, removeWebhook, rotateWebhook, enableWebhook, listAttempts, testWebhook, listLetters, redeliverDead)
	on(l.Dead != nil, listChanges, settleChanges)
	on(l.Keys != nil, rotateKeys)
	on(l.Users != nil, listCodes, listMembers)
	on(l.Describe != nil, describe)
	return all
}

// errInput is for what no program of this release sends.
var errInput = &webhook.RefusedError{Reason: "the input can't be read: is the program another release than the server?"}

// serve returns the name of an operation, and what does it for l.
func (o operation[In, Out]) serve(l Local, logger *slog.Logger) (string, Handler) {
	return o.name, func(w http.ResponseWriter, r *http.Request, body []byte) {
		var in In
		if err := json.Unmarshal(body, &in, json.RejectUnknownMembers(true)); err != nil {
			refuse(w, r, o.name, errInput, logger)
			return
		}
		out, err := o.do(r.Context(), l, in)
		if err != nil {
			refuse(w, r, o.name, err, logger)
			return
		}
		respond(w, http.StatusOK, out)
	}
}

// refuse answers an error, and logs it if the caller isn't told what it is. A caller that
// has left is no failure, and a full store has logged itself, once.
func refuse(w http.ResponseWriter, r *http.Request, operation string, err error, logger *slog.Logger) {
	status, refused := refusalOf(err)
	left := errors.Is(err, context.Canceled) && r.Context().Err() != nil
	if status >= http.StatusInternalServerError && refused.Kind != kindFull && !left {
		logger.ErrorContext(r.Context(), "administration failed", "operation", operation, "error", err.Error())
	}
	respond(w, status, refused)
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
