package order

import (
	"fmt"
	"testing"
	"time"

	"comanda/storage"
)

// tally writes down what an observer is told.
type tally []string

func (n *tally) OrderPlaced(total Money) { *n = append(*n, "placed "+total.String()) }
func (n *tally) OrderReplayed()          { *n = append(*n, "replayed") }
func (n *tally) OrderCanceled()          { *n = append(*n, "canceled") }

func TestTheObserverIsToldWhatWasStored(t *testing.T) {
	k := newKitchen(t)
	var seen tally
	k.Observe(&seen)
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"a placement", func() { k.place("o-1", lunch()) }, "[placed 19.97]"},
		{"its repetition", func() { _, _, _ = k.Place(background, "ana", Placement{OrderID: "o-1", Content: lunch()}, route, "") }, "[replayed]"},
		{"a reused id", func() { _, _, _ = k.Place(background, "ana", Placement{OrderID: "o-1", Content: dinner()}, route, "") }, "[]"},
		{"an edit", func() { must(t)(k.Edit(background, "ana", "o-1", dinner(), nil)) }, "[]"},
		{"a cancellation", func() { must(t)(k.Cancel(background, "ana", "o-1", nil)) }, "[canceled]"},
		{"its repetition", func() { must(t)(k.Cancel(background, "ana", "o-1", nil)) }, "[]"},
		{"a placement of unknown outcome", func() {
			k.cut(true, func() {})
			k.place("o-2", dinner())
		}, "[placed 45]"},
		{"a cancellation that is refused", func() {
			k.clock.Move(time.Hour)
			_, _ = k.Cancel(background, "ana", "o-2", nil)
		}, "[]"},
		{"a cancellation by staff", func() { k.advance("o-2", Step{Status: Canceled}) }, "[canceled]"},
	}
	for _, step := range steps {
		seen = nil
		step.do()
		if got := fmt.Sprint(seen); got != step.want {
			t.Errorf("%s: got %s, want %s", step.name, got, step.want)
		}
	}
}

func TestErasingACustomersOrdersCanBeRepeated(t *testing.T) {
	k := newKitchen(t)
	for i := range MaxPage + 5 {
		k.clock.Move(time.Millisecond)
		k.overwrite(Place("ana", fmt.Sprintf("o-%03d", i), []Content{lunch(), dinner()}[i%2], AcceptTotal, k.clock.Now()))
	}
	bens := Place("ben", "o-000", dinner(), AcceptTotal, noon)
	k.overwrite(bens)
	for _, want := range []int{(MaxPage + 5) / 2, 0} {
		if n, err := k.Erase(background, "admin-1", "ana"); err != nil || n != want {
			t.Fatalf("erase: got %d, %v, want %d changed", n, err, want)
		}
	}
	for _, o := range k.pages(Filter{Limit: MaxPage}, func() {}) {
		if o.Note+o.Address != "" || len(o.Items) == 0 {
			t.Errorf("order %s: got %+v, want it without note and address", o.OrderID, o.Content)
		}
	}
	if o, err := k.Get(background, "ben", "o-000"); err != nil || encoded(o) != encoded(bens) {
		t.Errorf("another customer's order: got %+v, %v, want it untouched", o, err)
	}
}

// As in a table with our indexes into which items were copied, until they are adopted.
func TestErasingFindsOrdersThatAreInNoIndex(t *testing.T) {
	k := newKitchen(t)
	for i := range MaxPage + 1 {
		r, err := Encode(Place("ana", fmt.Sprintf("o-%03d", i), dinner(), AcceptTotal, noon))
		if err != nil {
			t.Fatal(err)
		}
		r.Index = nil
		if err := k.store.Commit(background, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := k.Erase(background, "admin-1", "ana"); n != MaxPage+1 || err != nil {
		t.Errorf("erase: got %d, %v, want %d changed", n, err, MaxPage+1)
	}
	if o := k.stored("o-000"); o.Note+o.Address != "" {
		t.Errorf("erased order: got %+v, want it without note and address", o.Content)
	}
}

func TestErasingEndsWithTheFirstError(t *testing.T) {
	k := newKitchen(t)
	k.place("o-1", dinner())
	k.cut(false, func() {})
	if n, err := k.Erase(background, "admin-1", "ana"); n != 0 || err == nil || !k.stored("o-1").Same(dinner()) {
		t.Errorf("erase: got %d, %v, want an error and nothing changed", n, err)
	}
	if n, err := k.Erase(background, "admin-1", "ana"); n != 1 || err != nil {
		t.Errorf("erase again: got %d, %v, want 1 changed", n, err)
	}
}
