package acceptance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// entry is what a client knows of one order of its own.
type entry struct {
	owner     *user
	placement request
	first     *answer // to the placement; nil until one came
	last      []byte  // body of the last answer; nil until one came
	version   int     // in it
	status    string  // in it
	pending   string  // the operation that has no answer yet: "", "place", "edit", "cancel"
	content   string  // that a pending edit would leave, as totalAmount
}

// worker works on orders of its own, one request after the other, so that it
// always knows what every order must be.
type worker struct {
	c      *client
	number int
	users  []*user
	random *rand.Rand
	orders []*entry
	acked  func() // is called after every answer
}

// run works until the server is gone. It returns what was wrong with an answer.
func (w *worker) run() error {
	for {
		e, op := w.choose()
		done, err := w.do(e, op)
		if !done || err != nil {
			return err
		}
		w.acked()
	}
}

// choose picks an order and what to do with it: place a new one half of the time,
// otherwise repeat, edit or cancel one that is there.
func (w *worker) choose() (*entry, string) {
	if len(w.orders) == 0 || w.random.IntN(2) == 0 {
		id := fmt.Sprintf("w%d-%d", w.number, len(w.orders))
		e := &entry{owner: w.users[w.random.IntN(len(w.users))]}
		body := named(id, []string{soup, pie}[w.random.IntN(2)])
		e.placement = request{method: "POST", path: "/orders", as: e.owner, body: body}
		w.orders = append(w.orders, e)
		return e, "place"
	}
	e := w.orders[w.random.IntN(len(w.orders))]
	return e, []string{"place", "edit", "edit", "cancel"}[w.random.IntN(4)]
}

func (e *entry) id() string {
	var body struct{ OrderID string }
	if err := json.Unmarshal([]byte(e.placement.body), &body); err != nil {
		return err.Error()
	}
	return body.OrderID
}

// do sends one request. done is false when no answer came: the server is gone,
// and what became of the request is open.
func (w *worker) do(e *entry, op string) (done bool, err error) {
	r := e.placement
	e.pending = op
	switch op {
	case "edit":
		e.content = fmt.Sprint(w.random.IntN(1000))
		r = request{method: "PUT", path: "/orders/" + e.id(), as: e.owner, body: `{"restaurantId":1,"orderItems":[{"id":1,"name":"Edit","price":1}],"totalAmount":` + e.content + `}`}
	case "cancel":
		r = request{method: "DELETE", path: "/orders/" + e.id(), as: e.owner}
	}
	a, err := w.c.try(r)
	if err == nil {
		e.pending = ""
		return true, e.accept(op, a)
	}
	return false, nil
}

// accept compares an answer with what is known, and remembers it.
func (e *entry) accept(op string, a answer) error {
	switch {
	case op == "place" && a.status == 200 && e.first == nil:
		e.first = &a
		if e.last == nil {
			return e.remember(a.body)
		}
		return nil
	case op == "place" && a.status == 200:
		return a.isReplay(*e.first)
	case op != "place" && a.status == 400 && e.status == "CANCELED":
		return nil
	case op != "place" && a.status == 200:
		return e.remember(a.body)
	}
	return fmt.Errorf("%s of order %s, which is %s at version %d: got %d %s", op, e.id(), e.status, e.version, a.status, a.body)
}

// stored is what an answer says of an order.
type stored struct {
	OrderID     string
	Status      string
	Version     int
	TotalAmount json.Number
}

func (e *entry) remember(body []byte) error {
	var s stored
	if err := json.Unmarshal(body, &s); err != nil {
		return err
	}
	if s.Version != e.version && s.Version != e.version+1 {
		return fmt.Errorf("order %s: got version %d after %d", s.OrderID, s.Version, e.version)
	}
	e.last, e.version, e.status = body, s.Version, s.Status
	return nil
}

// survived compares an order after a crash, nil for none, with what was
// acknowledged before and what may have happened since, and remembers it.
func (e *entry) survived(body []byte) error {
	pending := e.pending
	e.pending = ""
	if body == nil {
		if e.last == nil {
			return nil
		}
		return fmt.Errorf("order %s was acknowledged at version %d and is lost", e.id(), e.version)
	}
	var s stored
	if err := json.Unmarshal(body, &s); err != nil {
		return err
	}
	switch {
	case e.last != nil && s.Version == e.version && string(body) == string(e.last):
		return nil
	case e.last == nil && s.Version == 1 && pending == "place",
		s.Version == e.version+1 && pending == "edit" && s.Status == "PLACED" && s.TotalAmount.String() == e.content,
		s.Version == e.version+1 && pending == "cancel" && s.Status == "CANCELED":
		return e.remember(body)
	}
	return fmt.Errorf("order %s: got %s, want what was acknowledged, %s, or that after a pending %q", e.id(), body, e.last, pending)
}
