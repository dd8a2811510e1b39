package acceptance

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// follower is an open answer with server-sent events. It reads them as clients of today do
// that are less patient than the standard: each empty line is the end of an event, which must have
// data, and that must be JSON.
type follower struct {
	t     *testing.T
	lines *bufio.Scanner
	ready *event // that was read already
	began string // id of the place where it began
	close func()
}

// streamTime is how long an event may take before the test gives up.
const streamTime = time.Minute

// follow opens a stream and returns when events that come from now on will be in it.
func (c *client) follow(t *testing.T, as *user, last string) *follower {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), streamTime)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", as.idToken)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != "text/event-stream; charset=utf-8" || resp.Header.Get("X-Request-Id") == "" {
		t.Fatalf("GET /events: got %d, %s, want a stream", resp.StatusCode, got)
	}
	s := &follower{t: t, lines: bufio.NewScanner(resp.Body), close: cancel}
	first := s.read()
	switch s.began = first.id; first.name {
	case "position":
	case "reset":
		s.ready = &first
	default:
		t.Errorf("a stream begins with %+v, want the place from which it can go on", first)
	}
	return s
}

// event is one event of a stream.
type event struct{ name, id, data string }

// next returns the next event. One without a name is the end of the stream.
func (s *follower) next() event {
	if e := s.ready; e != nil {
		s.ready = nil
		return *e
	}
	return s.read()
}

func (s *follower) read() event {
	var e event
	for s.lines.Scan() {
		switch field, value, _ := strings.Cut(s.lines.Text(), ": "); field {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			e.data = value
		case "":
			if !json.Valid([]byte(e.data)) || e.name == "" || e.id == "" {
				s.t.Errorf("got event %+v, want each with a name, an id, and JSON", e)
			}
			return e
		}
	}
	return event{}
}

// expect fails the test unless the next event is this one, about this order, and
// as documented. It returns the event's id.
func (c *client) expectEvent(t *testing.T, s *follower, name, orderID, status string) string {
	t.Helper()
	e := s.next()
	a := answer{body: []byte(e.data)}
	if e.name != name || e.id == "" {
		t.Errorf("got event %+v, want %s with an id", e, name)
		return e.id
	}
	if name == "reset" {
		return e.id
	}
	if got := a.str(t, "data.order.orderId"); got != orderID || a.str(t, "data.order.status") != status || a.str(t, "type") != name {
		t.Errorf("got %s, want %s of order %s, which is %s", e.data, name, orderID, status)
	}
	doc, err := c.suite.contract()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.validate("/components/schemas/Notification", a.body); err != nil {
		t.Errorf("%s isn't as documented: %v", e.data, err)
	}
	for _, private := range []string{"deliveryAddress", "note"} {
		if got := a.at("data.order." + private); got != text(absent) {
			t.Errorf("%s: got %s, want that nobody is sent it", private, got)
		}
	}
	return e.id
}

// eventScenarios follow what happens to orders, as it happens.
func eventScenarios(t *testing.T, s *suite) {
	secret := with(soup, `"note":"ring twice"`, `"deliveryAddress":"1 Main Street"`)
	s.scenario(t, "customers see what happens to their orders, and staff what happens in their restaurant", func(t *testing.T) {
		c := s.open(t, options{})
		ana, bea, cook, boss := c.signUp(t, "ana"), c.signUp(t, "bea"), c.signUp(t, "cook", "restaurant-1"), c.signUp(t, "boss", "apiAdmins")
		hers, cooks, all := c.follow(t, ana, ""), c.follow(t, cook, ""), c.follow(t, boss, "")
		elsewhere := c.place(t, bea, of("2", pie))
		id := c.place(t, ana, secret)
		c.step(t, cook, ana, id, "ACKNOWLEDGED", "").expect(t, want{status: 200})
		c.expectEvent(t, all, "order.placed", elsewhere, "PLACED")
		for _, stream := range []*follower{hers, cooks, all} {
			c.expectEvent(t, stream, "order.placed", id, "PLACED")
			c.expectEvent(t, stream, "order.status_changed", id, "ACKNOWLEDGED")
		}
	})
	s.scenario(t, "an edit is told, and an erasure is not", func(t *testing.T) {
		c := s.open(t, options{})
		ana, boss := c.signUp(t, "ana"), c.signUp(t, "boss", "apiAdmins")
		hers := c.follow(t, ana, "")
		id := c.place(t, ana, soup)
		c.put(t, ana, "/orders/"+id, secret).expect(t, want{status: 200})
		c.send(t, request{method: "POST", path: "/users/" + ana.id + "/erasure", as: boss}).expect(t, want{status: 200})
		c.remove(t, ana, "/orders/"+id).expect(t, want{status: 200})
		c.expectEvent(t, hers, "order.placed", id, "PLACED")
		c.expectEvent(t, hers, "order.edited", id, "PLACED")
		c.expectEvent(t, hers, "order.status_changed", id, "CANCELED")
	})
	s.scenario(t, "a stream goes on after a restart where it was", func(t *testing.T) {
		c := s.open(t, options{})
		ana := c.signUp(t, "ana")
		hers := c.follow(t, ana, "")
		one := c.place(t, ana, soup)
		last := c.expectEvent(t, hers, "order.placed", one, "PLACED")
		hers.close()
		two := c.place(t, ana, pie)
		c.restart(t)
		three := c.place(t, ana, pie)
		again := c.follow(t, ana, last)
		c.expectEvent(t, again, "order.placed", two, "PLACED")
		c.expectEvent(t, again, "order.placed", three, "PLACED")
	})
	s.scenario(t, "whoever comes from a place that isn't known is told to begin anew", func(t *testing.T) {
		c := s.open(t, options{})
		ana := c.signUp(t, "ana")
		c.place(t, ana, soup)
		for _, last := range []string{"999999999", "tomorrow", "-1"} {
			hers := c.follow(t, ana, last)
			c.expectEvent(t, hers, "reset", "", "")
			c.expectEvent(t, hers, "order.placed", c.place(t, ana, pie), "PLACED")
		}
	})
	s.scenario(t, "a stream that had no event yet goes on where it began", func(t *testing.T) {
		c := s.open(t, options{})
		ana := c.signUp(t, "ana")
		c.place(t, ana, soup)
		hers := c.follow(t, ana, "")
		hers.close()
		one := c.place(t, ana, pie)
		c.expectEvent(t, c.follow(t, ana, hers.began), "order.placed", one, "PLACED")
	})
	s.scenario(t, "an event is one line, whatever is in its text", func(t *testing.T) {
		c := s.open(t, options{})
		ana := c.signUp(t, "ana")
		hers := c.follow(t, ana, "")
		id := c.place(t, ana, strings.Replace(soup, "Soup", `a\u2028b\u2029c`, 1))
		e := hers.next()
		a := answer{body: []byte(e.data)}
		if strings.ContainsAny(e.data, "\u2028\u2029\u0085") || a.str(t, "data.order.orderId") != id || a.str(t, "data.order.orderItems.0.name") != "a\u2028b\u2029c" {
			t.Errorf("got %q", e.data)
		}
	})
	s.scenario(t, "a stream has no parameter but the place", func(t *testing.T) {
		c := s.open(t, options{})
		ana := c.signUp(t, "ana")
		c.get(t, ana, "/events?since=0").expect(t, want{status: 400, problem: "invalid-input", violations: []string{"query.since is unknown: there are lastEventId"}})
	})
	s.scenario(t, "a stream ends with its token", func(t *testing.T) {
		c := s.open(t, options{})
		ana, bea := c.signUp(t, "ana"), c.signUp(t, "bea", "restaurant-1")
		hers, beas := c.follow(t, ana, ""), c.follow(t, bea, "")
		if err := c.pool().call("GlobalSignOut", object{"AccessToken": bea.accessToken}, nil); err != nil {
			t.Fatal(err)
		}
		c.place(t, ana, soup)
		if e := beas.next(); e.name != "" {
			t.Errorf("after signing out: got %+v, want the end", e)
		}
		hers.next()
		c.clock().Move(2 * time.Hour)
		c.place(t, c.signUp(t, "carl"), soup)
		if e := hers.next(); e.name != "" {
			t.Errorf("after the token has expired: got %+v, want the end", e)
		}
	})
	s.scenario(t, "streams don't hold up the end of the server", func(t *testing.T) {
		c := s.open(t, options{})
		hers := c.follow(t, c.signUp(t, "ana"), "")
		c.stop(t) // which fails the test if requests had to be cut
		if e := hers.next(); e.name != "" {
			t.Errorf("got %+v, want the end", e)
		}
	})
	s.scenario(t, "a stream needs a token", func(t *testing.T) {
		c := s.open(t, options{})
		c.get(t, nil, "/events").expect(t, want{status: 401, problem: "unauthenticated"})
	})
}
