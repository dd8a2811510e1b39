package acceptance

import (
	"testing"
	"time"
)

// timeScenarios move the time. Each has a server of its own.
func timeScenarios(t *testing.T, s *suite) {
	tooOld := want{status: 400, problem: "too-old", detail: []string{"10m0s"}}
	canceled := want{status: 200, json: fields{"status": "CANCELED"}}
	c := s.open(t, options{})
	if c.clock() == nil {
		t.Fatalf("target %s can't move its time", s.target.name())
	}
	u := c.signUp(t, "ana")
	for _, x := range []struct {
		name string
		age  time.Duration
		want want
	}{
		{"an order is canceled at once", 0, canceled},
		{"an order is canceled after 9:59", 9*time.Minute + 59*time.Second, canceled},
		{"an order is canceled a millisecond before 10:00", 10*time.Minute - time.Millisecond, canceled},
		{"an order is too old to be canceled after 10:00", 10 * time.Minute, tooOld},
		{"an order is too old to be canceled after 10:01", 10*time.Minute + time.Second, tooOld},
		{"an order is too old to be canceled after 24 h 5 min", 24*time.Hour + 5*time.Minute, tooOld},
		{"an order is too old to be canceled after 29 days", 29 * 24 * time.Hour, tooOld},
		{"an order of the future is canceled", -time.Hour, canceled},
	} {
		s.scenario(t, x.name, func(t *testing.T) {
			c.clock().Set(noon)
			c.refresh(t, u) // tokens are good for an hour
			id := c.place(t, u, soup)
			c.clock().Move(x.age)
			c.refresh(t, u)
			c.remove(t, u, "/orders/"+id).expect(t, x.want)
		})
	}
	s.scenario(t, "a canceled order answers the same for ever", func(t *testing.T) {
		c.clock().Set(noon)
		c.refresh(t, u)
		id := c.place(t, u, soup)
		c.clock().Move(9 * time.Minute)
		first := c.remove(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{
			"orderTime": "2026-01-31T12:00:00Z", "updatedAt": "2026-01-31T12:09:00Z", "history.0.at": "2026-01-31T12:09:00Z",
		}})
		c.clock().Move(30 * time.Minute)
		if again := c.remove(t, u, "/orders/"+id); string(again.body) != string(first.body) {
			t.Errorf("got %s, want %s", again.body, first.body)
		}
	})
	s.scenario(t, "an edit doesn't restart the ten minutes", func(t *testing.T) {
		c.clock().Set(noon)
		c.refresh(t, u)
		id := c.place(t, u, soup)
		c.clock().Move(9 * time.Minute)
		c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200, json: fields{"orderTime": "2026-01-31T12:00:00Z", "updatedAt": "2026-01-31T12:09:00Z"}})
		c.clock().Move(time.Minute)
		c.remove(t, u, "/orders/"+id).expect(t, tooOld)
	})
	s.scenario(t, "a repeated placement doesn't restart the ten minutes", func(t *testing.T) {
		c.clock().Set(noon)
		c.refresh(t, u)
		placement := request{method: "POST", path: "/orders", as: u, body: named(newID(), soup)}
		first := c.send(t, placement)
		c.clock().Move(10 * time.Minute)
		if err := c.send(t, placement).isReplay(first); err != nil {
			t.Error(err)
		}
		c.remove(t, u, "/orders/"+first.str(t, "orderId")).expect(t, tooOld)
	})
	s.scenario(t, "an order can be edited at any age", func(t *testing.T) {
		c.clock().Set(noon)
		c.refresh(t, u)
		id := c.place(t, u, soup)
		c.clock().Move(20 * 24 * time.Hour)
		c.refresh(t, u)
		c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200, json: fields{"version": 2}})
	})
}
