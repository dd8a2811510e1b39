package client_test

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	"comanda/client"
	"comanda/order"
)

// lossy is a network that carries requests to the server, and loses the answers to
// as many of them as it is told to.
type lossy struct {
	mu   sync.Mutex
	lose int
}

// RoundTrip implements [http.RoundTripper].
func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || l.lose == 0 || r.URL.Path == "/" { // where users sign in
		return resp, err
	}
	l.lose--
	return nil, errors.Join(io.ErrUnexpectedEOF, resp.Body.Close())
}

func (l *lossy) next(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose = n
}

func TestALostAnswerLosesNoOrderAndMakesNoSecondOne(t *testing.T) {
	way := &lossy{}
	c := visitor(t, "", way)
	way.next(3)
	placed := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	if !placed.Replayed {
		t.Error("got a first answer, want its repetition")
	}
	page, err := c.Orders(t.Context(), client.Filter{})
	if err != nil || len(page.Orders) != 1 || page.Orders[0].OrderID != placed.OrderID {
		t.Errorf("got %d orders, %v, want one", len(page.Orders), err)
	}
}

func TestAChangeWhoseAnswerWasLostIsDoneOnce(t *testing.T) {
	way := &lossy{}
	c, boss := visitor(t, "", way), visitor(t, "apiAdmins", way)
	o := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	content := soup()
	content.Note = "hot"
	for _, step := range []struct {
		what string
		do   func(o client.Order) (client.Order, error)
	}{
		{"edit", func(o client.Order) (client.Order, error) { return c.Edit(t.Context(), o.OrderID, content, o.Version) }},
		{"step", func(o client.Order) (client.Order, error) {
			return boss.SetStatus(t.Context(), o.UserID, o.OrderID, order.Step{Status: order.Acknowledged}, o.Version)
		}},
		{"step with a courier", func(o client.Order) (client.Order, error) {
			return boss.SetStatus(t.Context(), o.UserID, o.OrderID, order.Step{Status: order.Dispatched, Delivery: &order.Courier{ID: order.NumberID(1), Name: "Ivy"}}, o.Version)
		}},
	} {
		way.next(1)
		changed, err := step.do(o)
		if err != nil || changed.Version != o.Version+1 {
			t.Fatalf("%s: got version %d, %v, want version %d", step.what, changed.Version, err, o.Version+1)
		}
		o = changed
	}
	other := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	way.next(1)
	if canceled, err := c.Cancel(t.Context(), other.OrderID, other.Version); err != nil || canceled.Status != order.Canceled || canceled.Version != 2 {
		t.Errorf("cancel: got %s, %v, want it canceled once", canceled.JSON(), err)
	}
}

func TestAChangeOfSomebodyElseIsNotTakenForOnesOwn(t *testing.T) {
	way := &lossy{}
	c, direct := visitor(t, "", way), visitor(t, "", nil)
	o := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	theirs, ours := soup(), soup()
	theirs.Note, ours.Note = "theirs", "ours"
	mustOrder(t)(direct.Edit(t.Context(), o.OrderID, theirs, o.Version))
	way.next(1) // of the refusal
	if got, err := c.Edit(t.Context(), o.OrderID, ours, o.Version); !errors.Is(err, client.PreconditionFailed) || leftOpen(err) {
		t.Errorf("got %s, %v, want %v for sure", got.JSON(), err, client.PreconditionFailed)
	}
	mustOrder(t)(direct.Edit(t.Context(), o.OrderID, ours, 2)) // and back, to what was wanted here
	way.next(1)
	if got, err := c.Edit(t.Context(), o.OrderID, ours, o.Version); !errors.Is(err, client.PreconditionFailed) || !leftOpen(err) {
		t.Errorf("two versions on: got %s, %v, want %v, and that it is unknown", got.JSON(), err, client.PreconditionFailed)
	}
	boss := visitor(t, "apiAdmins", way)
	canceled := mustOrder(t)(boss.SetStatus(t.Context(), o.UserID, o.OrderID, order.Step{Status: order.Canceled, Reason: "sold out"}, 3))
	way.next(1)
	if _, err := boss.SetStatus(t.Context(), o.UserID, o.OrderID, order.Step{Status: order.Canceled, Reason: "closed"}, 3); !errors.Is(err, client.PreconditionFailed) {
		t.Errorf("the same step for another reason: got %v, want %v, because it is %s", err, client.PreconditionFailed, canceled.JSON())
	}
}

func leftOpen(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Unknown()
}

func TestWhatMayNotBeRepeatedSaysThatItIsUnknown(t *testing.T) {
	way := &lossy{}
	c := visitor(t, "", way)
	o := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	way.next(1)
	_, err := c.Cancel(t.Context(), o.OrderID, client.AnyVersion)
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Status != 0 || !e.Unknown() || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("got %v, want an unknown outcome", err)
	}
	if o = mustOrder(t)(c.Order(t.Context(), o.OrderID)); o.Status != order.Canceled {
		t.Errorf("status: got %s, want %s, as the request did arrive", o.Status, order.Canceled)
	}
}
