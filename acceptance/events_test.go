package acceptance

import (
	"context"
	"errors"
	"testing"
	"time"

	typed "comanda/client"
	"comanda/notification"
	"comanda/order"
)

// streamTime is how long an event may take before the test gives up.
const streamTime = time.Minute

// follow opens a stream and returns when events that come from now on will be in it.
func (c *client) follow(t *testing.T, as *user, last string) *typed.Stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), streamTime)
	t.Cleanup(cancel)
	s, err := c.by(t, as).Events(ctx, last)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// next returns the next event of a stream, or what ended it.
func next(s *typed.Stream) (typed.Event, error) {
	for e, err := range s.All() {
		return e, err
	}
	return typed.Event{}, errors.New("the stream has ended")
}

// expectEvent fails the test unless the next event is this one, about this order, and
// as documented. It returns the event's id.
func (c *client) expectEvent(t *testing.T, s *typed.Stream, kind notification.Type, orderID string, status order.Status) string {
	t.Helper()
	e, err := next(s)
	a := answer{body: e.JSON()}
	if err != nil || e.Type != kind || e.ID == "" {
		t.Errorf("got event %s %s, %v, want %s with an id", e.Type, e.ID, err, kind)
		return e.ID
	}
	if kind == typed.Reset {
		return e.ID
	}
	if e.Order.OrderID != orderID || e.Order.Status != status || a.str(t, "type") != string(kind) {
		t.Errorf("got %s, want %s of order %s, which is %s", e.JSON(), kind, orderID, status)
	}
	doc, err := c.suite.contract()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.validate("/components/schemas/Notification", a.body); err != nil {
		t.Errorf("%s isn't as documented: %v", e.JSON(), err)
	}
	for _, private := range []string{"deliveryAddress", "note"} {
		if got := a.at("data.order." + private); got != text(absent) {
			t.Errorf("%s: got %s, want that nobody is sent it", private, got)
		}
	}
	return e.ID
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
		c.expectEvent(t, all, notification.Placed, elsewhere, order.Placed)
		for _, stream := range []*typed.Stream{hers, cooks, all} {
			c.expectEvent(t, stream, notification.Placed, id, order.Placed)
			c.expectEvent(t, stream, notification.StatusChanged, id, order.Acknowledged)
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
		c.expectEvent(t, hers, notification.Placed, id, order.Placed)
		c.expectEvent(t, hers, notification.Edited, id, order.Placed)
		c.expectEvent(t, hers, notification.StatusChanged, id, order.Canceled)
	})
	s.scenario(t, "a stream goes on after a restart where it was", func(t *testing.T) {
		c := s.open(t, options{})
		ana := c.signUp(t, "ana")
		hers := c.follow(t, ana, "")
		one := c.place(t, ana, soup)
		last := c.expectEvent(t, hers, notification.Placed, one, order.Placed)
		hers.Close()
		two := c.place(t, ana, pie)
		c.restart(t)
		three := c.place(t, ana, pie)
		again := c.follow(t, ana, last)
		c.expectEvent(t, again, notification.Placed, two, order.Placed)
		c.expectEvent(t, again, notification.Placed, three, order.Placed)
	})
	s.scenario(t, "whoever comes from a place that isn't known is told to begin anew", func(t *testing.T) {
		c := s.open(t, options{})
		ana := c.signUp(t, "ana")
		c.place(t, ana, soup)
		for _, last := range []string{"999999999", "tomorrow", "-1"} {
			hers := c.follow(t, ana, last)
			c.expectEvent(t, hers, typed.Reset, "", "")
			c.expectEvent(t, hers, notification.Placed, c.place(t, ana, pie), order.Placed)
		}
	})
	s.scenario(t, "a stream ends with its token", func(t *testing.T) {
		c := s.open(t, options{})
		ana, bea := c.signUp(t, "ana"), c.signUp(t, "bea", "restaurant-1")
		hers, beas := c.follow(t, ana, ""), c.follow(t, bea, "")
		if err := c.pool().call("GlobalSignOut", object{"AccessToken": bea.accessToken}, nil); err != nil {
			t.Fatal(err)
		}
		c.place(t, ana, soup)
		if e, err := next(beas); !errors.Is(err, typed.Unauthenticated) {
			t.Errorf("after signing out: got %s, %v, want the end", e.JSON(), err)
		}
		if _, err := next(hers); err != nil {
			t.Error(err)
		}
		c.clock().Move(2 * time.Hour)
		c.place(t, c.signUp(t, "carl"), soup)
		if e, err := next(hers); !errors.Is(err, typed.Unauthenticated) {
			t.Errorf("after the token has expired: got %s, %v, want the end", e.JSON(), err)
		}
	})
	s.scenario(t, "streams don't hold up the end of the server", func(t *testing.T) {
		c := s.open(t, options{})
		hers := c.follow(t, c.signUp(t, "ana"), "")
		c.stop(t)    // which fails the test if requests had to be cut
		hers.Close() // or it would look for the server until it is there again
		if e, err := next(hers); !errors.Is(err, context.Canceled) {
			t.Errorf("got %s, %v, want the end", e.JSON(), err)
		}
	})
	s.scenario(t, "a stream needs a token", func(t *testing.T) {
		c := s.open(t, options{})
		c.get(t, nil, "/events").expect(t, want{status: 401, problem: "unauthenticated"})
	})
}
