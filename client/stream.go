package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/tmaxmax/go-sse"
)

const (
	maxEvent  = 1 << 20          // bytes; notifications have 200 KiB at most
	silence   = 60 * time.Second // after which a connection counts as dead: four signs of life are missing
	reconnect = 3 * time.Second  // is the longest pause after a connection that has ended; it doubles
)

var (
	errSilent   = fmt.Errorf("the server was silent for %v", silence)
	errNoStream = errors.New("the answer is no stream of events: is it a Comanda server?")
	errCutOff   = errors.New("the connection has ended at its beginning")
)

// Stream is what happens, as it happens. It is for one goroutine, and to be closed
// where its context doesn't end it.
type Stream struct {
	client *Client
	ctx    context.Context // that the stream lasts for
	end    context.CancelFunc
	last   string
	open   *connection // nil: there is none
}

// Events opens a stream of what happens to the user's orders and, as staff, to the
// orders of the user's restaurants. Once it has returned, nothing is missed. last
// is the ID of the last event that is known: those after it come first, or a [Reset]
// if they aren't known any more; "" is from now on. The stream ends with ctx. Only
// servers that keep their data themselves have streams. GET /events.
func (c *Client) Events(ctx context.Context, last string) (*Stream, error) {
	s := &Stream{client: c, last: last}
	s.ctx, s.end = context.WithCancel(ctx)
	if err := c.persist(s.ctx, Request{Repeatable: true}, s.connect); err != nil {
		s.end()
		return nil, fmt.Errorf("follow the events: %w", err)
	}
	return s, nil
}

// Last returns the place from which a later call of [Client.Events] goes on: after the
// last event that was returned, or further where the server has said so since.
func (s *Stream) Last() string { return s.last }

// Close ends the stream.
func (s *Stream) Close() {
	s.end()
	s.hangUp()
}

// All returns the events. A connection that breaks and a token that expires don't
// end the loop: it connects again, and goes on where it was, as long as the context
// lasts. It ends with the context's error, or with that of a server that refuses the
// user. An event that can't be read is an error, too, which a loop may pass
// over. A loop that was left can be entered again, on the same connection.
func (s *Stream) All() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		failure := &Error{}
		for n := 1; ; n++ {
			if s.open != nil {
				if n, failure = 1, (&Error{}); !s.follow(yield) {
					return
				}
			}
			var err error
			if failure, err = s.again(n, failure); err != nil {
				yield(Event{}, fmt.Errorf("follow the events: %w", err))
				return
			}
		}
	}
}

// follow yields what comes on the connection, and reports whether to connect again.
// What ended the connection makes no difference.
func (s *Stream) follow(yield func(Event, error) bool) bool {
	open := s.open // which the loop may close
	for m, ok := open.message(); ok; m, ok = open.message() {
		s.last = cmp.Or(m.LastEventID, s.last)
		if !placeOnly(m) && !yield(readEvent(m)) {
			return false
		}
	}
	s.hangUp()
	return true
}

// placeOnly reports whether a message says only from where the stream goes on. Before
// there was an event for that, such a message had no data.
func placeOnly(m sse.Event) bool { return m.Data == "" || m.Type == "position" }

// again waits after n attempts, of which the last one failed, and makes another one. It
// returns its failure, or the error that makes further ones pointless.
func (s *Stream) again(n int, failed *Error) (*Error, error) {
	r := s.client.retry
	r.Pause = min(max(r.Pause, reconnect), r.MaxPause)
	if !sleep(s.ctx, r.pause(n, failed)) {
		<-s.ctx.Done()
		return nil, s.ctx.Err()
	}
	err := s.connect()
	if e, ok := errors.AsType[*Error](err); ok && e.passing() {
		return e, nil
	}
	return failed, err
}

// connect makes one attempt to open the connection, and reads where the stream begins.
func (s *Stream) connect() error {
	ctx, end := context.WithCancelCause(s.ctx)
	watch := time.AfterFunc(silence, func() { end(errSilent) })
	r := Request{Method: http.MethodGet, Path: "/events"}
	if s.last != "" {
		r.Header = http.Header{"Last-Event-Id": {s.last}}
	}
	resp, err := s.client.attempt(ctx, s.client.stream, r) //nolint:bodyclose // the connection closes it
	if err != nil {
		watch.Stop()
		end(nil)
		return err
	}
	s.open = newConnection(resp.Body, watch, end)
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		s.hangUp()
		return errNoStream
	}
	first, ok := s.open.message()
	if !ok {
		s.hangUp()
		return &Error{Err: errCutOff}
	}
	if placeOnly(first) {
		s.last = cmp.Or(first.LastEventID, s.last)
		return nil
	}
	s.open.first = &first
	return nil
}

// hangUp closes the connection, if there is one.
func (s *Stream) hangUp() {
	if s.open != nil {
		s.open.close()
		s.open = nil
	}
}

// connection is an open answer with events, which must not be silent for long.
type connection struct {
	body  io.ReadCloser
	watch *time.Timer
	end   context.CancelCauseFunc // of the request

	first *sse.Event // was read already, and is for the loop; nil: there is none
	next  func() (sse.Event, error, bool)
	stop  func()
}

func newConnection(body io.ReadCloser, watch *time.Timer, end context.CancelCauseFunc) *connection {
	c := &connection{body: body, watch: watch, end: end}
	c.next, c.stop = iter.Pull2(iter.Seq2[sse.Event, error](sse.Read(c, &sse.ReadConfig{MaxEventSize: maxEvent})))
	return c
}

// message returns the next message, false when there is none any more.
func (c *connection) message() (sse.Event, bool) {
	if m := c.first; m != nil {
		c.first = nil
		return *m, true
	}
	m, err, ok := c.next()
	return m, ok && err == nil
}

// Read implements [io.Reader]. It starts the watch anew.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.watch.Reset(silence)
	return n, err
}

// close ends the request.
func (c *connection) close() {
	c.watch.Stop()
	c.end(nil)
	c.stop()
	_ = c.body.Close() // it was only read
}
