package api

import "net/http"

// route is one operation: everything there is to know about it.
type route struct {
	method    string
	path      string // a ServeMux pattern without the method
	operation string // operationId, and the metrics' label
	summary   string
	access    access
	query     func() []parameter // nil: none
	headers   func() []parameter // that are looked at beside Authorization; nil: none
	body      string             // name of the schema of the body; "" for none
	answer    string             // name of the schema of the answer; "" for none
	etag      bool               // the answer has an ETag
	media     string             // of the answer; "" for application/json
	local     bool               // only where one process holds everything: there is no function for it
	unlimited bool               // takes as long as there is to do, in place of requestTime
	problems  []int              // statuses of refusals, beside those that follow from the fields above
	needs     func(Config) bool  // whether there is what the operation works with; nil: it is served always
	do        func(*call) (answer, error)
	page      http.HandlerFunc // answers in place of do: pages for people, which the OpenAPI document leaves out
}

// routes is the table of operations.
var routes = []route{
	{
		method: http.MethodPost, path: "/orders", operation: "placeOrder", access: signedIn,
		summary: "Place an order, once: repeating the request repeats the answer.",
		headers: idempotencyKey, body: "Placement", answer: "Order", etag: true, problems: []int{422},
		do: (*call).placeOrder,
	},
	{
		method: http.MethodGet, path: "/orders", operation: "listOrders", access: signedIn,
		summary: "List your orders, newest first.",
		query:   listParameters, answer: "OrderPage", problems: []int{400},
		do: (*call).listOrders,
	},
	{
		method: http.MethodGet, path: "/orders/{orderId}", operation: "getOrder", access: signedIn,
		summary: "Get one of your orders.",
		headers: ifNoneMatch, answer: "Order", etag: true, problems: []int{400, 404},
		do: (*call).getOrder,
	},
	{
		method: http.MethodPut, path: "/orders/{orderId}", operation: "editOrder", access: signedIn,
		summary: "Replace the content of one of your orders while it is PLACED.",
		headers: orderConditions, body: "OrderContent", answer: "Order", etag: true, problems: []int{404, 412},
		do: (*call).editOrder,
	},
	{
		method: http.MethodDelete, path: "/orders/{orderId}", operation: "cancelOrder", access: signedIn,
		summary: "Cancel one of your orders while it is PLACED and younger than 10 minutes.",
		headers: orderConditions, answer: "Order", etag: true, problems: []int{400, 404, 412},
		do: (*call).cancelOrder,
	},
	{
		method: http.MethodGet, path: "/users/{userid}/orders/{orderId}", operation: "getUserOrder", access: ownerOrStaff,
		summary: "Get an order of a customer.",
		headers: ifNoneMatch, answer: "Order", etag: true, problems: []int{400, 404},
		do: (*call).getUserOrder,
	},
	{
		method: http.MethodPut, path: "/users/{userid}/orders/{orderId}/status", operation: "advanceOrder", access: staff,
		summary: "Acknowledge, dispatch, deliver or cancel an order of a customer.",
		headers: orderConditions, body: "Step", answer: "Order", etag: true, problems: []int{404, 412},
		do: (*call).advanceOrder,
	},
	{
		method: http.MethodGet, path: "/users/{userid}/orders", operation: "listUserOrders", access: ownerOrAdmin,
		summary: "List a customer's orders, newest first, with the customer beside them.",
		query:   listParameters, answer: "UserOrderPage", problems: []int{400, 404},
		do: (*call).listUserOrders,
	},
	{
		method: http.MethodGet, path: "/restaurants/{restaurantId}/orders", operation: "listQueue", access: staffOfRestaurant,
		summary: "List a restaurant's open orders, oldest first.",
		query:   queueParameters, answer: "OrderPage", problems: []int{400},
		do: (*call).listQueue,
	},
	{
		method: http.MethodGet, path: "/events", operation: "events", access: signedIn, local: true, unlimited: true,
		summary: "Follow what happens to your orders and, as staff, to your restaurants' orders, as server-sent events. Only a server that keeps its data itself has them.",
		query:   lastEventIDParameters, headers: lastEventID, answer: "EventStream", media: eventStream, problems: []int{404, 429},
		needs: func(c Config) bool { return c.Events != nil },
		do:    (*call).events,
	},
	{
		method: http.MethodGet, path: "/monitor", operation: "monitor", access: admin,
		summary: "See what orders add up to: revenue, best-selling products, couriers.",
		query:   reportParameters, answer: "Report", problems: []int{400},
		needs: func(c Config) bool { return c.Reports != nil },
		do:    (*call).monitor,
	},
	{
		method: http.MethodPost, path: "/monitor/rebuild", operation: "rebuildReports", access: admin, local: true, unlimited: true,
		summary: "Count all orders anew, or compare them with what was counted. It can take minutes.",
		query:   verifyParameters, answer: "Recount", problems: []int{400, 409},
		needs: func(c Config) bool { return c.Rebuilder != nil },
		do:    (*call).rebuildReports,
	},
	{
		method: http.MethodGet, path: "/users", operation: "listUsers", access: admin,
		summary: "List users, in no particular order, or find one by username or e-mail address.",
		query:   userListParameters, answer: "UserPage", problems: []int{400},
		do: (*call).listUsers,
	},
	{
		method: http.MethodPost, path: "/users", operation: "createUser", access: admin,
		summary: "Create a user's profile.",
		headers: userKey, body: "UserCreation", answer: "User", etag: true, problems: []int{409, 422},
		do: (*call).createUser,
	},
	{
		method: http.MethodGet, path: "/users/{userid}", operation: "getUser", access: ownerOrAdmin,
		summary: "Get a user's profile.",
		headers: ifNoneMatch, answer: "User", etag: true, problems: []int{400, 404},
		do: (*call).getUser,
	},
	{
		method: http.MethodPut, path: "/users/{userid}", operation: "putUser", access: ownerOrAdmin,
		summary: "Create or replace a user's profile.",
		headers: userConditions, body: "UserContent", answer: "User", etag: true, problems: []int{409, 412},
		do: (*call).putUser,
	},
	{
		method: http.MethodPatch, path: "/users/{userid}", operation: "patchUser", access: ownerOrAdmin,
		summary: "Change parts of a user's profile: a JSON merge patch (RFC 7396).",
		headers: userConditions, body: "UserPatch", answer: "User", etag: true, problems: []int{404, 409, 412},
		do: (*call).patchUser,
	},
	{
		method: http.MethodDelete, path: "/users/{userid}", operation: "deleteUser", access: ownerOrAdmin,
		summary: "Delete a user's profile. Orders and the sign-in account stay.",
		headers: userConditions, answer: "Deleted", problems: []int{400, 404, 412},
		do: (*call).deleteUser,
	},
	{
		method: http.MethodPost, path: "/users/{userid}/erasure", operation: "eraseUser", access: admin, unlimited: true,
		summary: "Delete a user's profile, and take notes and addresses off their orders. Can be repeated.",
		answer:  "Erasure", problems: []int{400},
		do: (*call).eraseUser,
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
		summary: "Say which release this is, and in which zone its days are.", answer: "Version",
		do: (*call).version,
	},
	{
		method: http.MethodGet, path: "/openapi.json", operation: "openAPI", access: anybody,
		summary: "Get this description of the API.", answer: "Document",
		do: (*call).openAPI,
	},
	{
		method: http.MethodGet, path: docsPath, operation: "docs", access: anybody,
		summary: "Read this description of the API, and try it.",
		page:    serveDocs,
	},
	{
		method: http.MethodGet, path: docsPath + "/{file}", operation: "docsFile", access: anybody,
		summary: "Get a file of that page.",
		page:    serveDocs,
	},
}

// patterns returns the paths at which a route is. A page knows one with a slash at the
// end, too, because its links are relative; for the rest [API.ServeHTTP] takes the slash off.
func (rt route) patterns() []string {
	if rt.page == nil {
		return []string{rt.path}
	}
	return []string{rt.path, rt.path + "/{$}"}
}
