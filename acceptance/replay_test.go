package acceptance

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

// crowd is how many identical requests arrive at once.
const crowd = 256

// storm sends n requests at once, from as many goroutines, and returns their answers.
func (c *client) storm(t *testing.T, n int, r func(i int) request) []answer {
	t.Helper()
	answers, errs := make([]answer, n), make([]error, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			answers[i], errs[i] = c.try(r(i))
		})
	}
	close(start)
	group.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("request %d of %d at once: %v", i, n, err)
		}
		c.conforms(t, answers[i])
	}
	return answers
}

// isReplay says how an answer differs from a repetition of the first one.
func (a answer) isReplay(first answer) error {
	switch {
	case a.status != first.status || a.status != 200:
		return fmt.Errorf("status: got %d, want %d of the first: %s", a.status, first.status, a.body)
	case !bytes.Equal(a.body, first.body):
		return fmt.Errorf("body: got %s, want %s", a.body, first.body)
	case a.header.Get("ETag") != `"1"` || a.header.Get("ETag") != first.header.Get("ETag"):
		return fmt.Errorf("ETag: got %s, want %s of the first", a.header.Get("ETag"), first.header.Get("ETag"))
	case a.header.Get("Idempotent-Replayed") != "true":
		return fmt.Errorf("Idempotent-Replayed: got %q, want true", a.header.Get("Idempotent-Replayed"))
	}
	return nil
}

// oneOrder fails the test unless exactly one of the answers placed an order and
// all others repeat it. It returns the one.
func oneOrder(t *testing.T, answers []answer) answer {
	t.Helper()
	var first answer
	for _, a := range answers {
		if a.header.Get("Idempotent-Replayed") == "" {
			if first.body != nil {
				t.Errorf("two answers place an order: %s and %s", first.body, a.body)
			}
			first = a
		}
	}
	if first.body == nil {
		t.Fatal("every answer repeats another one")
	}
	first.expect(t, want{status: 200, header: map[string]string{"ETag": `"1"`, "Idempotent-Replayed": ""}, json: fields{"status": "PLACED", "version": 1}})
	replays := 0
	for _, a := range answers {
		if a.header.Get("Idempotent-Replayed") == "" {
			continue
		}
		replays++
		if err := a.isReplay(first); err != nil {
			t.Error(err)
		}
	}
	if replays != len(answers)-1 {
		t.Errorf("got %d replays, want %d", replays, len(answers)-1)
	}
	return first
}

func replayScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	staff := c.signUp(t, "admin", "apiAdmins")
	s.scenario(t, "identical requests at once place one order", func(t *testing.T) {
		u := c.signUp(t, "ana")
		placement := request{method: "POST", path: "/orders", as: u, body: named(newID(), soup)}
		first := oneOrder(t, c.storm(t, crowd, func(int) request { return placement }))
		if got := c.list(t, u, ""); len(got) != 1 {
			t.Errorf("list: got %v, want one order", got)
		}
		c.repeatsAfterChanges(t, s, u, staff, placement, first)
	})
	s.scenario(t, "identical requests with a key at once place one order", func(t *testing.T) {
		u := c.signUp(t, "bea")
		placement := request{method: "POST", path: "/orders", as: u, body: soup, header: map[string]string{"Idempotency-Key": newID()}}
		oneOrder(t, c.storm(t, 32, func(int) request { return placement }))
		if got := c.list(t, u, ""); len(got) != 1 {
			t.Errorf("list: got %v, want one order", got)
		}
	})
	s.scenario(t, "of different orders under one id at once one wins", func(t *testing.T) { c.oneContentWins(t) })
	s.scenario(t, "requests without id and key place an order each", func(t *testing.T) {
		u := c.signUp(t, "eva")
		if first, second := c.place(t, u, soup), c.place(t, u, soup); first == second {
			t.Errorf("both orders have the id %s", first)
		}
		if got := c.list(t, u, ""); len(got) != 2 {
			t.Errorf("list: got %v, want two orders", got)
		}
	})
	s.scenario(t, "the same id of two customers is two orders", func(t *testing.T) {
		ana, bea, id := c.signUp(t, "ana"), c.signUp(t, "bea"), newID()
		c.post(t, ana, "/orders", named(id, soup)).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}, json: fields{"userId": ana.id}})
		c.post(t, bea, "/orders", named(id, pie)).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}, json: fields{"userId": bea.id}})
		c.get(t, ana, "/orders/"+id).expect(t, want{status: 200, json: fields{"totalAmount": 9, "userId": ana.id}})
		c.get(t, bea, "/orders/"+id).expect(t, want{status: 200, json: fields{"totalAmount": 3.25, "userId": bea.id}})
	})
}

// repeatsAfterChanges repeats a placement after each change that an order can
// go through.
func (c *client) repeatsAfterChanges(t *testing.T, s *suite, u, staff *user, placement request, first answer) {
	id := first.str(t, "orderId")
	changes := []struct {
		name   string
		change func(*testing.T) answer
	}{
		{"an edit", func(t *testing.T) answer { return c.put(t, u, "/orders/"+id, pie) }},
		{"a second edit", func(t *testing.T) answer { return c.put(t, u, "/orders/"+id, of(`"x"`, soup)) }},
		{"an edit back", func(t *testing.T) answer { return c.put(t, u, "/orders/"+id, soup) }},
		{"its acknowledgement", func(t *testing.T) answer { return c.step(t, staff, u, id, "ACKNOWLEDGED", "") }},
		{"its dispatch", func(t *testing.T) answer {
			return c.step(t, staff, u, id, "DISPATCHED", `,"delivery":{"id":7,"name":"Cargo"}`)
		}},
		{"its cancellation", func(t *testing.T) answer { return c.step(t, staff, u, id, "CANCELED", `,"reason":"rain"`) }},
	}
	for i, x := range changes {
		s.scenario(t, "the first answer comes again after "+x.name, func(t *testing.T) {
			before := x.change(t).expect(t, want{status: 200, json: fields{"version": i + 2}})
			if err := c.send(t, placement).isReplay(first); err != nil {
				t.Error(err)
			}
			c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"version": i + 2, "status": before.str(t, "status")}})
		})
	}
}

func (c *client) oneContentWins(t *testing.T) {
	u, id := c.signUp(t, "carla"), newID()
	answers := c.storm(t, 64, func(i int) request {
		return request{method: "POST", path: "/orders", as: u, body: named(id, []string{soup, pie}[i%2])}
	})
	placed := 0
	for _, a := range answers {
		switch {
		case a.status == 200 && a.header.Get("Idempotent-Replayed") == "":
			placed++
		case a.status == 422:
			a.expect(t, want{status: 422, problem: "key-reused"})
		}
	}
	refused := 0
	stored := c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"version": 1}})
	for _, a := range answers {
		if a.status == 422 {
			refused++
		} else if !bytes.Equal(a.body, stored.body) {
			t.Errorf("got %s, want the stored order %s", a.body, stored.body)
		}
	}
	if placed != 1 || refused != 32 {
		t.Errorf("got %d placed and %d refused, want 1 and 32", placed, refused)
	}
}

// restartScenarios repeat what was asked before the program was stopped.
func restartScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, staff := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	placement := request{method: "POST", path: "/orders", as: u, body: named(newID(), soup)}
	keyed := request{method: "POST", path: "/orders", as: u, body: pie, header: map[string]string{"Idempotency-Key": "k"}}
	first, firstKeyed := c.send(t, placement), c.send(t, keyed)
	id := first.str(t, "orderId")
	c.step(t, staff, u, id, "CANCELED", "").expect(t, want{status: 200})
	before := c.get(t, u, "/orders")
	c.restart(t)
	s.scenario(t, "a token is good at another address", func(t *testing.T) {
		c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"status": "CANCELED"}})
	})
	s.scenario(t, "everything is as it was", func(t *testing.T) {
		if after := c.get(t, u, "/orders"); !bytes.Equal(after.body, before.body) {
			t.Errorf("list: got %s, want %s", after.body, before.body)
		}
	})
	s.scenario(t, "a placement is repeated", func(t *testing.T) {
		for _, err := range []error{c.send(t, placement).isReplay(first), c.send(t, keyed).isReplay(firstKeyed)} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	s.scenario(t, "a token that ended stays ended", func(t *testing.T) {
		if err := c.pool().call("GlobalSignOut", object{"AccessToken": u.accessToken}, nil); err != nil {
			t.Fatal(err)
		}
		c.restart(t)
		c.get(t, u, "/orders").expect(t, want{status: 401})
	})
}
