package api

import "github.com/go-json-experiment/json/jsontext"

// Examples in the OpenAPI document are what a visitor of /docs sends with "Try it out", and must
// therefore be what a customer would send. They tell one story: Ana's dinner from restaurant 7. Where
// her order has a place in a path, the path's example names it.

const (
	exampleCustomer = `2f6c1d9e-40b7-4f0a-9c35-8e1b6a7d5f20`

	exampleItems    = `[{"id":1,"name":"Spaghetti","price":9.99,"quantity":1},{"id":2,"name":"Pizza - SMALL","price":4.99,"quantity":2}]`
	exampleContent  = `"restaurantId":7,"orderItems":` + exampleItems + `,"totalAmount":19.97`
	exampleDelivery = `"deliveryAddress":"12 Orchard Road, third floor"`
	exampleTimes    = `"orderTime":"2026-11-30T18:04:11Z"`
	exampleCourier  = `{"id":"bike-3","name":"Luca"}`

	exampleOrder = `{"orderId":"dinner-1","userId":"` + exampleCustomer + `",` + exampleContent + `,"status":"PLACED",` + exampleTimes +
		`,"updatedAt":"2026-11-30T18:04:11Z","version":1,"note":"Please ring twice.",` + exampleDelivery + `,"history":[]}`
	exampleOnItsWay = `{"orderId":"dinner-1","userId":"` + exampleCustomer + `",` + exampleContent + `,"status":"DISPATCHED",` + exampleTimes +
		`,"updatedAt":"2026-11-30T18:31:47Z","version":3,"delivery":` + exampleCourier + `,"history":[` + exampleStep + `,{"status":"DISPATCHED","at":"2026-11-30T18:31:47Z","by":"staff"}]}`
	exampleStep = `{"status":"ACKNOWLEDGED","at":"2026-11-30T18:06:02Z","by":"staff"}`

	exampleProfile = `"name":"Ana Costa","username":"ana","email":"ana@example.com","address":"12 Orchard Road"`
	exampleUser    = `{"userid":"` + exampleCustomer + `",` + exampleProfile + `,"createdAt":"2026-11-28T09:12:40Z","timestamp":"2026-11-28T09:12:40Z","version":1}`
	exampleNext    = `"nextToken":"AYd2aW5nLXRvbWF0bw"`

	exampleRankedCourier = `[{"id":"bike-3","name":"Luca","units":3,"revenue":19.97}]`
)

// examples returns the example of each schema by its name.
func examples() map[string]jsontext.Value {
	return map[string]jsontext.Value{
		"Id":           jsontext.Value(`7`),
		"NumberId":     jsontext.Value(`7`),
		"TextId":       jsontext.Value(`"pizzeria-7"`),
		"Item":         jsontext.Value(`{"id":1,"name":"Spaghetti","price":9.99,"quantity":1}`),
		"Courier":      jsontext.Value(exampleCourier),
		"OrderContent": jsontext.Value(`{` + exampleContent + `,"note":"Please ring once.",` + exampleDelivery + `}`),
		"Placement":    jsontext.Value(`{"orderId":"dinner-1",` + exampleContent + `,"note":"Please ring twice.",` + exampleDelivery + `}`),
		"Step":         jsontext.Value(`{"status":"ACKNOWLEDGED"}`),
		"Order":        jsontext.Value(exampleOrder),
		"Transition":   jsontext.Value(exampleStep),

		"OrderPage":     jsontext.Value(`{"orders":[` + exampleOrder + `],` + exampleNext + `}`),
		"UserOrderPage": jsontext.Value(`{"user":` + exampleUser + `,"orders":[` + exampleOrder + `]}`),
		"UserPage":      jsontext.Value(`{"users":[` + exampleUser + `],` + exampleNext + `}`),

		"User":         jsontext.Value(exampleUser),
		"UserContent":  jsontext.Value(`{"name":"Ana Costa","address":"12 Orchard Road"}`),
		"UserCreation": jsontext.Value(`{"userid":"ana-costa",` + exampleProfile + `}`),
		"UserPatch":    jsontext.Value(`{"address":"14 Orchard Road"}`),
		"Deleted":      jsontext.Value(`{"userid":"` + exampleCustomer + `"}`),
		"Erasure":      jsontext.Value(`{"userid":"` + exampleCustomer + `","ordersChanged":2}`),

		"Notification": jsontext.Value(`{"type":"order.status_changed","timestamp":"2026-11-30T18:31:47Z","data":{"order":` + exampleOnItsWay + `,"previousStatus":"ACKNOWLEDGED"}}`),
		"EventStream":  jsontext.Value(`"id: 42\nevent: order.placed\ndata: {\"type\":\"order.placed\",…}\n\n"`),

		"Report": jsontext.Value(`{"from":"2026-11-30","to":"2026-12-01","currency":"EUR","orders":{"DELIVERED":1,"CANCELED":1},"revenue":19.97,` +
			`"topProducts":[{"restaurantId":7,"id":2,"name":"Pizza - SMALL","units":2,"revenue":9.98},{"restaurantId":7,"id":1,"name":"Spaghetti","units":1,"revenue":9.99}],` +
			`"couriersByUnits":` + exampleRankedCourier + `,"couriersByRevenue":` + exampleRankedCourier + `,"days":[{"date":"2026-11-30","orders":1,"revenue":19.97}]}`),
		"Recount": jsontext.Value(`{"orders":1280,"unreadable":0,"exact":true,"differences":[],"more":0}`),

		"Health":   jsontext.Value(`{"status":"ok"}`),
		"Version":  jsontext.Value(`{"version":"v1.4.0","zone":"Europe/Lisbon"}`),
		"Document": jsontext.Value(`{"openapi":"3.1.0","info":{"title":"Comanda","version":"1"},"paths":{}}`),
		"Problem":  jsontext.Value(`{"type":"urn:comanda:problem:not-found","title":"There is no such order","status":404,"requestId":"` + exampleRequest + `"}`),
	}
}

// pathExamples are what stands in a path. They are filled in for a visitor who tries an operation out,
// and the examples of optional parameters, which are with the parameters, are not.
var pathExamples = map[string]string{"orderId": "dinner-1", "userid": exampleCustomer, "restaurantId": "7"}
