package client_test

import (
	"context"
	"errors"
	"fmt"

	"comanda/client"
	"comanda/order"
)

func Example() {
	ctx, server := context.Background(), running() // where ana may sign in
	ana, err := client.New(client.Config{
		URL:    server.URL,
		Tokens: client.SignIn(client.Credentials{URL: server.URL, ClientID: server.ClientID, Username: "ana", Password: "Correct-Horse-7"}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	dinner := order.Content{
		Restaurant: order.NumberID(1),
		Items: []order.Item{
			{ID: order.NumberID(1), Name: "Spaghetti", Price: 99_900, Quantity: 1}, // 9.99
			{ID: order.NumberID(2), Name: "Pizza - SMALL", Price: 49_900, Quantity: 2},
		},
	}
	dinner.Total, err = dinner.Subtotal()
	if err != nil {
		fmt.Println(err)
		return
	}
	placed, err := ana.Place(ctx, client.Placement{OrderID: "monday", Content: dinner})
	fmt.Println(placed.Status, placed.Total, err)

	again, err := ana.Place(ctx, client.Placement{OrderID: "monday", Content: dinner})
	fmt.Println("placed before:", again.Replayed, err)

	dinner.Note = "no onions"
	edited, err := ana.Edit(ctx, "monday", dinner, placed.Version)
	fmt.Println(edited.Note, "in version", edited.Version, err)

	_, err = ana.Cancel(ctx, "monday", placed.Version)
	fmt.Println("changed meanwhile:", errors.Is(err, client.PreconditionFailed))

	canceled, err := ana.Cancel(ctx, "monday", edited.Version)
	fmt.Println(canceled.Status, "by", canceled.History[0].By, err)

	for o, err := range ana.AllOrders(ctx, client.Filter{Status: order.Canceled}) {
		fmt.Println(o.OrderID, len(o.Items), "items", err)
	}
	// Output:
	// PLACED 19.97 <nil>
	// placed before: true <nil>
	// no onions in version 2 <nil>
	// changed meanwhile: true
	// CANCELED by owner <nil>
	// monday 2 items <nil>
}

func ExampleError() {
	ctx, server := context.Background(), running()
	ana, err := client.New(client.Config{URL: server.URL, Tokens: server.signIn("ana")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = ana.Place(ctx, client.Placement{Content: order.Content{Restaurant: order.NumberID(1), Items: []order.Item{{Price: -1, Quantity: 1}}}})
	if refused, ok := errors.AsType[*client.Error](err); ok {
		fmt.Println(refused.Status, refused.Title)
		for _, v := range refused.Violations {
			fmt.Println(v.Path, v.Message)
		}
	}
	_, err = ana.Order(ctx, "never-placed")
	fmt.Println(errors.Is(err, client.NotFound))
	// Output:
	// 400 The request breaks one or more rules
	// $.orderItems[0].id "" is not an id: use an integer of at most 15 digits, or 1 to 64 characters of A-Z a-z 0-9 . _ : -
	// $.orderItems[0].name must have 1 to 200 characters, not 0
	// $.orderItems[0].price must be 0 to 1000000, not -0.0001
	// true
}

func ExampleClient_SetStatus() {
	ctx, server := context.Background(), running()
	ana, err := client.New(client.Config{URL: server.URL, Tokens: server.signIn("ana")})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := ana.Place(ctx, client.Placement{OrderID: "tuesday", Content: soup()}); err != nil {
		fmt.Println(err)
		return
	}
	cook, err := client.New(client.Config{URL: server.URL, Tokens: server.signIn("cook")}) // of restaurant 1
	if err != nil {
		fmt.Println(err)
		return
	}
	for o, err := range cook.AllQueue(ctx, order.NumberID(1), client.Filter{Status: order.Placed}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if o.OrderID == "tuesday" {
			o, err = cook.SetStatus(ctx, o.UserID, o.OrderID, order.Step{Status: order.Acknowledged}, o.Version)
			fmt.Println(o.Status, err)
		}
	}
	_, err = ana.Cancel(ctx, "tuesday", client.AnyVersion)
	fmt.Println(errors.Is(err, client.WrongStatus))
	// Output:
	// ACKNOWLEDGED <nil>
	// true
}

func ExampleClient_Events() {
	ctx, server := context.Background(), running()
	ana, err := client.New(client.Config{URL: server.URL, Tokens: server.signIn("ana")})
	if err != nil {
		fmt.Println(err)
		return
	}
	events, err := ana.Events(ctx, "") // what happens from now on
	if err != nil {
		fmt.Println(err)
		return
	}
	defer events.Close()
	if _, err := ana.Place(ctx, client.Placement{OrderID: "wednesday", Content: soup()}); err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range events.All() {
		fmt.Println(e.Type, e.Order.OrderID, e.Order.Status, err)
		break // events.Last() is where to go on
	}
	// Output:
	// order.placed wednesday PLACED <nil>
}
