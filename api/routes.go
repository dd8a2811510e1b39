package api

import "net/http"

// route is one operation: everything there is to know about it.
type route struct {
	method    string
	path      string // a ServeMux pattern without the method
	operation string // operationId, and the metrics' label
	summary   string
	access    access
	query     []parameter
	headers   []parameter
	body      string // name of the schema of the body; "" for none
	answer    string // name of the schema of the answer; "" for none
	etag      bool   // the answer has an ETag
	problems  []int  // statuses of refusals, beside those that follow from the fields above
	do        func(*call) (answer, error)
}

// parameter is a query parameter or a header, for the documentation.
type parameter struct {
	name, description string
	schema            object
}

// routes is the table of operations.
var routes = []route{
	{
		method: http.MethodPost, path: "/orders", operation: "placeOrder", access: user,
		summary: "Place an order, once: repeating the request repeats the answer.",
		headers: []parameter{idempotencyKey}, body: "Placement", answer: "Order", etag: true, problems: []int{422},
		do: (*call).placeOrder,
	},
	{
		method: http.MethodGet, path: "/orders", operation: "listOrders", access: user,
		summary: "List your orders, newest first.",
		query:   listParameters, answer: "OrderPage", problems: []int{400},
		do: (*call).listOrders,
	},
	{
		method: http.MethodGet, path: "/orders/{orderId}", operation: "getOrder", access: user,
		summary: "Get one of your orders.",
		headers: []parameter{ifNoneMatch}, answer: "Order", etag: true, problems: []int{400, 404},
		do: (*call).getOrder,
	},
	{
		method: http.MethodPut, path: "/orders/{orderId}", operation: "editOrder", access: user,
		summary: "Replace the content of one of your orders while it is PLACED.",
		headers: []parameter{ifMatch}, body: "OrderContent", answer: "Order", etag: true, problems: []int{404, 412},
		do: (*call).editOrder,
	},
	{
		method: http.MethodDelete, path: "/orders/{orderId}", operation: "cancelOrder", access: user,
		summary: "Cancel one of your orders while it is PLACED and younger than 10 minutes.",
		headers: []parameter{ifMatch}, answer: "Order", etag: true, problems: []int{400, 404, 412},
		do: (*call).cancelOrder,
	},
	{
		method: http.MethodGet, path: "/users/{userid}/orders/{orderId}", operation: "getUserOrder", access: ownerOrStaff,
		summary: "Get an order of a customer.",
		headers: []parameter{ifNoneMatch}, answer: "Order", etag: true, problems: []int{400, 404},
		do: (*call).getUserOrder,
	},
	{
		method: http.MethodPut, path: "/users/{userid}/orders/{orderId}/status", operation: "advanceOrder", access: staff,
		summary: "Acknowledge, dispatch, deliver or cancel an order of a customer.",
		headers: []parameter{ifMatch}, body: "Step", answer: "Order", etag: true, problems: []int{404, 412},
		do: (*call).advanceOrder,
	},
	{
		method: http.MethodGet, path: "/healthz", operation: "health", access: anybody,
		summary: "Say that the process answers.", answer: "Health",
		do: (*call).health,
	},
	{
		method: http.MethodGet, path: "/readyz", operation: "ready", access: anybody,
		summary: "Say whether orders can be taken.", answer: "Health", problems: []int{503},
		do: (*call).ready,
	},
	{
		method: http.MethodGet, path: "/version", operation: "version", access: anybody,
		summary: "Say which release this is.", answer: "Version",
		do: (*call).version,
	},
	{
		method: http.MethodGet, path: "/openapi.json", operation: "openAPI", access: anybody,
		summary: "Get this description of the API.", answer: "Document",
		do: (*call).openAPI,
	},
}
