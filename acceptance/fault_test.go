package acceptance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"comanda/order"
	"comanda/storage"
)

// faultyStore fails on request, for orders only, so that users can sign in.
type faultyStore struct {
	storage.Store
	commits atomic.Pointer[commitFault]
	reads   atomic.Pointer[func() error]
}

// commitFault stands in for a commit, which next makes.
type commitFault func(c storage.Commit, next func() error) error

// openFaulty returns a client of a server on a store that fails on request.
func openFaulty(t *testing.T, s *suite, o options) (*client, *faultyStore) {
	t.Helper()
	f := &faultyStore{}
	o.wrap = func(inner storage.Store) storage.Store {
		f.Store = inner
		return f
	}
	return s.open(t, o), f
}

// failCommits has commits of orders fail until t ends.
func (f *faultyStore) failCommits(t *testing.T, fault commitFault) {
	f.commits.Store(&fault)
	t.Cleanup(func() { f.commits.Store(nil) })
}

// failReads has reads of orders fail until t ends.
func (f *faultyStore) failReads(t *testing.T, fault func() error) {
	f.reads.Store(&fault)
	t.Cleanup(func() { f.reads.Store(nil) })
}

func (f *faultyStore) Commit(ctx context.Context, c storage.Commit) error {
	fault := f.commits.Load()
	if fault == nil || c.Writes[0].Key().Table != order.TableName {
		return f.Store.Commit(ctx, c)
	}
	return (*fault)(c, func() error { return f.Store.Commit(ctx, c) })
}

func (f *faultyStore) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	if fault := f.reads.Load(); fault != nil && k.Table == order.TableName {
		if err := (*fault)(); err != nil {
			return storage.Record{}, err
		}
	}
	return f.Store.Get(ctx, k)
}

func (f *faultyStore) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	if fault := f.reads.Load(); fault != nil && q.Table == order.TableName {
		if err := (*fault)(); err != nil {
			return storage.Page{}, err
		}
	}
	return f.Store.Query(ctx, q)
}

// secretText is what a store might say about itself, and a client must not see.
const secretText = "disk /var/lib/secret-place of host zulu is gone"

var retry = map[string]string{"Retry-After": "1"}

func faultScenarios(t *testing.T, s *suite) {
	c, f := openFaulty(t, s, options{})
	u := c.signUp(t, "ana")
	for _, x := range []struct {
		name  string
		fault error
		want  want
	}{
		{"busy", fmt.Errorf("commit: %w", storage.ErrBusy), want{status: 503, problem: "busy", header: retry}},
		{"too slow", fmt.Errorf("commit: %w", context.DeadlineExceeded), want{status: 503, problem: "busy", header: retry}},
		{"of unknown outcome", fmt.Errorf("commit: %w", storage.ErrUnknown), want{status: 503, problem: "unknown-outcome", header: retry}},
		{"too small", &storage.LimitError{What: "document in bytes", Got: 2, Limit: 1}, want{status: 413, problem: "too-large"}},
		{"broken", errors.New(secretText), want{status: 500, problem: "internal", header: map[string]string{"Retry-After": ""}}},
	} {
		s.scenario(t, "a placement on a store that is "+x.name, func(t *testing.T) { c.placesAgain(t, f, u, x.fault, x.want) })
		s.scenario(t, "an edit on a store that is "+x.name, func(t *testing.T) {
			id := c.place(t, u, soup)
			f.failCommits(t, func(storage.Commit, func() error) error { return x.fault })
			c.hidesInternals(t, c.put(t, u, "/orders/"+id, pie).expect(t, x.want))
			c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"version": 1}})
		})
	}
	s.scenario(t, "a placement of unknown outcome that was stored is answered", func(t *testing.T) { c.settles(t, f, u) })
	s.scenario(t, "an order that others change all the time", func(t *testing.T) { c.contended(t, f, u) })
	s.scenario(t, "reads on a store that is busy or broken", func(t *testing.T) { c.failedReads(t, f, u) })
	s.scenario(t, "a handler that panics answers 500, once, and the server goes on", func(t *testing.T) { c.panics(t, f, u) })
	s.scenario(t, "a server isn't ready when its store has failed", func(t *testing.T) {
		broken := s.open(t, options{ready: func() error { return errors.New(secretText) }})
		broken.hidesInternals(t, broken.get(t, nil, "/readyz").expect(t, want{status: 503, problem: "not-ready", header: retry}))
		broken.get(t, nil, "/healthz").expect(t, want{status: 200})
	})
}

// placesAgain places an order on a failing store, and then on a good one.
func (c *client) placesAgain(t *testing.T, f *faultyStore, u *user, fault error, w want) {
	placement := request{method: "POST", path: "/orders", as: u, body: named(newID(), soup)}
	t.Run("while it fails", func(t *testing.T) {
		f.failCommits(t, func(storage.Commit, func() error) error { return fault })
		c.hidesInternals(t, c.send(t, placement).expect(t, w))
	})
	first := c.send(t, placement).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
	if err := c.send(t, placement).isReplay(first); err != nil {
		t.Error(err)
	}
}

// hidesInternals fails the test when an answer has text of the store's, or when
// the log doesn't have the answer's request id exactly once as a failure.
func (c *client) hidesInternals(t *testing.T, a answer) {
	t.Helper()
	for _, internal := range []string{"secret-place", "zulu", "commit", "goroutine", ".go:"} {
		if strings.Contains(string(a.body), internal) {
			t.Errorf("the answer has internal text %q: %s", internal, a.body)
		}
	}
	if a.status < 500 {
		return
	}
	id, failures := a.header.Get("X-Request-Id"), 0
	for line := range strings.Lines(c.log()) {
		if strings.Contains(line, id) && strings.Contains(line, "operation failed") {
			failures++
		}
	}
	if failures != 1 {
		t.Errorf("the log has %d failures of request %s, want 1", failures, id)
	}
}

// settles loses the outcome of commits that were made.
func (c *client) settles(t *testing.T, f *faultyStore, u *user) {
	f.failCommits(t, func(_ storage.Commit, next func() error) error {
		if err := next(); err != nil {
			return err
		}
		return storage.ErrUnknown
	})
	first := c.post(t, u, "/orders", soup).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
	path := "/orders/" + first.str(t, "orderId")
	c.put(t, u, path, pie).expect(t, want{status: 200, json: fields{"version": 2}})
	c.remove(t, u, path).expect(t, want{status: 200, json: fields{"version": 3}})
}

// contended answers every change with the news that another was faster.
func (c *client) contended(t *testing.T, f *faultyStore, u *user) {
	id := c.place(t, u, soup)
	decisions := 0
	f.failCommits(t, func(commit storage.Commit, _ func() error) error {
		decisions++
		return &storage.Conflict{Key: commit.Writes[0].Key(), Current: commit.Writes[0].Old}
	})
	c.hidesInternals(t, c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 503, problem: "contended", header: retry}))
	if decisions != 8 {
		t.Errorf("it was decided %d times, want 8", decisions)
	}
}

func (c *client) failedReads(t *testing.T, f *faultyStore, u *user) {
	for _, x := range []struct {
		fault error
		want  want
	}{
		{storage.ErrBusy, want{status: 503, problem: "busy", header: retry}},
		{errors.New(secretText), want{status: 500, problem: "internal"}},
	} {
		f.failReads(t, func() error { return x.fault })
		for _, r := range []request{{method: "GET", path: "/orders"}, {method: "GET", path: "/orders/x"}, {method: "DELETE", path: "/orders/x"}} {
			r.as = u
			c.hidesInternals(t, c.send(t, r).expect(t, x.want))
		}
	}
}

func (c *client) panics(t *testing.T, f *faultyStore, u *user) {
	t.Run("while it panics", func(t *testing.T) {
		f.failCommits(t, func(storage.Commit, func() error) error { panic(secretText) })
		a := c.post(t, u, "/orders", soup).expect(t, want{status: 500, problem: "internal"})
		c.hidesInternals(t, a)
		if n := strings.Count(c.log(), secretText); n == 0 {
			t.Error("the log doesn't say what happened")
		}
	})
	c.post(t, u, "/orders", soup).expect(t, want{status: 200})
}
