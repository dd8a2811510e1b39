package dynamo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"comanda/storage"
)

// Waits between attempts are random, up to a bound that doubles each time.
const (
	firstPause   = 25 * time.Millisecond
	longestPause = time.Second
)

// operation is a method of the SDK's client.
type operation[In, Out any] = func(context.Context, *In, ...func(*dynamodb.Options)) (*Out, error)

// errGaveUp says that the last attempt allowed has failed like those before it.
var errGaveUp = errors.New("no answer for good in time")

// busy turns having given up, when nothing was applied, into what callers know. A
// service that can't be connected to isn't busy for an operator, who has something to check.
func busy(err error) error {
	_, noName := errors.AsType[*net.DNSError](err)
	if !errors.Is(err, errGaveUp) && !noName {
		return err
	}
	if away, ok := errors.AsType[*UnreachableError](Unreached(err)); ok {
		return away
	}
	return fmt.Errorf("%w: %w", storage.ErrBusy, err)
}

// Unreached returns an error of a request as an [*UnreachableError], if no connection was made.
func Unreached(err error) error {
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return &UnreachableError{At: addressOf(err), Err: dial}
	}
	return err
}

// addressOf returns where a request that failed went, as far as its error tells.
func addressOf(err error) string {
	if to, ok := errors.AsType[*url.Error](err); ok {
		return strings.TrimSuffix(to.URL, "/")
	}
	return "its endpoint"
}

// UnreachableError says that no connection to DynamoDB was made. It is a [storage.ErrBusy].
type UnreachableError struct {
	At  string // the endpoint
	Err error
}

// Error says what to check.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("DynamoDB can't be reached at %s: %v: check that it runs there, the region or endpoint, and the network", e.At, e.Err)
}

// Unwrap returns what it is for callers, and why.
func (e *UnreachableError) Unwrap() []error { return []error{storage.ErrBusy, e.Err} }

// read sends a request that changes nothing, or nothing that a repetition would
// change again, until it is answered for good. [storage.ErrBusy] says that it
// wasn't.
func read[In, Out any](ctx context.Context, s *Store, in *In, op operation[In, Out]) (*Out, error) {
	out, _, err := send(ctx, s, in, op)
	return out, busy(err)
}

// send sends a request until it is answered for good, at most Options.Attempts
// times and only while the context's deadline leaves time for another attempt.
//
// The error is the answer for good, or the context's if that is done, or
// [errGaveUp]. Unsure says that some attempt may have been applied without our
// being told, so that a later refusal isn't to be taken at its word.
func send[In, Out any](ctx context.Context, s *Store, in *In, op operation[In, Out]) (_ *Out, unsure bool, err error) {
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return nil, unsure, err
		}
		out, sent, err := attempt(ctx, s.opts.Timeout, in, op)
		if err == nil {
			return out, unsure, nil
		}
		switch judge(err, sent) {
		case final:
			return nil, unsure, err
		case perhapsApplied:
			unsure = true
		}
		if n+1 >= s.opts.Attempts || s.pause(ctx, n) != nil {
			if done := ctx.Err(); done != nil {
				return nil, unsure, fmt.Errorf("%w (%w)", done, err)
			}
			return nil, unsure, fmt.Errorf("%w: %w", errGaveUp, err)
		}
	}
}

// pause waits before attempt n+1, or returns an error when there is no time for it.
func (s *Store) pause(ctx context.Context, n int) error {
	bound := longestPause
	if n < 16 {
		bound = min(bound, firstPause<<n)
	}
	d := time.Duration(s.opts.Random() * float64(bound))
	if deadline, ok := ctx.Deadline(); ok && !s.opts.Now().Add(d).Before(deadline) {
		return context.DeadlineExceeded
	}
	return s.opts.Sleep(ctx, d)
}

// attempt sends a request once. Sent reports whether any of it may have left.
func attempt[In, Out any](ctx context.Context, timeout time.Duration, in *In, op operation[In, Out]) (*Out, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var w wire
	out, err := op(context.WithValue(ctx, wireKey{}, &w), in)
	return out, w.sent(), err
}

// wire is how far an attempt has come. A transport that doesn't report
// connections counts as having one from the start.
type wire struct{ reached, waiting, connected atomic.Bool }

type wireKey struct{}

func (w *wire) sent() bool {
	return w.reached.Load() && (w.connected.Load() || !w.waiting.Load())
}

// observed is an HTTP client that notes how far a request comes.
type observed struct{ client dynamodb.HTTPClient }

// Do sends a request.
func (o observed) Do(r *http.Request) (*http.Response, error) {
	w, ok := r.Context().Value(wireKey{}).(*wire)
	if !ok {
		return o.client.Do(r)
	}
	w.reached.Store(true)
	return o.client.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { w.waiting.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.connected.Store(true) },
	})))
}
