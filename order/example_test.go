package order_test

import (
	"errors"
	"fmt"
	"time"

	"comanda/order"
	"comanda/payload"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// ExampleReadPlacement reads what a customer sends.
func ExampleReadPlacement() {
	read := func(body string) (order.Placement, error) {
		var report payload.Report
		var p order.Placement
		if v := payload.Parse([]byte(body), &report); v != nil {
			p = order.ReadPlacement(v, order.RejectTotal)
		}
		return p, report.Err()
	}
	p, err := read(`{"orderId": "first", "restaurantId": 1, "orderItems": [{"id": "b-7", "name": "Soup", "price": 110e-2, "quantity": 2}], "totalAmount": 2.20}`)
	fmt.Println(p.OrderID, p.Content.Items[0].ID, p.Content.Items[0].Price, p.Content.Total, err)

	_, err = read(`{"restaurantId": 1.5, "orderItems": [{"id": 7, "name": "", "price": 1}], "totalAmount": 3}`)
	if invalid, ok := errors.AsType[*payload.Invalid](err); ok {
		for _, v := range invalid.Violations {
			fmt.Println(v.Path, v.Message)
		}
	}
	// Output:
	// first b-7 1.1 2.2 <nil>
	// $.restaurantId 1.5 is not an id: use an integer of at most 15 digits, or 1 to 64 characters of A-Z a-z 0-9 . _ : -
	// $.orderItems[0].name must have 1 to 200 characters, not 0
}

// ExamplePlace places an order. Nothing is stored: that is [order.Service]'s.
func ExamplePlace() {
	soup := order.Content{
		Restaurant: order.NumberID(1), Total: 11_000, // 1.1
		Items: []order.Item{{ID: order.NumberID(7), Name: "Soup", Price: 11_000, Quantity: 1}},
	}
	o := order.Place("ana", "first", soup, order.AcceptTotal, noon)
	fmt.Println(o.Status, "in version", o.Version)
	fmt.Println("the same again:", o.Repeats(soup))

	more := soup
	more.Note = "hot"
	o, err := o.Edit(more, order.AcceptTotal, noon.Add(time.Minute))
	fmt.Println(o.Note, "in version", o.Version, err)
	fmt.Println("what was placed is still the same:", o.Repeats(soup))
	// Output:
	// PLACED in version 1
	// the same again: true
	// hot in version 2 <nil>
	// what was placed is still the same: true
}

// ExampleOrder_Cancel shows that the rules have no clock of their own.
func ExampleOrder_Cancel() {
	o := order.Place("ana", "first", order.Content{Restaurant: order.NumberID(1)}, order.AcceptTotal, noon)

	canceled, err := o.Cancel(noon.Add(9*time.Minute + 59*time.Second))
	fmt.Println(canceled.Status, err)

	_, err = o.Cancel(noon.Add(10 * time.Minute))
	fmt.Println(err)

	cooking, err := o.Advance(order.Step{Status: order.Acknowledged}, order.Actor{ID: "cook-3", Role: order.Staff}, noon.Add(time.Minute))
	fmt.Println(cooking.Status, err)
	_, err = cooking.Cancel(noon.Add(2 * time.Minute))
	wrong, ok := errors.AsType[*order.StatusError](err)
	fmt.Println(ok, wrong)
	// Output:
	// CANCELED <nil>
	// the order was placed 10m0s ago and can't be canceled: that is possible for 10m0s
	// ACKNOWLEDGED <nil>
	// true the order is ACKNOWLEDGED and can't be canceled: that is possible only while it is PLACED
}
