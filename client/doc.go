// Package client asks a Comanda server over its HTTP API: it places, edits, tracks
// and cancels orders, takes them through a kitchen, and follows what happens.
//
// A [Client] is made once, for one server and one user, and used from any goroutine:
//
//	c, err := client.New(client.Config{
//		URL:    "http://127.0.0.1:8080",
//		Tokens: client.SignIn(client.Credentials{URL: "http://127.0.0.1:8080", ClientID: id, Username: "ana", Password: password}),
//	})
//
// [SignIn] gets tokens from the server's user pool, or from one of Amazon Cognito,
// when they are needed, and refreshes them; [StaticToken] is for a token that is
// there already.
//
// # Orders
//
// What an order asks for is an [order.Content]. Its amounts are exact, as
// [order.Money]: 9.99 is 99_900 ten-thousandths, or what [order.ParseMoney] makes of the text
// "9.99". Its ids are numbers ([order.NumberID]) or texts ([order.ParseID]), and stay
// what they are.
//
//	o, err := c.Place(ctx, client.Placement{Content: order.Content{
//		Restaurant: order.NumberID(1),
//		Items:      []order.Item{{ID: order.NumberID(7), Name: "Spaghetti", Price: 99_900, Quantity: 2}},
//		Total:      199_800,
//	}})
//	o, err = c.Cancel(ctx, o.OrderID, o.Version)
//
// Lists come in pages, or as a whole:
//
//	for o, err := range c.AllOrders(ctx, client.Filter{Status: order.Placed}) { … }
//
// # Once
//
// A placement that got no answer can be repeated, for ever: its id says that it is the same one. [Client.Place]
// makes that id before it sends anything, unless the caller gave one, and repeats
// the placement by itself as [Retry] has it. A program that can crash in between gives a
// [Placement.OrderID] of its own, and places the same again when it is back: [Order.Replayed] tells
// that it had been placed.
//
// Changes name the version of the order that they are about, [Order.Version], and are refused
// with [PreconditionFailed] when another caller has changed it since. With it they are repeated,
// too. With [AnyVersion] they are not, unless the server has said that nothing was
// done: [Error.Unknown] tells what that leaves open.
//
// # Errors
//
// What a server refuses is an [*Error], with everything that is wrong in
// [Error.Violations], and can be compared with a [Problem]:
//
//	switch _, err := c.Cancel(ctx, id, client.AnyVersion); {
//	case errors.Is(err, client.TooOld):
//		fmt.Println("it is being cooked")
//	case err != nil:
//		return err
//	}
//
// # Events
//
// [Client.Events] follows what happens, goes on over restarts of the server, and
// says with a [Reset] if it had to miss anything:
//
//	events, err := c.Events(ctx, "")
//	for e, err := range events.All() { … }
//
// # Operations
//
// Each operation of the API's document has a method. Whatever a later server has
// beside them can be asked with [Client.Do], and what it answers beside what this
// package knows is in [Sent.JSON].
//
//	POST   /orders                                Place
//	GET    /orders                                Orders, AllOrders
//	GET    /orders/{orderId}                      Order
//	PUT    /orders/{orderId}                      Edit
//	DELETE /orders/{orderId}                      Cancel
//	GET    /users/{userid}/orders                 CustomerOrders, AllCustomerOrders
//	GET    /users/{userid}/orders/{orderId}       CustomerOrder
//	PUT    …/orders/{orderId}/status              SetStatus
//	GET    /restaurants/{restaurantId}/orders     Queue, AllQueue
//	GET    /events                                Events
//	GET    /monitor                               Monitor
//	POST   /monitor/rebuild                       RebuildReports, VerifyReports
//	GET    /users                                 Users, AllUsers
//	POST   /users                                 CreateUser
//	GET    /users/{userid}                        Profile
//	PUT    /users/{userid}                        PutProfile
//	PATCH  /users/{userid}                        PatchProfile
//	DELETE /users/{userid}                        DeleteProfile
//	POST   /users/{userid}/erasure                EraseUser
//	GET    /healthz, /readyz, /version            Health, Ready, Version
//	GET    /openapi.json                          OpenAPI
//
// The package links no storage engine, keeps no state beside a client's, reads no
// environment, and logs nothing. Certificates, proxies and time limits are those of
// [Config.HTTP].
package client
