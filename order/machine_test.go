package order

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"comanda/storagetest"

	"pgregory.net/rapid"
)

// machine compares a service on SQLite with a map, step by step. Its customers
// are new in each run, so that runs can share a file.
type machine struct {
	service *Service
	clock   *storagetest.Clock
	user    string
	orders  map[string]Order
	first   map[string]string // the first answer, by order id
}

var contents = []func() Content{lunch, dinner, func() Content {
	c := lunch()
	c.Total, c.Note = c.Total+1, "another"
	return c
}}

func drawContent(t *rapid.T) Content { return rapid.SampledFrom(contents).Draw(t, "content")() }

func drawID(t *rapid.T) string {
	return rapid.SampledFrom([]string{"o-1", "o-2", "o-3"}).Draw(t, "order")
}

func (m *machine) place(t *rapid.T) {
	p, key := Placement{Content: drawContent(t)}, rapid.SampledFrom([]string{"", "key-1", "key-2"}).Draw(t, "key")
	if key == "" {
		p.OrderID = drawID(t)
	}
	id := cmp.Or(p.OrderID, OrderIDFromKey(m.user, route, key))
	before, exists := m.orders[id]
	got, replayed, err := m.service.Place(background, m.user, p, route, key)
	if exists && !before.Repeats(p.Content) {
		if err != ErrReused {
			t.Fatalf("place other content: got %v, want %v", err, ErrReused)
		}
		return
	}
	if err != nil || replayed != exists {
		t.Fatalf("place: got replayed %v, %v, want %v", replayed, err, exists)
	}
	if !exists {
		before = Place(m.user, id, p.Content, FlagTotal, m.clock.Now())
		m.orders[id] = before
	}
	if encoded(got) != encoded(before) {
		t.Fatalf("place: got %+v, want %+v", got, before)
	}
	answer, err := got.FirstAnswer()
	if err != nil {
		t.Fatalf("first answer: %v", err)
	}
	if !exists {
		m.first[id] = string(answer)
	}
}

// change compares an operation of the service with the pure function behind it.
func (m *machine) change(t *rapid.T, id string, match []int, do func() (Order, error), pure func(Order) (Order, error)) {
	before, exists := m.orders[id]
	after, want := pure(before)
	switch {
	case !exists:
		want = ErrNotFound
	case match != nil && !slices.Contains(match, before.Version):
		want = ErrPrecondition
	}
	got, err := do()
	if fmt.Sprint(err) != fmt.Sprint(want) {
		t.Fatalf("change %s: got error %v, want %v", id, err, want)
	}
	if want == nil {
		if encoded(got) != encoded(after) {
			t.Fatalf("change %s: got %+v, want %+v", id, got, after)
		}
		m.orders[id] = after
	}
}

func drawMatch(t *rapid.T) []int {
	if rapid.Bool().Draw(t, "any version") {
		return nil
	}
	return rapid.SliceOfN(rapid.IntRange(1, 4), 1, 3).Draw(t, "versions")
}

func (m *machine) edit(t *rapid.T) {
	id, c, match := drawID(t), drawContent(t), drawMatch(t)
	m.change(t, id, match, func() (Order, error) { return m.service.Edit(background, m.user, id, c, match) },
		func(o Order) (Order, error) { return o.Edit(c, FlagTotal, m.clock.Now()) })
}

func (m *machine) cancel(t *rapid.T) {
	id, match := drawID(t), drawMatch(t)
	m.change(t, id, match, func() (Order, error) { return m.service.Cancel(background, m.user, id, match) },
		func(o Order) (Order, error) { return o.Cancel(m.clock.Now()) })
}

func (m *machine) advance(t *rapid.T) {
	id, match := drawID(t), drawMatch(t)
	s := Step{Status: rapid.SampledFrom(Statuses).Draw(t, "status"), Reason: rapid.SampledFrom([]string{"", "why"}).Draw(t, "reason")}
	if s.Status == Dispatched && rapid.Bool().Draw(t, "courier") {
		s.Delivery = &Courier{ID: ID{rapid.SampledFrom([]string{"44", "45"}).Draw(t, "courier id"), true}, Name: "Wheels"}
	}
	m.change(t, id, match, func() (Order, error) {
		return m.service.Advance(background, staff.ID, m.user, id, s, match, anyRestaurant)
	}, func(o Order) (Order, error) { return o.Advance(s, staff, m.clock.Now()) })
}

// passTime moves the clock, now and then to where an order is just too old, and
// sometimes back.
func (m *machine) passTime(t *rapid.T) {
	m.clock.Move(rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, CancelWindow - time.Millisecond, CancelWindow, 25 * time.Hour,
		-time.Second, -time.Minute}).Draw(t, "time"))
}

// check reads everything back and compares it with the model: one order, and a
// list with all of them or those of one status.
func (m *machine) check(t *rapid.T) {
	id := drawID(t)
	want, exists := m.orders[id]
	switch got, err := m.service.Get(background, m.user, id); {
	case !exists && err != ErrNotFound:
		t.Fatalf("get %s: got %+v, %v, want %v", id, got, err, ErrNotFound)
	case exists && (err != nil || encoded(got) != encoded(want)):
		t.Fatalf("get %s: got %+v, %v, want %+v", id, got, err, want)
	}
	f := Filter{Status: rapid.SampledFrom([]Status{"", "", Placed, Canceled}).Draw(t, "listed"), Limit: rapid.IntRange(2, 6).Draw(t, "limit")}
	got := m.list(t, f)
	if all := m.expected(f.Status); !slices.EqualFunc(got, all, func(a, b Order) bool { return encoded(a) == encoded(b) }) {
		t.Fatalf("list %q in pages of %d: got %v, want %v", f.Status, f.Limit, ids(got), ids(all))
	}
	for _, o := range got {
		m.checkOrder(t, o)
	}
}

// checkOrder holds an order to what is true of every order.
func (m *machine) checkOrder(t *rapid.T, o Order) {
	if answer, err := o.FirstAnswer(); err != nil || string(answer) != m.first[o.OrderID] {
		t.Fatalf("first answer of %s: got %s, %v, want %s", o.OrderID, answer, err, m.first[o.OrderID])
	}
	last := Placed
	if n := len(o.History); n > 0 {
		last = o.History[n-1].Status
	}
	if last != o.Status || len(o.History) > o.Version-1 {
		t.Fatalf("order %s: got %s, version %d and history %+v, which don't belong together", o.OrderID, o.Status, o.Version, o.History)
	}
}

func (m *machine) list(t *rapid.T, f Filter) (all []Order) {
	for {
		page, err := m.service.List(background, m.user, f)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		if all = append(all, page.Orders...); page.Next == "" {
			return all
		}
		f.After = page.Next
	}
}

// expected returns the model's orders of a status, "" for all, newest first.
func (m *machine) expected(status Status) []Order {
	var all []Order
	for _, o := range m.orders {
		if status == "" || o.Status == status {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b Order) int {
		return cmp.Or(b.OrderTime.Compare(a.OrderTime), cmp.Compare(b.OrderID, a.OrderID))
	})
	return all
}

// fewer lowers the number of runs of a costly property, unless the command line
// asks for a number with -rapid.checks.
func fewer(t *testing.T, runs string) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if checks.Value.String() != checks.DefValue {
		return
	}
	if err := checks.Value.Set(runs); err != nil {
		t.Fatalf("set the number of runs: %v", err)
	}
	t.Cleanup(func() {
		if err := checks.Value.Set(checks.DefValue); err != nil {
			t.Errorf("reset the number of runs: %v", err)
		}
	})
}

func TestRandomOperationsAgreeWithAMap(t *testing.T) {
	fewer(t, "40")
	store := newStore(t)
	var runs atomic.Int64
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{clock: storagetest.NewClock(noon), user: fmt.Sprintf("ana-%d", runs.Add(1)), orders: map[string]Order{}, first: map[string]string{}}
		m.service = NewService(store, FlagTotal, m.clock.Now)
		t.Repeat(map[string]func(*rapid.T){
			"place": m.place, "edit": m.edit, "cancel": m.cancel, "advance": m.advance, "advance again": m.advance,
			"pass time": m.passTime, "": m.check,
		})
	})
}
