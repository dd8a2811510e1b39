package order

import (
	"errors"
	"testing"
	"time"

	"comanda/storage"
	"comanda/storagetest"
)

// TestACallerWhoLeavesDuringTheCommitIsNotLiedTo has each operation on a store that ends
// the caller's context with the commit, after applying it or without.
func TestACallerWhoLeavesDuringTheCommitIsNotLiedTo(t *testing.T) {
	type operation func(k kitchen, leaving *storagetest.Departing) (Order, error)
	operations := map[string]operation{
		"place": func(k kitchen, s *storagetest.Departing) (Order, error) {
			o, replayed, err := k.Place(s.Context(background), "ana", Placement{OrderID: "new", Content: lunch()}, route, "")
			if replayed {
				t.Error("place: got a repetition, want a new order")
			}
			return o, err
		},
		"edit": func(k kitchen, s *storagetest.Departing) (Order, error) {
			return k.Edit(s.Context(background), "ana", "o-1", dinner(), nil)
		},
		"cancel": func(k kitchen, s *storagetest.Departing) (Order, error) {
			return k.Cancel(s.Context(background), "ana", "o-1", nil)
		},
		"status": func(k kitchen, s *storagetest.Departing) (Order, error) {
			return k.Advance(s.Context(background), "kit-7", "ana", "o-1", Step{Status: Acknowledged}, nil, anyRestaurant)
		},
	}
	for name, do := range operations {
		for _, apply := range []bool{true, false} {
			k := newKitchen(t)
			before := k.place("o-1", lunch())
			leaving := &storagetest.Departing{Store: k.store, Apply: apply}
			k.Service = NewService(leaving, AcceptTotal, k.clock.Now)
			k.clock.Move(time.Minute)
			o, err := do(k, leaving)
			switch {
			case apply && err != nil:
				t.Errorf("%s, applied: got %v, want success", name, err)
			case apply:
				wantSame(t, name+", applied: order", k.stored(o.OrderID), o)
			case !errors.Is(err, storage.ErrUnknown) && !errors.Is(err, storage.ErrBusy):
				t.Errorf("%s, not applied: got %v, want %v or %v", name, err, storage.ErrUnknown, storage.ErrBusy)
			default:
				wantSame(t, name+", not applied: stored order", before, k.stored("o-1"))
				if _, err := k.Get(background, "ana", "new"); !errors.Is(err, ErrNotFound) {
					t.Errorf("%s, not applied: got %v for the new order, want %v", name, err, ErrNotFound)
				}
			}
		}
	}
}
