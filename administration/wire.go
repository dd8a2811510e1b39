package administration

import (
	"errors"
	"net/http"

	"comanda/storage"
	"comanda/webhook"
)

// refusal is an error on the wire.
type refusal struct {
	Kind   kind   `json:"kind"`
	Reason string `json:"reason"` // for people
}

// kind is what a caller can tell errors apart by.
type kind string

const (
	kindRefused  kind = "refused"   // the caller did something wrong, which the reason says
	kindNotFound kind = "not-found" // there is no such receiver
	kindFull     kind = "full"      // nothing can be stored until the operator makes room
	kindBusy     kind = "busy"      // nothing was done, and another try may succeed
	kindUnknown  kind = "unknown"   // done or not
	kindFailed   kind = "failed"    // the server's log says more
)

// kinds says what each kind is in HTTP, and which error is behind it. The order
// counts, because a full store is a busy one.
var kinds = []struct {
	kind   kind
	status int
	err    error
}{
	{kindNotFound, http.StatusNotFound, webhook.ErrNotFound},
	{kindFull, http.StatusInsufficientStorage, storage.ErrFull},
	{kindBusy, http.StatusServiceUnavailable, storage.ErrBusy},
	{kindUnknown, http.StatusInternalServerError, storage.ErrUnknown},
	{kindFailed, http.StatusInternalServerError, errFailed},
}

// errFailed is what the caller of a server is told of an error that isn't the caller's.
var errFailed = errors.New("the server failed: its log says why")

// ErrOtherRelease says that a server doesn't know an operation.
var ErrOtherRelease = errors.New("the server that runs is another release: restart it")

// refusalOf returns an error as the caller is told of it.
func refusalOf(err error) (status int, r refusal) {
	if refused, ok := errors.AsType[*webhook.RefusedError](err); ok {
		return http.StatusBadRequest, refusal{kindRefused, refused.Reason}
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.status, refusal{k.kind, k.err.Error()}
		}
	}
	return http.StatusInternalServerError, refusal{kindFailed, errFailed.Error()}
}

// err returns the error that a refusal was made of, as far as it crosses the wire.
func (r refusal) err() error {
	if r.Kind == kindRefused {
		return &webhook.RefusedError{Reason: r.Reason}
	}
	for _, k := range kinds {
		if k.kind == r.Kind {
			return k.err
		}
	}
	return errFailed // of a kind that a later release has
}
