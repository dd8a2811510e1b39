package order

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"comanda/storage"
)

var background = context.Background()

func TestPlacingStoresAnOrder(t *testing.T) {
	k := newKitchen(t)
	o := k.place("o-1", dinner())
	wantSame(t, "answer", Place("ana", "o-1", dinner(), AcceptTotal, noon), o)
	got, err := k.Get(background, "ana", "o-1")
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	wantSame(t, "stored order", o, got)
}

func TestPlacingAgainIsARepetitionWhateverHappenedSince(t *testing.T) {
	for name, since := range map[string]func(k kitchen){
		"nothing":         func(kitchen) {},
		"a year":          func(k kitchen) { k.clock.Move(365 * 24 * time.Hour) },
		"an edit":         func(k kitchen) { must(t)(k.Edit(background, "ana", "o-1", dinner(), nil)) },
		"a cancellation":  func(k kitchen) { must(t)(k.Cancel(background, "ana", "o-1", nil)) },
		"acknowledgement": func(k kitchen) { k.advance("o-1", Step{Status: Acknowledged}) },
		"dispatch with a courier": func(k kitchen) {
			k.advance("o-1", Step{Status: Acknowledged})
			k.advance("o-1", Step{Status: Dispatched, Delivery: dinner().Delivery})
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKitchen(t)
			first, err := k.place("o-1", lunch()).FirstAnswer()
			if err != nil {
				t.Fatalf("first answer: %v", err)
			}
			k.clock.Move(time.Minute)
			since(k)
			now := k.stored("o-1")
			again, replayed, err := k.Place(background, "ana", Placement{OrderID: "o-1", Content: lunch()}, route, "ignored")
			if err != nil || !replayed {
				t.Fatalf("place again: got replayed %v, %v, want a repetition", replayed, err)
			}
			wantSame(t, "order", now, again)
			answer, err := again.FirstAnswer()
			if err != nil {
				t.Fatalf("first answer again: %v", err)
			}
			wantBytes(t, "first answer", first, answer)
			_, _, err = k.Place(background, "ana", Placement{OrderID: "o-1", Content: dinner()}, route, "")
			if !errors.Is(err, ErrReused) {
				t.Errorf("place something else: got %v, want %v", err, ErrReused)
			}
			wantSame(t, "stored order", now, k.stored("o-1"))
		})
	}
}

func TestAnOrderIDBelongsToItsCustomer(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	o, replayed, err := k.Place(background, "ben", Placement{OrderID: "o-1", Content: dinner()}, route, "")
	if err != nil || replayed || o.UserID != "ben" {
		t.Fatalf("place as ben: got %+v, replayed %v, %v, want an order of his own", o, replayed, err)
	}
	wantSame(t, "ana's order", lunch(), k.stored("o-1").Content)
}

func TestAKeyStandsForAnOrderID(t *testing.T) {
	k := newKitchen(t)
	place := func(user, id string, c Content, route, key string) (Order, bool, error) {
		return k.Place(background, user, Placement{OrderID: id, Content: c}, route, key)
	}
	first, _, err := place("ana", "", lunch(), route, "key-1")
	if err != nil || first.OrderID != OrderIDFromKey("ana", route, "key-1") {
		t.Fatalf("place: got id %s, %v, want that of the key", first.OrderID, err)
	}
	for _, tc := range []struct {
		name, user, id string
		content        Content
		route, key     string
		replayed       bool
		err            error
	}{
		{"the same again", "ana", "", lunch(), route, "key-1", true, nil},
		{"other content", "ana", "", dinner(), route, "key-1", false, ErrReused},
		{"another key", "ana", "", lunch(), route, "key-2", false, nil},
		{"another route", "ana", "", lunch(), "POST /else", "key-1", false, nil},
		{"another customer", "ben", "", lunch(), route, "key-1", false, nil},
		{"an order id beside the key", "ana", "o-1", dinner(), route, "key-1", false, nil},
	} {
		o, replayed, err := place(tc.user, tc.id, tc.content, tc.route, tc.key)
		if replayed != tc.replayed || !errors.Is(err, tc.err) {
			t.Errorf("%s: got replayed %v, %v, want %v, %v", tc.name, replayed, err, tc.replayed, tc.err)
		}
		if err == nil && (o.OrderID == first.OrderID && o.UserID == "ana") != tc.replayed {
			t.Errorf("%s: got order %s of %s", tc.name, o.OrderID, o.UserID)
		}
	}
}

func TestWithoutIDAndKeyEveryPlacementIsNew(t *testing.T) {
	k := newKitchen(t)
	a, b := k.place("", lunch()), k.place("", lunch())
	if a.OrderID == b.OrderID || !ValidOrderID(a.OrderID) {
		t.Errorf("ids: got %q and %q, want two valid ones", a.OrderID, b.OrderID)
	}
}

func TestOrdersThatAreNotThereAreNotFound(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	for _, tc := range []struct{ user, order string }{{"ana", "o-2"}, {"ben", "o-1"}, {"ana", ""}, {"ana", "a/b"}, {"ana", "ö"}} {
		_, get := k.Get(background, tc.user, tc.order)
		_, edit := k.Edit(background, tc.user, tc.order, dinner(), nil)
		_, cancel := k.Cancel(background, tc.user, tc.order, nil)
		_, advance := k.Advance(background, "kit-7", tc.user, tc.order, Step{Status: Acknowledged}, nil, anyRestaurant)
		for name, err := range map[string]error{"get": get, "edit": edit, "cancel": cancel, "advance": advance} {
			if err != ErrNotFound {
				t.Errorf("%s %q of %s: got %v, want %v", name, tc.order, tc.user, err, ErrNotFound)
			}
		}
	}
}

func TestChangesAreStoredWithTheTimeOfTheClock(t *testing.T) {
	k := newKitchen(t)
	o := k.place("o-1", lunch())
	k.clock.Move(time.Minute)
	o = must(t)(o.Edit(dinner(), AcceptTotal, k.clock.Now()))
	wantSame(t, "edited", o, must(t)(k.Edit(background, "ana", "o-1", dinner(), nil)))
	wantSame(t, "edited, as stored", o, k.stored("o-1"))
	k.clock.Move(time.Minute)
	o = must(t)(o.Advance(Step{Status: Acknowledged}, staff, k.clock.Now()))
	wantSame(t, "acknowledged", o, k.advance("o-1", Step{Status: Acknowledged}))
	wantSame(t, "acknowledged, as stored", o, k.stored("o-1"))
	p := k.place("o-2", lunch())
	k.clock.Move(9 * time.Minute)
	p = must(t)(p.Cancel(k.clock.Now()))
	wantSame(t, "canceled", p, must(t)(k.Cancel(background, "ana", "o-2", nil)))
	wantSame(t, "canceled, as stored", p, k.stored("o-2"))
}

func TestRefusalsStoreNothing(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", lunch())
	k.clock.Move(10 * time.Minute)
	before := k.stored("o-1")
	k.store.OnCommit = func(context.Context, storage.Commit) error {
		t.Error("a commit was sent, want none")
		return storage.ErrBusy
	}
	var old *TooOldError
	if _, err := k.Cancel(background, "ana", "o-1", nil); !errors.As(err, &old) {
		t.Errorf("cancel: got %v, want a TooOldError", err)
	}
	var status *StatusError
	if _, err := k.Advance(background, "kit-7", "ana", "o-1", Step{Status: Delivered}, nil, anyRestaurant); !errors.As(err, &status) {
		t.Errorf("deliver: got %v, want a StatusError", err)
	}
	if o, err := k.Edit(background, "ana", "o-1", lunch(), nil); err != nil || o.Version != 1 {
		t.Errorf("edit to the same: got version %d, %v, want 1", o.Version, err)
	}
	wantSame(t, "stored order", before, k.stored("o-1"))
}

func TestStaffSeeOrdersOfTheirRestaurantsOnly(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", dinner())
	asked := ""
	_, err := k.Advance(background, "kit-7", "ana", "o-1", Step{Status: Acknowledged}, []int{99}, func(restaurant string) bool {
		asked = restaurant
		return false
	})
	if err != ErrNotFound || asked != "casa:9" {
		t.Errorf("advance: got %v after asking about %q, want %v about casa:9", err, asked, ErrNotFound)
	}
	if got := k.stored("o-1").Status; got != Placed {
		t.Errorf("status: got %s, want PLACED", got)
	}
}

func TestVersionsThatCallersInsistOn(t *testing.T) {
	k := newKitchen(t)
	for i, tc := range []struct {
		name  string
		match []int
		ok    bool
	}{
		{"none", nil, true},
		{"the current one", []int{2}, true},
		{"the current one among others", []int{7, 2, 1}, true},
		{"an old one", []int{1}, false},
		{"a later one", []int{3}, false},
		{"a list of none", []int{}, false},
	} {
		for action, act := range map[string]func(id string) (Order, error){
			"edit":         func(id string) (Order, error) { return k.Edit(background, "ana", id, lunch(), tc.match) },
			"edit-to-same": func(id string) (Order, error) { return k.Edit(background, "ana", id, dinner(), tc.match) },
			"cancel":       func(id string) (Order, error) { return k.Cancel(background, "ana", id, tc.match) },
			"acknowledge": func(id string) (Order, error) {
				return k.Advance(background, "kit-7", "ana", id, Step{Status: Acknowledged}, tc.match, anyRestaurant)
			},
			"deliver": func(id string) (Order, error) {
				return k.Advance(background, "kit-7", "ana", id, Step{Status: Delivered}, tc.match, anyRestaurant)
			},
		} {
			id := fmt.Sprintf("%s-%d", action, i)
			k.place(id, lunch())
			before := must(t)(k.Edit(background, "ana", id, dinner(), nil))
			_, err := act(id)
			var status *StatusError
			switch {
			case !tc.ok && err != ErrPrecondition:
				t.Errorf("%s on %s: got %v, want %v", action, tc.name, err, ErrPrecondition)
			case tc.ok && action == "deliver" && !errors.As(err, &status):
				t.Errorf("%s on %s: got %v, want a StatusError", action, tc.name, err)
			case tc.ok && action != "deliver" && err != nil:
				t.Errorf("%s on %s: got %v, want success", action, tc.name, err)
			}
			if !tc.ok {
				wantSame(t, action+" on "+tc.name+": stored order", before, k.stored(id))
			}
		}
	}
}
