package order

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"comanda/storage"
)

// foreign is an order as the workshop's Python functions store it: keys
// repeated inside, no format, no version, seconds, whatever else was sent.
const foreign = `{"orderId":"o-9","userId":"ana","restaurantId":1,"totalAmount":19.97,"orderItems":[` +
	`{"id":1,"name":"Lentil soup","price":9.99,"quantity":1},{"id":2,"name":"Flat bread","price":4.99,"quantity":2}],` +
	`"status":"PLACED","orderTime":"2026-03-14T12:00:00Z","coupon":{"code":"SPRING","off":[1.50,true]}}`

func decodeForeign(t *testing.T, doc string) Order {
	t.Helper()
	r := recordOf("o-9", []byte(doc))
	r.Version = ""
	o, err := Decode(r)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return o
}

func TestOrdersOfTheWorkshopAreOrders(t *testing.T) {
	got := decodeForeign(t, foreign)
	at := noon.Truncate(time.Second)
	want := Order{
		UserID: "ana", OrderID: "o-9", Content: lunch(), Status: Placed, Version: 1, OrderTime: at, UpdatedAt: at, UpdatedBy: ana,
		renderer: 1, rest: got.rest,
	}
	wantSame(t, "order", want, got)
	if !got.Repeats(lunch()) {
		t.Error("a repetition: got another order, want the same")
	}
	answer, err := got.FirstAnswer()
	if err != nil {
		t.Fatalf("first answer: %v", err)
	}
	wantBytes(t, "first answer", golden(t, "renderer1/workshop.json", answer), answer)
}

func TestOrdersOfTheWorkshopCanBeChangedAndKeepWhatElseTheyHold(t *testing.T) {
	at := noon.Add(time.Minute)
	for name, change := range map[string]func(Order) (Order, error){
		"edited":   func(o Order) (Order, error) { return o.Edit(dinner(), AcceptTotal, at) },
		"canceled": func(o Order) (Order, error) { return o.Cancel(at) },
		"advanced": func(o Order) (Order, error) { return o.Advance(Step{Status: Acknowledged}, staff, at) },
	} {
		t.Run(name, func(t *testing.T) {
			o := must(t)(change(decodeForeign(t, foreign)))
			r, err := Encode(o)
			if err != nil {
				t.Fatalf("encode: %v", err)
			}
			var members map[string]json.RawMessage
			if err := json.Unmarshal(r.Doc, &members); err != nil {
				t.Fatalf("the document %s: %v", r.Doc, err)
			}
			for member, want := range map[string]string{"orderId": `"o-9"`, "userId": `"ana"`, "coupon": `{"code":"SPRING","off":[1.50,true]}`,
				"format": "1", "version": "2", "status": `"` + string(o.Status) + `"`} {
				if got := string(members[member]); got != want {
					t.Errorf("member %s: got %s, want %s", member, got, want)
				}
			}
			back := decodeForeign(t, string(r.Doc))
			wantSame(t, "decoded again", o, back)
			if !back.Repeats(lunch()) {
				t.Error("a repetition of the placement: got another order, want the same")
			}
		})
	}
}

func TestOrdersOfTheWorkshopMayLackWhatOursHave(t *testing.T) {
	for _, tc := range []struct {
		name, doc string
		want      []Item
	}{
		{"no items", strings.Replace(foreign, `"orderItems":[`, `"orderItems":[],"was":[`, 1), []Item{}},
		{"null items", strings.Replace(foreign, `"orderItems":[`, `"orderItems":null,"was":[`, 1), nil},
		{"an item without quantity", strings.Replace(foreign, `"orderItems":[`, `"orderItems":[{"id":5,"name":"Tea","price":1}],"was":[`, 1),
			[]Item{{ID: ID{"5", true}, Name: "Tea", Price: 10_000, Quantity: 1}}},
		{"an item without id", strings.Replace(foreign, `"orderItems":[`, `"orderItems":[{"name":"Tea","price":1,"quantity":2}],"was":[`, 1),
			[]Item{{Name: "Tea", Price: 10_000, Quantity: 2}}},
		{"an item with nothing", strings.Replace(foreign, `"orderItems":[`, `"orderItems":[{}],"was":[`, 1), []Item{{Quantity: 1}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := decodeForeign(t, tc.doc)
			wantSame(t, "items", tc.want, o.Items)
			o = must(t)(o.Advance(Step{Status: Acknowledged}, staff, noon.Add(time.Minute)))
			r, err := Encode(o)
			if err != nil {
				t.Fatalf("encode: %v", err)
			}
			if back := decodeForeign(t, string(r.Doc)); len(back.Items) != len(o.Items) || back.Status != Acknowledged || !back.Same(o.Content) {
				t.Errorf("decoded again: got %+v, want %+v", back, o)
			}
		})
	}
}

func TestOldWorkshopOrdersAreTooOldToCancel(t *testing.T) {
	o := decodeForeign(t, foreign)
	if _, err := o.Cancel(o.OrderTime.Add(24*time.Hour + 5*time.Minute)); err == nil {
		t.Error("cancel a day later: got success, want an error")
	}
}

func TestIndexOfPlacesOrdersOfOtherSoftware(t *testing.T) {
	const at = "1773489600000"
	queued := map[string]storage.IndexKey{byTime: {Partition: "ana", Sort: at + "_o-9"}, open: {Partition: "1", Sort: at + "_" + Digest("ana", "o-9")}}
	listed := func(sort string) map[string]storage.IndexKey {
		return map[string]storage.IndexKey{byTime: {Partition: "ana", Sort: sort}}
	}
	for _, tc := range []struct {
		name, doc string
		want      map[string]storage.IndexKey
	}{
		{"open", foreign, queued},
		{"canceled", strings.Replace(foreign, "PLACED", "CANCELED", 1), listed(at + "_o-9")},
		{"open, of no restaurant", strings.Replace(foreign, `"restaurantId":1`, `"restaurantId":null`, 1), listed(at + "_o-9")},
		{"unreadable but for its time", strings.Replace(foreign, "19.97", `"much"`, 1), listed(at + "_o-9")},
		{"a time of another kind", `{"orderTime":1773489600}`, listed("0000000000000_o-9")},
		{"a time of another format", `{"orderTime":"yesterday"}`, listed("0000000000000_o-9")},
		{"nothing of an order", `{}`, listed("0000000000000_o-9")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantSame(t, "places", tc.want, IndexOf(keyOf("ana", "o-9"), []byte(tc.doc)))
		})
	}
}

func TestAnOrderThatCantBeReadDoesntHideTheOthers(t *testing.T) {
	k := newKitchen(t)
	var reported []string
	k.ReportUnreadable(func(_ context.Context, err *UnreadableError) { reported = append(reported, err.OrderID) })
	for _, id := range []string{"o-1", "o-2", "o-3"} {
		k.place(id, lunch())
	}
	old, err := k.get(background, "ana", "o-2")
	if err != nil {
		t.Fatal(err)
	}
	broken := old
	broken.Doc = []byte(strings.Replace(string(old.Doc), "19.97", `"much"`, 1))
	if err := k.store.Commit(background, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &old, New: &broken}}}); err != nil {
		t.Fatal(err)
	}
	for _, f := range []Filter{{Limit: 3}, {Limit: 2}, {Limit: 2, Status: Placed}} {
		reported = nil
		page, err := k.List(background, "ana", f)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		wantSame(t, "list", []string{"ana/o-3", "ana/o-1"}, ids(page.Orders))
		if page.Unreadable != 1 {
			t.Errorf("orders left out: got %d, want 1", page.Unreadable)
		}
		wantSame(t, "reported", []string{"o-2"}, reported)
	}
	if queue, err := k.Queue(background, "1", Filter{Limit: 9}); err != nil || len(queue.Orders) != 2 || queue.Unreadable != 1 {
		t.Errorf("queue: got %d orders and %d left out (%v), want 2 and 1", len(queue.Orders), queue.Unreadable, err)
	}
	var unreadable *UnreadableError
	if _, err := k.Get(background, "ana", "o-2"); !errors.As(err, &unreadable) || unreadable.OrderID != "o-2" {
		t.Errorf("get: got %v, want %T", err, unreadable)
	}
	if n, err := k.Erase(background, "admin", "ana"); err == nil || n != 0 {
		t.Errorf("erase: got %d, %v, want an error, because notes may stay", n, err)
	}
}
