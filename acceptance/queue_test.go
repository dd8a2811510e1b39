package acceptance

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	typed "comanda/client"
	"comanda/order"
)

func queueScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, staff, admin := c.signUp(t, "ana"), c.signUp(t, "staff", "restaurant-1"), c.signUp(t, "admin", "apiAdmins")
	c.queueFilters(t, s, u, staff, admin)
	s.scenario(t, "an edit moves an order from one restaurant's queue to another's", func(t *testing.T) { c.movesBetweenQueues(t, u, staff) })
	s.scenario(t, "a restaurant whose id is text has a queue", func(t *testing.T) {
		id := c.place(t, u, of(`"casa:9.b"`, soup))
		wantQueue(t, c, c.signUp(t, "casa", "restaurant-casa:9.b"), "casa:9.b", "", id)
	})
	s.scenario(t, "staff work a long queue while customers edit and cancel", func(t *testing.T) { newShift(t, s).work(t) })
}

// lister returns a page of a list of orders.
type lister func(context.Context, typed.Filter) (typed.OrderPage, error)

// pages goes through the pages of a list of orders, from any goroutine, and shows
// each of them before it asks for the next.
func pages(list lister, f typed.Filter, show func([]typed.Order)) ([]typed.Order, error) {
	var all []typed.Order
	for {
		page, err := list(context.Background(), f)
		if err != nil {
			return nil, err
		}
		if len(page.Orders) > f.Limit {
			return nil, fmt.Errorf("got a page of %d orders, want at most %d", len(page.Orders), f.Limit)
		}
		show(page.Orders)
		all = append(all, page.Orders...)
		if f.NextToken = page.NextToken; f.NextToken == "" {
			return all, nil
		}
	}
}

// queueOf lists a restaurant's queue.
func queueOf(c *typed.Client, restaurant string) lister {
	return func(ctx context.Context, f typed.Filter) (typed.OrderPage, error) {
		id, err := order.ParseID(restaurant, false)
		if err != nil {
			return typed.OrderPage{}, err
		}
		return c.Queue(ctx, id, f)
	}
}

// queue returns the ids of a restaurant's queue.
func (c *client) queue(t *testing.T, as *user, restaurant string, status order.Status, limit int) []string {
	t.Helper()
	orders, err := pages(queueOf(c.by(t, as), restaurant), typed.Filter{Status: status, Limit: limit}, func([]typed.Order) {})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(orders))
	for i, o := range orders {
		got[i] = o.OrderID
	}
	return got
}

// wantQueue fails the test unless the queue is these orders, in this order.
func wantQueue(t *testing.T, c *client, as *user, restaurant string, status order.Status, wanted ...string) {
	t.Helper()
	for _, limit := range []int{2, 100} {
		if got := c.queue(t, as, restaurant, status, limit); !slices.Equal(got, wanted) {
			t.Errorf("queue of %s %s in pages of %d: got %v, want %v", restaurant, status, limit, got, wanted)
		}
	}
}

func (c *client) queueFilters(t *testing.T, s *suite, u, staff, admin *user) {
	var placed []string
	for i := range 5 {
		placed = append(placed, c.place(t, u, named(fmt.Sprintf("q-%d-%s", 9-i, newID()), soup)))
		c.tick(time.Second)
	}
	other := c.place(t, u, of("2", soup))
	c.step(t, staff, u, placed[1], "ACKNOWLEDGED", "").expect(t, want{status: 200})
	c.step(t, staff, u, placed[2], "ACKNOWLEDGED", "").expect(t, want{status: 200})
	c.step(t, staff, u, placed[2], "DISPATCHED", "").expect(t, want{status: 200})
	s.scenario(t, "a queue shows open orders, oldest first", func(t *testing.T) {
		wantQueue(t, c, staff, "1", "", placed...)
		wantQueue(t, c, admin, "1", "", placed...)
		wantQueue(t, c, admin, "2", "", other)
		wantQueue(t, c, admin, "3", "")
	})
	s.scenario(t, "a queue shows whose orders they are, and who did what", func(t *testing.T) {
		c.get(t, staff, "/restaurants/1/orders/").expect(t, want{status: 200, json: fields{
			"orders.#": 5, "orders.1.userId": u.id, "orders.1.status": "ACKNOWLEDGED", "orders.1.history.0.by": staff.id, "orders.1.version": 2, "nextToken": absent}})
	})
	s.scenario(t, "a queue can be narrowed to a status", func(t *testing.T) {
		wantQueue(t, c, staff, "1", order.Placed, placed[0], placed[3], placed[4])
		wantQueue(t, c, staff, "1", order.Acknowledged, placed[1])
		wantQueue(t, c, staff, "1", order.Dispatched, placed[2])
	})
	invalid := func(violation string) want {
		return want{status: 400, problem: "invalid-input", violations: []string{violation}}
	}
	token := url.QueryEscape(c.get(t, admin, "/restaurants/1/orders?limit=1").str(t, "nextToken"))
	c.exchanges(t, staff, []exchange{
		{"a queue has no delivered orders", request{method: "GET", path: "/restaurants/1/orders?status=DELIVERED"}, invalid("query.status queue")},
		{"a queue has no canceled orders", request{method: "GET", path: "/restaurants/1/orders?status=CANCELED"}, invalid("query.status queue")},
		{"a queue has no orders of an unknown status", request{method: "GET", path: "/restaurants/1/orders?status=placed"}, invalid("query.status no status")},
		{"another restaurant's queue is refused", request{method: "GET", path: "/restaurants/2/orders"}, forbidden},
		{"a restaurant with a longer id is another one", request{method: "GET", path: "/restaurants/11/orders"}, forbidden},
		{"a customer sees no queue", request{method: "GET", path: "/restaurants/1/orders", as: u}, forbidden},
		{"a restaurant's id can be wrong", request{method: "GET", path: "/restaurants/a%20b/orders", as: admin}, invalid("path.restaurantId")},
		{"a place in a queue is the caller's", request{method: "GET", path: "/restaurants/1/orders?limit=1&nextToken=" + token}, invalid("query.nextToken")},
		{"a place in a queue is the restaurant's", request{method: "GET", path: "/restaurants/2/orders?limit=1&nextToken=" + token, as: admin}, invalid("query.nextToken")},
	})
	s.scenario(t, "closed orders leave the queue", func(t *testing.T) {
		c.step(t, staff, u, placed[2], "DELIVERED", "").expect(t, want{status: 200})
		c.step(t, staff, u, placed[1], "CANCELED", "").expect(t, want{status: 200})
		c.remove(t, u, "/orders/"+placed[0]).expect(t, want{status: 200})
		wantQueue(t, c, staff, "1", "", placed[3], placed[4])
		c.remove(t, u, "/orders/"+placed[3]).expect(t, want{status: 200})
		c.remove(t, u, "/orders/"+placed[4]).expect(t, want{status: 200})
		wantQueue(t, c, staff, "1", "")
	})
}

// tick lets time pass where it can be moved.
func (c *client) tick(d time.Duration) {
	if clock := c.clock(); clock != nil {
		clock.Move(d)
	}
}

func (c *client) movesBetweenQueues(t *testing.T, u, one *user) {
	eight, nine := c.signUp(t, "eight", "restaurant-8"), c.signUp(t, "nine", "restaurant-9")
	first := c.place(t, u, of("8", soup))
	c.tick(time.Second)
	second := c.place(t, u, of("9", soup))
	c.put(t, u, "/orders/"+first, of("9", pie)).expect(t, want{status: 200, json: fields{"version": 2}})
	wantQueue(t, c, eight, "8", "")
	wantQueue(t, c, nine, "9", "", first, second) // in its place by the time of placing
	c.step(t, eight, u, first, "ACKNOWLEDGED", "").expect(t, want{status: 404, problem: "not-found"})
	c.put(t, u, "/orders/"+first, of(`"8"`, pie)).expect(t, want{status: 200, json: fields{"version": 3}})
	wantQueue(t, c, eight, "8", "", first)
	wantQueue(t, c, nine, "9", "", second)
	c.step(t, eight, u, first, "ACKNOWLEDGED", "").expect(t, want{status: 200})
	c.put(t, u, "/orders/"+first, of("9", pie)).expect(t, want{status: 400, problem: "wrong-status"})
	wantQueue(t, c, eight, "8", "", first)
	c.get(t, one, "/restaurants/8/orders").expect(t, forbidden)
}

const (
	shiftOrders    = 500
	shortShift     = 200 // orders, where every request is a process's work
	shiftCustomers = 8
	shiftStaff     = 4
	shiftPage      = 37 // orders; no divisor of shiftOrders
)

// shift is a restaurant's work on many orders, with everything that was answered.
type shift struct {
	*client
	orders    int
	staff     []*user
	customers []*user
	admin     *user
	clients   map[*user]*typed.Client
	ids       []string
	number    map[string]int // of an order: says what becomes of it

	mu       sync.Mutex
	answered map[string]map[int]typed.Order // by order and version
	refused  int                            // for the order's status
	errs     []error
}

func newShift(t *testing.T, s *suite) *shift {
	w := &shift{client: s.open(t, options{}), orders: shiftOrders, number: map[string]int{}, answered: map[string]map[int]typed.Order{}}
	w.admin = w.signUp(t, "admin", "apiAdmins")
	w.clients = map[*user]*typed.Client{}
	for range shiftStaff {
		w.staff = append(w.staff, w.signUp(t, "staff", "restaurant-1"))
	}
	for range shiftCustomers {
		w.customers = append(w.customers, w.signUp(t, "customer"))
	}
	for _, u := range slices.Concat(w.staff, w.customers) {
		w.clients[u] = w.by(t, u)
	}
	if s.target.differs(gatewayBodies) {
		w.orders = shortShift
	}
	for i := range w.orders {
		w.ids = append(w.ids, newID())
		w.number[w.ids[i]] = i
	}
	return w
}

// quiet orders stay open all the time: no one closes them.
func quiet(number int) bool { return number%5 == 0 }

func (w *shift) owner(number int) *user { return w.customers[number%shiftCustomers] }

func (w *shift) work(t *testing.T) {
	const batch = 100
	for from := 0; from < w.orders; from += batch {
		var placing sync.WaitGroup
		for number := from; number < from+batch; number++ {
			placing.Go(func() {
				w.record(w.clients[w.owner(number)].Place(t.Context(), typed.Placement{OrderID: w.ids[number], Content: soupOf("")}))
			})
		}
		placing.Wait()
		w.tick(time.Second)
	}
	var working sync.WaitGroup
	for i := range w.staff {
		working.Go(func() { w.serve(i) })
	}
	for i := range w.customers {
		working.Go(func() { w.interfere(i) })
	}
	working.Wait()
	for _, err := range w.errs {
		t.Error(err)
	}
	w.settle(t)
}

// record notes what a change came to. Whatever shows one version of an order must show it alike.
func (w *shift) record(o typed.Order, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case errors.Is(err, typed.WrongStatus):
		w.refused++
		return
	case err != nil:
		w.errs = append(w.errs, err)
		return
	}
	if w.answered[o.OrderID] == nil {
		w.answered[o.OrderID] = map[int]typed.Order{}
	}
	before, known := w.answered[o.OrderID][o.Version]
	if known && (before.Status != o.Status || before.Note != o.Note || len(before.History) != len(o.History)) {
		w.errs = append(w.errs, fmt.Errorf("version %d of %s is both %s and %s", o.Version, o.OrderID, before.JSON(), o.JSON()))
	}
	w.answered[o.OrderID][o.Version] = o
}

func (w *shift) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errs = append(w.errs, err)
}

// serve pages through the queue and works each page before it looks at the
// next, until there is nothing left to do. Each order is two members' work.
func (w *shift) serve(member int) {
	as, busy := w.clients[w.staff[member]], true
	for busy {
		busy = false
		orders, err := pages(queueOf(as, "1"), typed.Filter{Limit: shiftPage}, func(page []typed.Order) {
			for _, o := range page {
				number := w.number[o.OrderID]
				next := nextStep(number, o.Status)
				if next == "" || (number+member)%shiftStaff > 1 {
					continue
				}
				busy = true
				w.record(as.SetStatus(context.Background(), o.UserID, o.OrderID, order.Step{Status: next}, typed.AnyVersion))
			}
		})
		if err == nil {
			err = w.complete(orders)
		}
		if err != nil {
			w.fail(err)
			return
		}
	}
}

// nextStep returns what staff do with an order: a fifth is left alone, a fifth
// acknowledged, a fifth canceled, and the rest delivered.
func nextStep(number int, status order.Status) order.Status {
	switch {
	case quiet(number) || number%5 == 1 && status != order.Placed:
		return ""
	case number%5 == 2:
		return order.Canceled
	}
	return map[order.Status]order.Status{order.Placed: order.Acknowledged, order.Acknowledged: order.Dispatched, order.Dispatched: order.Delivered}[status]
}

// interfere edits every other order of a customer, and cancels some, from the
// newest to the oldest, towards the staff.
func (w *shift) interfere(customer int) {
	as := w.clients[w.customers[customer]]
	for number := len(w.ids) - 1; number >= 0; number-- {
		switch id := w.ids[number]; {
		case number%shiftCustomers != customer:
		case number%7 == 3 && !quiet(number):
			w.record(as.Cancel(context.Background(), id, typed.AnyVersion))
		case number%2 == 0 || number%3 == 0:
			w.record(as.Edit(context.Background(), id, soupOf(fmt.Sprintf("edit %d", number)), typed.AnyVersion))
		}
	}
}

// complete reports an order that is missing, out of its place or there twice.
func (w *shift) complete(orders []typed.Order) error {
	shown := map[string]bool{}
	for i, o := range orders {
		if shown[o.OrderID] {
			return fmt.Errorf("the queue shows %s twice", o.OrderID)
		}
		shown[o.OrderID] = true
		if i > 0 && o.OrderTime.Before(orders[i-1].OrderTime) {
			return fmt.Errorf("the queue shows %s of %s after %s of %s", o.OrderID, o.OrderTime, orders[i-1].OrderID, orders[i-1].OrderTime)
		}
	}
	for number, id := range w.ids {
		if quiet(number) && !shown[id] {
			return fmt.Errorf("the queue of %d orders leaves out %s, which is open", len(orders), id)
		}
	}
	return nil
}

// settle compares what is stored with everything that was answered: every
// version was answered to a client, and nothing that was answered is gone.
func (w *shift) settle(t *testing.T) {
	statuses, open := map[order.Status]int{}, []string{}
	for _, u := range w.customers {
		for o, err := range w.by(t, w.admin).AllCustomerOrders(t.Context(), u.id, typed.Filter{Limit: 100}) {
			if err != nil {
				t.Fatal(err)
			}
			w.consistent(t, o)
			if statuses[o.Status]++; o.Status != order.Canceled && o.Status != order.Delivered {
				open = append(open, o.OrderID)
			}
		}
	}
	if total := statuses[order.Placed] + statuses[order.Acknowledged] + statuses[order.Dispatched] + statuses[order.Delivered] + statuses[order.Canceled]; total != w.orders {
		t.Errorf("got %d orders, want %d", total, w.orders)
	}
	for _, status := range []order.Status{order.Placed, order.Acknowledged, order.Delivered, order.Canceled} {
		if statuses[status] == 0 {
			t.Errorf("got no order %s among %v: the shift proves too little", status, statuses)
		}
	}
	if w.refused == 0 {
		t.Error("got no refusal: staff and customers never met")
	}
	if queued := w.queue(t, w.staff[0], "1", "", 100); !sameSet(queued, open) {
		t.Errorf("the queue has %d orders, want the %d open ones", len(queued), len(open))
	}
}

func (w *shift) consistent(t *testing.T, o typed.Order) {
	t.Helper()
	answers := w.answered[o.OrderID]
	if len(answers) != o.Version {
		t.Errorf("%s is at version %d, and %d versions were answered", o.OrderID, o.Version, len(answers))
		return
	}
	for version := 2; version <= o.Version; version++ {
		before, after := answers[version-1], answers[version]
		moved := len(after.History) == len(before.History)+1 && after.Status == after.History[len(after.History)-1].Status && after.Note == before.Note
		edited := len(after.History) == len(before.History) && after.Status == order.Placed && before.Status == order.Placed && after.Note != before.Note
		if !moved && !edited {
			t.Errorf("%s: version %d is %s after %s, want one change", o.OrderID, version, after.JSON(), before.JSON())
		}
	}
	if last := answers[o.Version]; o.Status != last.Status || o.Note != last.Note || len(o.History) != len(last.History) {
		t.Errorf("%s: stored is %s, answered was %s", o.OrderID, o.JSON(), last.JSON())
	}
}
