package api

import (
	"context"
	"errors"
	"net/http"
	"os"

	"comanda/identity"
	"comanda/order"
	"comanda/payload"
	"comanda/report"
	"comanda/storage"
	"comanda/user"

	"github.com/go-json-experiment/json"
)

// problem is an error as it goes out: application/problem+json (RFC 9457).
type problem struct {
	Type       string              `json:"type"` // stable: [typePrefix] and the kind's name
	Title      string              `json:"title"`
	Status     int                 `json:"status"`
	Detail     string              `json:"detail,omitempty"`
	RequestID  string              `json:"requestId"`
	Violations []payload.Violation `json:"violations,omitempty"`
}

// typePrefix is what the types of all problems begin with.
const typePrefix = "urn:comanda:problem:"

// problemType is the media type of problems.
const problemType = "application/problem+json"

// problemKind is a row of the table from errors to answers.
type problemKind struct {
	is     func(error) bool
	status int
	name   string // last part of the problem's type
	title  string
	shown  bool // the error's own text may go out as the detail
}

// problems is looked through from the top; what is in no row is internalError.
var problems = []problemKind{
	{anError[*payload.Invalid], 400, "invalid-input", "The request breaks one or more rules", false},
	{anError[*order.StatusError], 400, "wrong-status", "The order's status doesn't allow this", true},
	{anError[*order.TooOldError], 400, "too-old", "The order is too old for this", true},
	{anError[*order.CourierError], 400, "other-courier", "The order is with another courier", true},
	{is(identity.ErrUnauthenticated), 401, "unauthenticated", "A valid ID token is required", true},
	{is(errForbidden), 403, "forbidden", "Not allowed", true},
	{is(order.ErrNotFound), 404, "not-found", "There is no such order", false},
	{is(user.ErrNotFound), 404, "user-not-found", "There is no such user", false},
	{is(errNoRoute), 404, "no-route", "There is nothing at this path", true},
	{anError[*methodError], 405, "method-not-allowed", "The method is not allowed here", true},
	{is(os.ErrDeadlineExceeded), 408, "timeout", "The request took too long to arrive", false},
	{anError[*bodyError], 400, "incomplete-body", "The body did not arrive in full", false},
	{is(user.ErrExists), 409, "user-exists", "The userid is taken", true},
	{anError[*user.TakenError], 409, "taken", "The e-mail address or username is taken", true},
	{anError[*report.Unsettled], 409, "orders-changing", "Orders are being changed", true},
	{is(report.ErrOvertaken), 409, "orders-changing", "Orders are being changed", true},
	{is(order.ErrPrecondition), 412, "precondition-failed", "A condition of the request doesn't hold", true},
	{is(errTagless), 412, "precondition-failed", "A condition of the request doesn't hold", true},
	{is(errExcluded), 412, "precondition-failed", "A condition of the request doesn't hold", true},
	{is(user.ErrPrecondition), 412, "precondition-failed", "A condition of the request doesn't hold", true},
	{is(errTooLarge), 413, "too-large", "The body is too large", true},
	{is(errEncoded), 415, "encoded-body", "The body is encoded in a way that isn't understood", true},
	{anError[*storage.LimitError], 413, "too-large", "The order is too large to be stored", true},
	{is(order.ErrReused), 422, "key-reused", "The id or key was used for something else", true},
	{is(user.ErrReused), 422, "key-reused", "The id or key was used for something else", true},
	{is(errNotReady), 503, "not-ready", "The service is not ready", false},
	{is(storage.ErrFull), 503, "no-room", "The service can't store anything at the moment: repeat the request later, that is safe", false},
	{is(storage.ErrUnknown), 503, "unknown-outcome", "It is not known whether the change was stored: repeat the request if it names an id or a key, otherwise look first", false},
	{is(storage.ErrContended), 503, "contended", "It is being changed by others: repeat the request, that is safe", false},
	{anError[*storage.NewerError], 503, "newer-format", "A later release of the service has written this: repeat the request when this one is upgraded, too", false},
	{is(storage.ErrBusy), 503, "busy", "The service is busy: repeat the request, that is safe", false},
	{is(errStreams), 429, "too-many-streams", "Too many streams", true},
	{is(identity.ErrUnavailable), 503, "busy", "The service is busy: repeat the request, that is safe", false},
	{is(context.DeadlineExceeded), 503, "busy", "The service is busy: repeat the request, that is safe", false},
	{is(context.Canceled), 503, "canceled", "The request was given up", false},
}

var internalError = problemKind{nil, 500, "internal", "Something went wrong inside: the log knows it by the requestId", false}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func anError[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func kindOf(err error) problemKind {
	for _, k := range problems {
		if k.is(err) {
			return k
		}
	}
	return internalError
}

// problem renders an error, and logs it when it is ours and not the caller's.
func (a *API) problem(rt route, c *call, err error) answer {
	k := kindOf(err)
	if k.status >= 500 && !errors.Is(err, context.Canceled) && !errors.Is(err, storage.ErrFull) { // the store has logged that, once
		a.Logger.ErrorContext(c.Context(), "operation failed", "operation", rt.operation, "request_id", c.id, "error", err.Error())
	}
	p := k.refusal(err, c.id)
	ans := answer{status: k.status, contentType: problemType, retryAfter: k.retryAfter()}
	if ans.retryAfter > 0 && errors.Is(err, storage.ErrFull) {
		ans.retryAfter = 60 // the operator has to come and make room
	}
	if k.status == http.StatusUnauthorized {
		c.response.Header().Set("WWW-Authenticate", challenge(c))
	}
	if k.status == http.StatusUnsupportedMediaType {
		c.response.Header().Set("Accept-Encoding", "identity") // RFC 9110, section 15.5.16
	}
	if ans.body, err = json.Marshal(&p); err != nil {
		a.Logger.ErrorContext(c.Context(), "problem could not be rendered", "request_id", c.id, "error", err.Error())
	}
	return ans
}

// refusal returns what goes out for an error of this kind, with what may be said of the error itself.
func (k problemKind) refusal(err error, requestID string) problem {
	p := k.problem(requestID)
	if k.shown {
		p.Detail = shownText(err)
	}
	var invalid *payload.Invalid
	if errors.As(err, &invalid) {
		p.Violations = invalid.Violations
	}
	return p
}

// problem returns what every error of this kind has in common.
func (k problemKind) problem(requestID string) problem {
	return problem{Type: typePrefix + k.name, Title: k.title, Status: k.status, RequestID: requestID}
}

// retryAfter returns after how many seconds a repetition may help; 0: it won't.
func (k problemKind) retryAfter() int {
	if k.status == http.StatusServiceUnavailable || k.status == http.StatusTooManyRequests {
		return 1
	}
	return 0
}

// realm is the WWW-Authenticate header for a request without a token.
const realm = `Bearer realm="comanda"`

// challenge is the WWW-Authenticate header (RFC 6750, section 3).
func challenge(c *call) string {
	if c.Header.Get("Authorization") == "" {
		return realm
	}
	return realm + `, error="invalid_token"`
}

// shownText returns the text of the innermost error: what wraps it says where
// it happened, which is for the log.
func shownText(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
