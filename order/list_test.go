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

// stocked returns a kitchen with n orders of ana's, a millisecond apart but two
// at a time, in every status by turns, and one of ben's; and ana's orders as a
// list shows them.
func stocked(t *testing.T, n int) (kitchen, []Order) {
	t.Helper()
	k := newKitchen(t)
	want := make([]Order, n)
	for i := range n {
		o := asOf(t, Statuses[i%len(Statuses)])
		o.OrderID, o.OrderTime = fmt.Sprintf("o-%02d", i), noon.Add(time.Duration(i/2)*time.Millisecond)
		k.overwrite(o)
		want[n-1-i] = o
	}
	bens := Place("ben", "o-00", dinner(), AcceptTotal, noon)
	k.overwrite(bens)
	return k, want
}

// pages lists all of ana's orders, page by page; between is called after each.
func (k kitchen) pages(f Filter, between func()) (all []Order) {
	k.t.Helper()
	for range 1000 {
		page, err := k.List(background, "ana", f)
		if err != nil {
			k.t.Fatalf("list: %v", err)
		}
		if len(page.Orders) > f.Limit {
			k.t.Fatalf("page: got %d orders, want at most %d", len(page.Orders), f.Limit)
		}
		all = append(all, page.Orders...)
		if page.Next == "" {
			return all
		}
		f.After = page.Next
		between()
	}
	k.t.Fatalf("list of %+v: got no end after 1000 pages", f)
	return nil
}

func ids(orders []Order) []string {
	out := make([]string, len(orders))
	for i, o := range orders {
		out[i] = o.UserID + "/" + o.OrderID
	}
	return out
}

func TestPagesOfEverySizeAddUpToTheList(t *testing.T) {
	k, want := stocked(t, 23)
	for limit := 1; limit <= 24; limit++ {
		wantSame(t, fmt.Sprintf("pages of %d", limit), ids(want), ids(k.pages(Filter{Limit: limit}, func() {})))
	}
	wantSame(t, "one page of 100", want, k.pages(Filter{Limit: MaxPage}, func() {}))
}

func TestFiltersSelectByStatusAndTime(t *testing.T) {
	k, all := stocked(t, 23)
	ms := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Millisecond) }
	for _, status := range append([]Status{""}, Statuses...) {
		for _, span := range [][2]time.Time{
			{}, {noon, {}}, {{}, noon}, {ms(1), {}}, {{}, ms(1)}, {ms(3), ms(7)}, {ms(3), ms(4)}, {ms(4), ms(4)}, {ms(7), ms(3)},
			{ms(11), {}}, {ms(12), {}}, {{}, ms(12)}, {noon.Add(-time.Hour), noon.Add(time.Hour)},
			{time.UnixMilli(-1), time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)}, {time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), {}},
		} {
			var want []Order
			for _, o := range all {
				if (status == "" || o.Status == status) && !o.OrderTime.Before(span[0]) && (span[1].IsZero() || o.OrderTime.Before(span[1])) {
					want = append(want, o)
				}
			}
			for _, limit := range []int{1, 2, 5, 50} {
				got := k.pages(Filter{Status: status, From: span[0], To: span[1], Limit: limit}, func() {})
				if !slices.Equal(ids(want), ids(got)) {
					t.Errorf("status %q from %s to %s, pages of %d: got %v, want %v", status, span[0], span[1], limit, ids(got), ids(want))
				}
			}
		}
	}
}

func TestPagesAreNotDisturbedByOrdersThatComeBetween(t *testing.T) {
	for _, limit := range []int{1, 3, 10} {
		k, want := stocked(t, 23)
		k.clock.Move(time.Hour)
		got := k.pages(Filter{Limit: limit}, func() {
			k.clock.Move(time.Second)
			k.place("", lunch())
		})
		wantSame(t, fmt.Sprintf("pages of %d", limit), ids(want), ids(got))
	}
}

func TestNewOrdersAreListedAtOnceAndFirst(t *testing.T) {
	k, _ := stocked(t, 3)
	k.clock.Move(time.Hour)
	for i := range 5 {
		k.clock.Move(time.Millisecond)
		o := k.place(fmt.Sprintf("new-%d", i), lunch())
		page, err := k.List(background, "ana", Filter{Limit: 1})
		if err != nil || len(page.Orders) != 1 {
			t.Fatalf("list: got %d orders, %v, want 1", len(page.Orders), err)
		}
		wantSame(t, "newest", o, page.Orders[0])
	}
}

func TestAnOrderStaysInItsPlaceWhenItChanges(t *testing.T) {
	k := newKitchen(t)
	for i := range 3 {
		k.place(fmt.Sprintf("o-%d", i), lunch())
		k.clock.Move(time.Second)
	}
	must(t)(k.Edit(background, "ana", "o-0", dinner(), nil))
	must(t)(k.Cancel(background, "ana", "o-1", nil))
	wantSame(t, "list", []string{"ana/o-2", "ana/o-1", "ana/o-0"}, ids(k.pages(Filter{Limit: 2}, func() {})))
	wantSame(t, "canceled", []string{"ana/o-1"}, ids(k.pages(Filter{Limit: 2, Status: Canceled}, func() {})))
}

func TestAListOfNobodyIsEmpty(t *testing.T) {
	k, _ := stocked(t, 3)
	page, err := k.List(background, "zoe", Filter{Limit: 50})
	if err != nil || page.Orders == nil || len(page.Orders) != 0 || page.Next != "" {
		t.Errorf("list: got %+v, %v, want an empty page and not nil", page, err)
	}
}

func TestACursorFromElsewhereIsRefused(t *testing.T) {
	k, _ := stocked(t, 4)
	if _, err := k.List(background, "ana", Filter{Limit: 2, After: "bogus"}); !errors.Is(err, storage.ErrCursor) {
		t.Errorf("list: got %v, want %v", err, storage.ErrCursor)
	}
}

// A rare status among very many orders must not make one request read them all.
func TestAFilteredPageLooksAtABoundedNumberOfOrders(t *testing.T) {
	k := newKitchen(t)
	placed, err := Encode(asOf(t, Placed))
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	canceled, err := Encode(asOf(t, Canceled))
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	examined, rare := 0, maxExamined+300 // the only canceled order is far back
	k.store.OnQuery = func(_ context.Context, q storage.Query) (storage.Page, error) {
		page := storage.Page{Next: "more"}
		for range q.Limit {
			r := placed
			if examined++; examined == rare {
				r = canceled
			}
			page.Records = append(page.Records, r)
		}
		if examined >= rare {
			page.Next = ""
		}
		return page, nil
	}
	f := Filter{Status: Canceled, Limit: 100}
	first, err := k.List(background, "ana", f)
	if err != nil || len(first.Orders) != 0 || first.Next != "more" || examined != maxExamined {
		t.Errorf("first page: got %d orders, next %q, %d examined, %v, want an empty page with a next after %d", len(first.Orders), first.Next, examined, err, maxExamined)
	}
	f.After = first.Next
	second, err := k.List(background, "ana", f)
	if err != nil || len(second.Orders) != 1 || second.Next != "" {
		t.Errorf("second page: got %d orders, next %q, %v, want the canceled order and the end", len(second.Orders), second.Next, err)
	}
}
