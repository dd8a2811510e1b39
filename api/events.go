package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"comanda/feed"
	"comanda/identity"
	"comanda/notification"
	"comanda/order"
	"comanda/storage"
)

const (
	heartbeat   = 15 * time.Second // between two signs of life, and two looks at the token of a silent stream
	silence     = 240              // heartbeats after which a client that was sent no event is told its place
	streamWrite = 30 * time.Second // that a client may take for what it is sent
	maxStreams  = 20               // of one caller
	reconnect   = 3000             // milliseconds after which clients come again
)

var errStreams = fmt.Errorf("you have %d streams of events open already: close one", maxStreams)

// streams counts the open streams of every caller.
type streams struct {
	mu   sync.Mutex
	open map[string]int
}

func (s *streams) begin(caller string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[string]int{}
	}
	if s.open[caller] == maxStreams {
		return false
	}
	s.open[caller]++
	return true
}

func (s *streams) end(caller string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[caller]--; s.open[caller] == 0 {
		delete(s.open, caller)
	}
}

// events answers with what happens to the orders that the caller may see, as
// server-sent events (HTML Living Standard, section 9.2), until the caller leaves, the token
// ends or the server stops. The id of an event is its place in the feed.
func (c *call) events() (answer, error) {
	last := cmp.Or(c.Header.Get("Last-Event-ID"), c.query.text("lastEventId"))
	if err := c.query.err(); err != nil {
		return answer{}, err
	}
	ans := answer{status: http.StatusOK, contentType: eventStream + "; charset=utf-8"}
	c.response.Header().Set("X-Accel-Buffering", "no") // or nginx, as a proxy, would wait for more
	if c.Method == http.MethodHead {
		return ans, nil
	}
	if !c.api.streams.begin(c.caller.ID) {
		return answer{}, errStreams
	}
	reader, reset, err := c.follow(last)
	if err != nil {
		c.api.streams.end(c.caller.ID)
		return answer{}, err
	}
	ans.stream = func(w http.ResponseWriter) {
		defer c.api.streams.end(c.caller.ID)
		defer reader.Close()
		s := &stream{call: c, to: w, control: http.NewResponseController(w), reader: reader}
		c.api.Logger.Debug("a stream of events ended", "request_id", c.id, "reason", s.run(reset).Error())
	}
	return ans, nil
}

// eventStream is the media type of server-sent events.
const eventStream = "text/event-stream"

// follow returns a reader from the last event that a client got, or from now on
// without one. Where the feed doesn't reach back that far, it begins now and the client has to be told.
func (c *call) follow(last string) (reader *feed.Reader, reset bool, err error) {
	wish := wishOf(c.caller)
	if last != "" {
		if reader, err = c.api.Events.After(c.Context(), wish, placeOf(last)); !errors.Is(err, feed.ErrGone) {
			return reader, false, asBusy(err)
		}
		reset = true
	}
	reader, err = c.api.Events.Now(c.Context(), wish)
	return reader, reset, asBusy(err)
}

// wishOf returns what a caller may see. It only spares the work on everything
// else: what is sent is decided when it is sent.
func wishOf(caller identity.Principal) feed.Wish {
	w := feed.Wish{Customer: caller.ID}
	if caller.Staff() {
		w.Staff = func(o *order.Order) bool { return caller.StaffOf(o.Restaurant.String()) }
	}
	return w
}

// beginning is the id of the place before the first event, whose sequence is "".
const beginning = "0"

func idOf(place feed.Sequence) string { return cmp.Or(string(place), beginning) }

func placeOf(id string) feed.Sequence {
	if id == beginning {
		return ""
	}
	return feed.Sequence(id)
}

func asBusy(err error) error {
	if errors.Is(err, feed.ErrTailClosed) {
		return fmt.Errorf("%w: %w", storage.ErrBusy, err)
	}
	return err
}

// stream is one answer with events.
type stream struct {
	*call
	to      http.ResponseWriter
	control *http.ResponseController
	reader  *feed.Reader
	told    feed.Sequence // the last id that was sent
	silent  int           // heartbeats since then
	spoke   time.Time     // when something was sent last
}

// run sends until something ends the stream, and returns what, which is never nil.
func (s *stream) run(reset bool) error {
	s.told = s.reader.Position()
	text := fmt.Sprintf("retry: %d\n", reconnect)
	if reset {
		text += namedEvent("reset", s.told)
	} else {
		text += namedEvent("position", s.told)
	}
	for {
		if err := s.send(text); err != nil {
			return err
		}
		events, err := s.wait()
		if err != nil {
			return err
		}
		caller, err := s.api.Callers.Verify(s.Context(), s.Header.Get("Authorization"))
		if err != nil {
			return err
		}
		if text, err = s.render(caller, events); err != nil {
			return err
		}
	}
}

// wait returns the next events, or none when it is time for a sign of life.
func (s *stream) wait() ([]feed.Event, error) {
	ctx, cancel := context.WithDeadline(s.Context(), s.spoke.Add(s.api.heartbeat()))
	defer cancel()
	events, err := s.reader.Next(ctx)
	if errors.Is(err, context.DeadlineExceeded) && s.Context().Err() == nil {
		return nil, nil
	}
	return events, err
}

func (a *API) heartbeat() time.Duration {
	if a.Heartbeat > 0 {
		return a.Heartbeat
	}
	return heartbeat
}

func (s *stream) send(text string) error {
	if text == "" {
		return nil
	}
	if err := s.control.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.to.Write([]byte(text)); err != nil {
		return err
	}
	s.spoke = time.Now()
	return s.control.Flush()
}

// comment is a sign of life. There is no empty line behind it: many clients take one
// for the end of an event, and hand on an event without data.
const comment = ":\n"

// render returns what a caller is sent for events. Without events it is a sign
// of life, and now and then the place that was reached, from which the client can go on.
func (s *stream) render(caller identity.Principal, events []feed.Event) (string, error) {
	var text []byte
	for _, e := range events {
		n, err := notification.Of(e)
		if err != nil || n == nil {
			continue // consumers of the feed put what can't be put into words to the dead letters
		}
		switch {
		case caller.ID == e.UserID || caller.StaffOf(e.After.Restaurant.String()):
			text = fmt.Appendf(text, "id: %s\nevent: %s\ndata: %s\n\n", e.Sequence, n.Type, oneLine.Replace(string(n.Body)))
		case e.Before != nil && caller.StaffOf(e.Before.Restaurant.String()):
			text = append(text, namedEvent("reset", e.Sequence)...) // it went to another restaurant
		default:
			continue
		}
		s.told, s.silent = e.Sequence, 0
	}
	if len(events) > 0 {
		return string(text), nil
	}
	s.silent++
	if at := s.reader.Position(); at != s.told && s.silent >= silence {
		s.told, s.silent = at, 0
		return namedEvent("position", at), nil
	}
	return comment, nil
}

// oneLine escapes what some clients take for the end of a line. In JSON these
// characters are in strings only.
var oneLine = strings.NewReplacer("\u2028", `\u2028`, "\u2029", `\u2029`, "\u0085", `\u0085`)

// namedEvent returns an event with a place and nothing to say. The event reset
// tells a client that it may know something that isn't so, and that it should read its lists again;
// position, from where it can go on. An id that comes without an event would do for the standard, and
// makes clients of today hand on an event without data, which is no JSON.
func namedEvent(name string, at feed.Sequence) string {
	return fmt.Sprintf("id: %s\nevent: %s\ndata: {}\n\n", idOf(at), name)
}
