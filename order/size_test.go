package order

import (
	"strings"
	"testing"
	"time"

	"comanda/storage"
)

// largest is a content that takes the most bytes: a control character takes six
// in JSON, twice what any other character does.
func largest(last string) Content {
	text := func(n int) string { return strings.Repeat("\x01", n-1) + last }
	id := ID{strings.Repeat("i", MaxID), false}
	c := Content{
		Restaurant: id, Total: MaxTotal - 1, Delivery: &Courier{ID: id, Name: text(MaxName)},
		Note: text(MaxText), Address: text(MaxText), Items: make([]Item, MaxItems),
	}
	for i := range c.Items {
		c.Items[i] = Item{ID: id, Name: text(MaxName), Price: MaxPrice - 1, Quantity: MaxQuantity}
	}
	return c
}

func TestTheLargestOrderCanBePlacedEditedAndDelivered(t *testing.T) {
	k := newKitchen(t)
	id, reason := strings.Repeat("o", MaxID), strings.Repeat("\x01", MaxReason)
	k.place(id, largest("\x02"))
	must(t)(k.Edit(background, "ana", id, largest("\x03"), nil))
	for _, s := range []Status{Acknowledged, Dispatched, Delivered} {
		k.clock.Move(time.Minute)
		k.advance(id, Step{Status: s, Reason: reason})
	}
	r, err := k.store.Store.Get(background, keyOf("ana", id))
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	if len(r.Doc) > storage.MaxDoc || len(r.Doc) < storage.MaxDoc*9/10 {
		t.Errorf("document: got %d bytes, want little less than %d", len(r.Doc), storage.MaxDoc)
	}
	if !k.stored(id).Repeats(largest("\x02")) {
		t.Error("the placed content: got another, want it kept")
	}
}
