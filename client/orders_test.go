package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"comanda/client"
	"comanda/order"
)

func TestAnOrderComesBackAsItWasSent(t *testing.T) {
	c := visitor(t, "", nil)
	casa, err := order.ParseID("casa:9", false)
	if err != nil {
		t.Fatal(err)
	}
	content := order.Content{
		Restaurant: casa, Total: 922_337_203_685,
		Items:    []order.Item{{ID: order.NumberID(7), Name: `Crème & <b>`, Price: 1, Quantity: 3}, {ID: casa, Name: "Té", Price: 1_000_000 * order.Unit, Quantity: 1}},
		Delivery: &order.Courier{ID: order.NumberID(4), Name: "Wheels"}, Note: "no salt\n", Address: "1 Quay Street",
	}
	before := time.Now().Truncate(time.Second)
	placed := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: content}))
	if placed.Status != order.Placed || placed.Version != 1 || placed.ETag() != `"1"` || placed.Replayed || placed.UserID == "" {
		t.Errorf("got %+v, want version 1 of a new order", placed)
	}
	if placed.OrderTime.Before(before) || placed.OrderTime.After(time.Now()) {
		t.Errorf("placed at: got %v, want now", placed.OrderTime)
	}
	if !placed.Same(content) || placed.Items[0].ID != content.Items[0].ID || placed.Restaurant != casa {
		t.Errorf("content: got %+v, want %+v, ids in the form in which they were sent", placed.Content, content)
	}
	read := mustOrder(t)(c.Order(t.Context(), placed.OrderID))
	if string(read.JSON()) != string(placed.JSON()) || !strings.Contains(string(read.JSON()), `"totalAmount":92233720.3685`) {
		t.Errorf("JSON: got %s, want %s", read.JSON(), placed.JSON())
	}
	text, err := json.Marshal(read)
	var back client.Order
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil || !back.Same(content) || !back.OrderTime.Equal(read.OrderTime) || back.Version != 1 {
		t.Errorf("through encoding/json: got %s, %v, want the same order", text, err)
	}
}

func TestAPlacementIsPlacedOnceUnderItsIDOrKey(t *testing.T) {
	c := visitor(t, "", nil)
	for name, p := range map[string]client.Placement{
		"an id":  {OrderID: "one", Content: soup()},
		"a key":  {Key: "weekly/7", Content: soup()},
		"both":   {OrderID: "two", Key: "isn't looked at", Content: soup()},
		"no key": {OrderID: mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()})).OrderID, Content: soup()},
	} {
		first := mustOrder(t)(c.Place(t.Context(), p))
		again := mustOrder(t)(c.Place(t.Context(), p))
		if string(again.JSON()) != string(first.JSON()) || !again.Replayed || first.Replayed != (name == "no key") {
			t.Errorf("%s: got %s, replayed %v, want %s, replayed", name, again.JSON(), again.Replayed, first.JSON())
		}
		p.Note = "another"
		if _, err := c.Place(t.Context(), p); !errors.Is(err, client.KeyReused) {
			t.Errorf("%s, other content: got %v, want %v", name, err, client.KeyReused)
		}
	}
}

func TestListsAreReadInPagesOrAsAWhole(t *testing.T) {
	c := visitor(t, "", nil)
	want := []string{}
	for i := range 5 {
		o := mustOrder(t)(c.Place(t.Context(), client.Placement{OrderID: fmt.Sprint("o-", i), Content: soup()}))
		want = append([]string{o.OrderID}, want...)
	}
	page, err := c.Orders(t.Context(), client.Filter{Limit: 2})
	if err != nil || len(page.Orders) != 2 || page.NextToken == "" {
		t.Fatalf("a page of 2: got %d orders, token %q, %v", len(page.Orders), page.NextToken, err)
	}
	for name, f := range map[string]client.Filter{"all": {Limit: 2}, "the rest": {Limit: 2, NextToken: page.NextToken}, "of today on": {From: client.At(time.Now().Add(-time.Hour)), To: "9999-12-31"}} {
		var got []string
		for o, err := range c.AllOrders(t.Context(), f) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, o.OrderID)
		}
		wanted := want[map[bool]int{true: 2}[f.NextToken != ""]:]
		if !slices.Equal(got, wanted) {
			t.Errorf("%s: got %v, want %v", name, got, wanted)
		}
	}
	for o, err := range c.AllOrders(t.Context(), client.Filter{Limit: 1}) {
		if err != nil || o.OrderID != want[0] {
			t.Errorf("got %s, %v, want %s", o.OrderID, err, want[0])
		}
		break // and no more is asked for
	}
	refused := 0
	for _, err := range c.AllOrders(t.Context(), client.Filter{Status: "EATEN", NextToken: "x"}) {
		if refused++; !errors.Is(err, client.InvalidInput) {
			t.Errorf("a bad filter: got %v, want %v", err, client.InvalidInput)
		}
	}
	if refused != 1 {
		t.Errorf("a bad filter: got %d errors, want the end after one", refused)
	}
}

func TestStaffSeeAQueueAndTakeSteps(t *testing.T) {
	c, boss, cook := visitor(t, "", nil), visitor(t, "apiAdmins", nil), visitor(t, "restaurant-77", nil)
	content := soup()
	content.Restaurant = order.NumberID(77)
	o := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: content}))
	queue, err := cook.Queue(t.Context(), content.Restaurant, client.Filter{})
	if err != nil || len(queue.Orders) != 1 || queue.Orders[0].UserID != o.UserID {
		t.Fatalf("queue: got %+v, %v, want the order", queue, err)
	}
	for _, step := range []order.Step{
		{Status: order.Acknowledged}, {Status: order.Dispatched, Delivery: &order.Courier{ID: order.NumberID(7), Name: "Ivy"}}, {Status: order.Canceled, Reason: "fell down"},
	} {
		o = mustOrder(t)(cook.SetStatus(t.Context(), o.UserID, o.OrderID, step, o.Version))
	}
	last := o.History[len(o.History)-1]
	if o.Version != 4 || o.Delivery == nil || o.Delivery.Name != "Ivy" || last.Status != order.Canceled || last.Reason != "fell down" || last.By == "staff" || last.At.IsZero() {
		t.Errorf("got %s, want version 4, canceled by a member of staff that staff can see", o.JSON())
	}
	if _, err := cook.SetStatus(t.Context(), o.UserID, o.OrderID, order.Step{Status: order.Delivered}, 2); !errors.Is(err, client.PreconditionFailed) {
		t.Errorf("a step from another version: got %v, want %v", err, client.PreconditionFailed)
	}
	seen := mustOrder(t)(cook.CustomerOrder(t.Context(), o.UserID, o.OrderID))
	if string(seen.JSON()) != string(o.JSON()) {
		t.Errorf("got %s, want %s", seen.JSON(), o.JSON())
	}
	page, err := boss.CustomerOrders(t.Context(), o.UserID, client.Filter{})
	if err != nil || page.User.UserID != o.UserID || len(page.Orders) != 1 || page.Orders[0].OrderID != o.OrderID {
		t.Errorf("the customer's orders: got %+v, %v, want one, with the customer beside it", page, err)
	}
	for o, err := range boss.AllCustomerOrders(t.Context(), o.UserID, client.Filter{Limit: 1}) {
		if err != nil || o.Status != order.Canceled {
			t.Errorf("all of the customer's orders: got %s, %v", o.JSON(), err)
		}
	}
	if _, err := c.Queue(t.Context(), content.Restaurant, client.Filter{}); !errors.Is(err, client.Forbidden) {
		t.Errorf("the queue, for a customer: got %v, want %v", err, client.Forbidden)
	}
}

func TestWhatThereIsNoMethodForIsAskedWithDo(t *testing.T) {
	c := visitor(t, "", nil)
	o := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	path := "/orders/" + o.OrderID
	same, err := c.Do(t.Context(), client.Request{Method: http.MethodGet, Path: path, Header: http.Header{"If-None-Match": {o.ETag()}}})
	if err != nil || same.Status != http.StatusNotModified || len(same.Body) != 0 {
		t.Errorf("the same version: got %+v, %v, want 304", same, err)
	}
	other, err := c.Do(t.Context(), client.Request{Method: http.MethodGet, Path: path, Header: http.Header{"If-None-Match": {`"7"`}}})
	if err != nil || other.Header.Get("ETag") != o.ETag() || string(other.Body) != string(o.JSON()) {
		t.Errorf("another version: got %+v, %v, want the order", other, err)
	}
	_, err = c.Do(t.Context(), client.Request{Method: http.MethodPost, Path: "/orders", Body: []byte(`{"restaurantId":1.5}`)})
	refused, ok := errors.AsType[*client.Error](err)
	if !ok || refused.Status != 400 || len(refused.Violations) != 3 || refused.RequestID == "" || refused.Unknown() {
		t.Errorf("a bad body: got %+v, want all that is wrong with it", err)
	}
	want := `The request breaks one or more rules: $.restaurantId 1.5 is not an id`
	if got := err.Error(); !strings.HasPrefix(got, want) || !strings.Contains(got, "; $.totalAmount is required (status 400, request ") {
		t.Errorf("error: got %q, want it to begin with %q and to name every violation", got, want)
	}
}
