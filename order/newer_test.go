package order

import (
	"context"
	"errors"
	"strings"
	"testing"

	"comanda/storage"
)

// upgrade rewrites an order of ana's as a release with format 2 would, in the same places.
func (k kitchen) upgrade(id string) storage.Record {
	k.t.Helper()
	old, err := k.get(background, "ana", id)
	if err != nil {
		k.t.Fatal(err)
	}
	r := old
	r.Doc = []byte(strings.Replace(string(old.Doc), `{"format":1`, `{"format":2,"readyAt":"2026-03-14T12:30:00Z"`, 1))
	if err := storage.Apply(background, k.store, storage.Commit{Writes: []storage.Write{{Old: &old, New: &r}}}); err != nil {
		k.t.Fatal(err)
	}
	return r
}

func TestAnOrderOfALaterReleaseIsRefusedAndLeftAsItIs(t *testing.T) {
	k := newKitchen(t)
	reported := 0
	k.ReportUnreadable(func(_ context.Context, err *UnreadableError) { reported++ })
	for _, id := range []string{"o-1", "o-2", "o-3"} {
		c := lunch()
		c.Note = "call me"
		k.place(id, c)
	}
	newer := k.upgrade("o-2")
	for what, do := range map[string]func() error{
		"get": func() error {
			_, err := k.Get(background, "ana", "o-2")
			return err
		},
		"place": func() error {
			_, _, err := k.Place(background, "ana", Placement{OrderID: "o-2", Content: lunch()}, route, "")
			return err
		},
		"edit": func() error {
			_, err := k.Edit(background, "ana", "o-2", dinner(), nil)
			return err
		},
		"cancel": func() error {
			_, err := k.Cancel(background, "ana", "o-2", []int{1})
			return err
		},
		"advance": func() error {
			_, err := k.Advance(background, "kit-7", "ana", "o-2", Step{Status: Acknowledged}, nil, anyRestaurant)
			return err
		},
	} {
		err := do()
		var refused *storage.NewerError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "format 2 is newer than this release: upgrade this process") {
			t.Errorf("%s: got %v, want a refusal that asks for an upgrade", what, err)
		}
	}
	for name, list := range map[string]func() (Page, error){
		"list":  func() (Page, error) { return k.List(background, "ana", Filter{Limit: 9}) },
		"queue": func() (Page, error) { return k.Queue(background, "1", Filter{Limit: 9}) },
	} {
		reported = 0
		page, err := list()
		if err != nil || len(page.Orders) != 2 || page.Unreadable != 1 || reported != 1 {
			t.Errorf("%s: got %d orders and %d left out, %d reported (%v), want 2 and 1, reported", name, len(page.Orders), page.Unreadable, reported, err)
		}
	}
	var refused *storage.NewerError
	if n, err := k.Erase(background, "admin", "ana"); !errors.As(err, &refused) || n != 2 {
		t.Errorf("erase: got %d, %v, want the 2 others, and an error that asks for an upgrade", n, err)
	}
	r, err := k.store.Get(background, newer.Key)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "record", newer, r)
}
