package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"comanda/storage"
)

// queue lists a restaurant's open orders, page by page.
func (k kitchen) queue(restaurant string, f Filter) (all []Order) {
	k.t.Helper()
	for {
		page, err := k.Queue(background, restaurant, f)
		if err != nil {
			k.t.Fatalf("queue: %v", err)
		}
		all = append(all, page.Orders...)
		if f.After = page.Next; f.After == "" {
			return all
		}
	}
}

func TestTheQueueHasARestaurantsOpenOrdersOldestFirst(t *testing.T) {
	k := newKitchen(t)
	var want []Order
	for i := range 15 {
		o := asOf(t, Statuses[i%len(Statuses)])
		o.UserID, o.OrderTime = []string{"ana", "ben", "eve"}[i%3], noon.Add(time.Duration(i)*time.Millisecond)
		o.OrderID = fmt.Sprintf("o-%d", i)
		k.overwrite(o)
		if o.Status.Open() {
			want = append(want, o)
		}
	}
	k.place("elsewhere", dinner())
	for _, limit := range []int{1, 2, 7, MaxPage} {
		wantSame(t, fmt.Sprintf("pages of %d", limit), ids(want), ids(k.queue("1", Filter{Limit: limit})))
	}
	wantSame(t, "another restaurant's queue", []string{"ana/elsewhere"}, ids(k.queue("casa:9", Filter{Limit: 10})))
	wantSame(t, "nobody's queue", []string{}, ids(k.queue("2", Filter{Limit: 10})))
	dispatched := slices.DeleteFunc(slices.Clone(want), func(o Order) bool { return o.Status != Dispatched })
	wantSame(t, "dispatched orders", ids(dispatched), ids(k.queue("1", Filter{Limit: 2, Status: Dispatched})))
	wantSame(t, "orders of a span", ids(want[1:3]), ids(k.queue("1", Filter{Limit: 5, From: want[1].OrderTime, To: want[3].OrderTime})))
}

func TestEqualOrderIDsOfTheSameMomentAreBothInTheQueue(t *testing.T) {
	k := newKitchen(t)
	for _, user := range []string{"ana", "ben", "eve"} {
		k.overwrite(Place(user, "o-1", lunch(), AcceptTotal, noon))
	}
	got := ids(k.queue("1", Filter{Limit: 1}))
	slices.Sort(got)
	wantSame(t, "queue", []string{"ana/o-1", "ben/o-1", "eve/o-1"}, got)
}

func TestAnOrderFollowsItsEditToAnotherQueue(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	must(t)(k.Edit(background, "ana", "o-1", dinner(), nil))
	if old, now := k.queue("1", Filter{Limit: 5}), k.queue("casa:9", Filter{Limit: 5}); len(old) != 0 || len(now) != 1 {
		t.Errorf("queues: got %v and %v, want it in the second only", ids(old), ids(now))
	}
	must(t)(k.Cancel(background, "ana", "o-1", nil))
	if now := k.queue("casa:9", Filter{Limit: 5}); len(now) != 0 {
		t.Errorf("queue after the cancellation: got %v, want none", ids(now))
	}
}

func TestTheQueueAnswersErrors(t *testing.T) {
	k := newKitchen(t)
	if _, err := k.Queue(background, "1", Filter{Limit: 2, After: "bogus"}); !errors.Is(err, storage.ErrCursor) {
		t.Errorf("bad cursor: got %v, want %v", err, storage.ErrCursor)
	}
	k.store.OnQuery = func(context.Context, storage.Query) (storage.Page, error) { return storage.Page{}, storage.ErrBusy }
	if _, err := k.Queue(background, "1", Filter{Limit: 2}); !errors.Is(err, storage.ErrBusy) {
		t.Errorf("busy store: got %v, want %v", err, storage.ErrBusy)
	}
}
