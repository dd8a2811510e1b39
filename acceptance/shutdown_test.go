package acceptance

import (
	"context"
	"net"
	"strings"
	"testing"

	"comanda/storage"
)

// held is a request that has reached the store and waits there.
type held struct {
	reached chan struct{} // closed when it has
	release chan struct{} // to be closed
	answers chan result
}

type result struct {
	answer answer
	err    error
}

// hold places an order whose commit waits.
func (c *client) hold(t *testing.T, f *faultyStore, u *user, id string) held {
	t.Helper()
	h := held{make(chan struct{}), make(chan struct{}), make(chan result, 1)}
	f.failCommits(t, func(_ storage.Commit, next func() error) error {
		close(h.reached)
		<-h.release
		return next()
	})
	go func() {
		a, err := c.try(request{method: "POST", path: "/orders", as: u, body: named(id, soup)})
		h.answers <- result{a, err}
	}()
	<-h.reached
	return h
}

// refusesConnections waits until no process listens any more.
func (c *client) refusesConnections(t *testing.T) {
	t.Helper()
	address := strings.TrimPrefix(c.url(), "http://")
	for range 100_000 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("a server that is being stopped goes on accepting connections")
}

// shutdownScenarios stop a server while a request runs.
func shutdownScenarios(t *testing.T, s *suite) {
	s.scenario(t, "a running request is finished before the server ends", func(t *testing.T) {
		c, f := openFaulty(t, s, options{})
		u := c.signUp(t, "ana")
		h := c.hold(t, f, u, "held")
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			c.stop(t)
		}()
		c.refusesConnections(t)
		close(h.release)
		if r := <-h.answers; r.err != nil || r.answer.status != 200 {
			t.Errorf("the running request: got %d %v, want 200", r.answer.status, r.err)
		}
		<-stopped
		c.restart(t)
		c.get(t, u, "/orders/held").expect(t, want{status: 200, json: fields{"version": 1}})
	})
	s.scenario(t, "a request that doesn't finish in time is cut", func(t *testing.T) {
		c, f := openFaulty(t, s, options{})
		u := c.signUp(t, "ana")
		h := c.hold(t, f, u, "cut")
		noTime, cancel := context.WithCancel(context.Background())
		cancel()
		if err := c.server.(*inProcess).app.Close(noTime); err == nil || !strings.Contains(err.Error(), "cut") {
			t.Errorf("close without time: got %v, want an error that says that requests were cut", err)
		}
		if r := <-h.answers; r.err == nil {
			t.Errorf("the request was answered with %d, want a cut connection", r.answer.status)
		}
		close(h.release)
	})
}
