package acceptance

import (
	"context"
	"testing"
	"time"

	"comanda/order"
	"comanda/storage"
)

// tooOld is the answer to an owner who cancels after the ten minutes.
var tooOld = want{status: 400, problem: "too-old", detail: []string{"10m0s"}}

// dating is a server whose stored orders can be changed where they are stored. Where
// no test can move the time, orders are made older or younger so, which comes to the same for rules about age.
type dating interface {
	// redate changes a stored order, as the order's own codec stores it.
	redate(t *testing.T, userID, orderID string, change func(*order.Order))
}

// redate changes an order in a store.
func redate(t *testing.T, store storage.Store, userID, orderID string, change func(*order.Order)) {
	t.Helper()
	ctx := context.Background()
	old, err := store.Get(ctx, storage.Key{Table: order.TableName, Partition: userID, Sort: orderID})
	if err != nil {
		t.Fatal(err)
	}
	o, err := order.Decode(old)
	if err != nil {
		t.Fatal(err)
	}
	change(&o)
	changed, err := order.Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	commit := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &old, New: &changed}}}
	if err := store.Commit(ctx, commit); err != nil {
		t.Fatal(err)
	}
}

// age lets time pass for one order. Tokens don't expire over it.
func (c *client) age(t *testing.T, u *user, id string, d time.Duration) {
	t.Helper()
	if clock := c.clock(); clock != nil {
		clock.Move(d)
		if err := c.pool().signIn(u); err != nil {
			t.Fatal(err)
		}
		return
	}
	c.server.(dating).redate(t, u.id, id, func(o *order.Order) {
		o.OrderTime, o.UpdatedAt = o.OrderTime.Add(-d), o.UpdatedAt.Add(-d)
		for i := range o.History {
			o.History[i].At = o.History[i].At.Add(-d)
		}
	})
}

// placeAt places an order at a time, not before the ones that were placed so
// already, and returns its id.
func (c *client) placeAt(t *testing.T, u *user, body string, at time.Time) string {
	t.Helper()
	if clock := c.clock(); clock != nil {
		clock.Set(at)
		return c.place(t, u, body)
	}
	id := c.place(t, u, body)
	c.server.(dating).redate(t, u.id, id, func(o *order.Order) { o.OrderTime, o.UpdatedAt = at, at })
	return id
}

// inTime repeats what must happen within a moment, where time goes on by itself
// and the machine is busy, until it did.
func (c *client) inTime(t *testing.T, moment time.Duration, act func() answer) answer {
	t.Helper()
	for range 20 {
		began := time.Now()
		a := act()
		if c.clock() != nil || time.Since(began) < moment {
			return a
		}
	}
	t.Fatalf("it took longer than %v 20 times", moment)
	return answer{}
}

// timeScenarios let orders become older.
func timeScenarios(t *testing.T, s *suite) {
	canceled := want{status: 200, json: fields{"status": "CANCELED"}}
	c := s.open(t, options{})
	u := c.signUp(t, "ana")
	for _, x := range []struct {
		name string
		age  time.Duration
		want want
	}{
		{"an order is canceled at once", 0, canceled},
		{"an order is canceled after 9:59", 9*time.Minute + 59*time.Second, canceled},
		{"an order is too old to be canceled after 10:00", 10 * time.Minute, tooOld},
		{"an order is too old to be canceled after 10:01", 10*time.Minute + time.Second, tooOld},
		{"an order is too old to be canceled after 24 h 5 min", 24*time.Hour + 5*time.Minute, tooOld},
		{"an order is too old to be canceled after 29 days", 29 * 24 * time.Hour, tooOld},
		{"an order of the future is canceled", -time.Hour, canceled},
	} {
		s.scenario(t, x.name, func(t *testing.T) {
			c.inTime(t, time.Second, func() answer {
				id := c.place(t, u, soup)
				c.age(t, u, id, x.age)
				return c.remove(t, u, "/orders/"+id)
			}).expect(t, x.want)
		})
	}
	s.scenario(t, "an edit doesn't restart the ten minutes", func(t *testing.T) {
		id := c.place(t, u, soup)
		c.age(t, u, id, 9*time.Minute)
		c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200, json: fields{"version": 2}})
		c.age(t, u, id, time.Minute)
		c.remove(t, u, "/orders/"+id).expect(t, tooOld)
	})
	s.scenario(t, "a repeated placement doesn't restart the ten minutes", func(t *testing.T) {
		body := named(newID(), soup)
		id := c.place(t, u, body)
		c.age(t, u, id, 10*time.Minute)
		c.post(t, u, "/orders", body).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": "true"}})
		c.remove(t, u, "/orders/"+id).expect(t, tooOld)
	})
	s.scenario(t, "an order can be edited at any age", func(t *testing.T) {
		id := c.place(t, u, soup)
		c.age(t, u, id, 20*24*time.Hour)
		c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200, json: fields{"version": 2}})
	})
}

// momentScenarios look at a clock that stands still.
func momentScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u := c.signUp(t, "ana")
	begin := func(t *testing.T) string {
		t.Helper()
		c.clock().Set(noon)
		c.refresh(t, u) // tokens are good for an hour
		return c.place(t, u, soup)
	}
	s.scenario(t, "an order is canceled a millisecond before 10:00, and not at 10:00", func(t *testing.T) {
		first, second := begin(t), begin(t)
		c.clock().Move(10*time.Minute - time.Millisecond)
		c.remove(t, u, "/orders/"+first).expect(t, want{status: 200, json: fields{"status": "CANCELED"}})
		c.clock().Move(time.Millisecond)
		c.remove(t, u, "/orders/"+second).expect(t, tooOld)
	})
	s.scenario(t, "a canceled order answers the same for ever", func(t *testing.T) {
		id := begin(t)
		c.clock().Move(9 * time.Minute)
		first := c.remove(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{
			"orderTime": "2026-01-31T12:00:00Z", "updatedAt": "2026-01-31T12:09:00Z", "history.0.at": "2026-01-31T12:09:00Z",
		}})
		c.clock().Move(30 * time.Minute)
		if again := c.remove(t, u, "/orders/"+id); string(again.body) != string(first.body) {
			t.Errorf("got %s, want %s", again.body, first.body)
		}
	})
	s.scenario(t, "an edit has its own time and keeps the order's", func(t *testing.T) {
		id := begin(t)
		c.clock().Move(9 * time.Minute)
		c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200, json: fields{"orderTime": "2026-01-31T12:00:00Z", "updatedAt": "2026-01-31T12:09:00Z"}})
	})
	s.scenario(t, "the first answer comes again after ten minutes", func(t *testing.T) {
		placement := request{method: "POST", path: "/orders", as: u, body: named(newID(), soup)}
		first := c.send(t, placement)
		c.clock().Move(10 * time.Minute)
		if err := c.send(t, placement).isReplay(first); err != nil {
			t.Error(err)
		}
	})
}
