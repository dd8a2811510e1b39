package client

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"comanda/payload"

	"github.com/go-json-experiment/json"
)

// Error says that an operation failed, and how. Every error of a server, of a
// user pool and of the way to them is one; find it with [errors.As], and compare
// it with a [Problem] by [errors.Is].
type Error struct {
	Status     int                 // of HTTP; 0: no answer came, and Err says why
	Type       string              // what it is: urn:comanda:problem:too-old, or a user pool's NotAuthorizedException; "" from anything else
	Title      string              // the same for people
	Detail     string              // about this very request; often ""
	Violations []payload.Violation // of InvalidInput: everything that is wrong with the request, by JSON path
	RequestID  string              // names the request in the server's log
	RetryAfter time.Duration       // how long the server asks to wait; 0: it doesn't say
	Err        error               // why no answer came

	unsent   bool // the operation's request didn't go out
	repeated bool // an attempt before this one may have been carried out, and the rest doesn't tell
}

// Error returns all of it in one line.
func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("no answer: %v", e.Err)
	}
	text := e.Title
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	between := ": "
	for _, v := range e.Violations {
		text += between + v.Path + " " + v.Message
		between = "; "
	}
	text += " (status " + strconv.Itoa(e.Status)
	if e.RequestID != "" {
		text += ", request " + e.RequestID
	}
	return text + ")"
}

// Unwrap returns why no answer came: [context.Canceled], for example.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the [Problem] that e has as its type.
func (e *Error) Is(target error) bool {
	p, ok := target.(Problem)
	return ok && e.Type == problemPrefix+string(p)
}

// Unknown reports whether the operation may have been carried out all the same:
// its request was sent, and no answer came, or none that knows, if only to one attempt of
// several. A caller that doesn't want it twice looks first, before it asks again.
func (e *Error) Unknown() bool {
	switch {
	case e.repeated:
		return true
	case e.unsent:
		return false
	case e.Status == http.StatusServiceUnavailable:
		return !e.Is(Busy) && !e.Is(Contended) && !e.Is(NoRoom) && !e.Is(NotReady) && !e.Is(NewerFormat)
	}
	return e.Status == 0 || e.Status >= http.StatusInternalServerError
}

// passing reports whether a later attempt may fare better.
func (e *Error) passing() bool {
	switch e.Status {
	case 0, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return e.Type == "TooManyRequestsException" // which a user pool says with a status of 400
}

// noAnswer returns the error of a request that was not answered. The method and
// URL that net/http puts in front are the caller's to know.
func noAnswer(err error) *Error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	op, ok := errors.AsType[*net.OpError](err)
	return &Error{Err: err, unsent: ok && op.Op == "dial"}
}

// problem is the body of a refusal (RFC 9457).
type problem struct {
	Type       string              `json:"type"`
	Title      string              `json:"title"`
	Detail     string              `json:"detail"`
	RequestID  string              `json:"requestId"`
	Violations []payload.Violation `json:"violations"`
}

// refusal returns the error that an answer is.
func refusal(a Answer) *Error {
	var p problem
	if err := json.Unmarshal(a.Body, &p); err != nil || p.Title == "" {
		p = problem{Title: http.StatusText(a.Status)}
	}
	return &Error{
		Status: a.Status, Type: p.Type, Title: p.Title, Detail: p.Detail, Violations: p.Violations,
		RequestID: cmp.Or(p.RequestID, a.Header.Get("X-Request-Id")), RetryAfter: retryAfter(a.Header),
	}
}

// retryAfter returns how long an answer asks to wait, 0 if it doesn't. Ours do it
// in seconds; a date, which others may give, is left to the client's own pauses.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, maxRetryAfter)) * time.Second
}

const maxRetryAfter = 24 * 60 * 60 // seconds
