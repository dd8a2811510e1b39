package acceptance

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// recycleScenarios are about functions whose processes come and go.
func recycleScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u := c.signUp(t, "ana")
	placement := request{method: "POST", path: "/orders", as: u, body: named(newID(), soup)}
	keyed := request{method: "POST", path: "/orders", as: u, body: pie, header: map[string]string{"Idempotency-Key": "k"}}
	first, firstKeyed := c.send(t, placement), c.send(t, keyed)
	before := c.get(t, u, "/orders")
	c.restart(t)
	s.scenario(t, "new processes repeat the first answers", func(t *testing.T) {
		for _, err := range []error{c.send(t, placement).isReplay(first), c.send(t, keyed).isReplay(firstKeyed)} {
			if err != nil {
				t.Error(err)
			}
		}
		if after := c.get(t, u, "/orders"); !bytes.Equal(after.body, before.body) {
			t.Errorf("list: got %s, want %s", after.body, before.body)
		}
	})
	s.scenario(t, "processes that end under load lose and double nothing", func(t *testing.T) { c.endUnderLoad(t) })
	s.scenario(t, "every line of the log is JSON, and names the function and the request", func(t *testing.T) {
		a := c.get(t, u, "/orders")
		id := a.header.Get("X-Request-Id")
		found := false
		for line := range strings.Lines(c.log()) {
			if !strings.HasPrefix(line, "{") || !jsontext.Value(line).IsValid() { // nor is a line with a name twice
				t.Errorf("a line of the log isn't strict JSON: %.300s", line)
			}
			found = found || strings.Contains(line, id) && strings.Contains(line, `"function_name":"comanda-list_orders"`)
		}
		if !found {
			t.Errorf("no line of function list_orders has request %s", id)
		}
	})
}

// endUnderLoad places orders, each until it is acknowledged, while a process is
// killed at every fourth answer. A request that was cut is answered 502, and its outcome is open.
func (c *client) endUnderLoad(t *testing.T) {
	const customers, each = 4, 15
	var placing sync.WaitGroup
	users, ids, errs := make([]*user, customers), make([][]string, customers), make([]error, customers)
	for i := range users {
		users[i] = c.signUp(t, "customer")
		for range each {
			ids[i] = append(ids[i], newID())
		}
	}
	cut, answers := make([]int, customers), make(chan struct{})
	for i := range users {
		placing.Go(func() {
			for _, id := range ids[i] {
				for status := 0; status != 200 && errs[i] == nil; {
					a, err := c.try(request{method: "POST", path: "/orders", as: users[i], body: named(id, soup)})
					if status, errs[i] = a.status, err; status == 502 {
						cut[i]++
					}
					answers <- struct{}{}
				}
			}
		})
	}
	go func() {
		placing.Wait()
		close(answers)
	}()
	crashes, answered := 0, 0
	for range answers {
		if answered++; answered%4 == 0 && c.server.(*lambdaServer).functions.Crash("add_order") {
			crashes++
		}
	}
	if crashes < 5 {
		t.Errorf("only %d processes were killed", crashes)
	}
	total := 0
	for i, u := range users {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if got := c.list(t, u, "?limit=100"); !sameSet(got, ids[i]) {
			t.Errorf("customer %d has %d orders, want the %d that were acknowledged", i, len(got), each)
		}
		total += cut[i]
	}
	t.Logf("%d processes were killed, %d requests cut", crashes, total)
}
