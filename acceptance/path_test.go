package acceptance

import (
	"strings"
	"testing"
)

func pathScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	nothingHere := want{status: 404, problem: "no-route"}
	noID := want{status: 400, problem: "invalid-input", violations: []string{"path.orderId must be 1 to 64 characters"}}
	var table []exchange
	for _, path := range []string{
		"//", "/orders//", "/orders//x", "/orders/x//", "/orders/x/y", "/orders/.", "/orders/..", "/orders/../orders", "/./orders",
		"/Orders", "/ORDERS", "/order", "/orders%2F", "/orders/%2F", "/orders/%2e%2e", "/orders%00", "/orders/x%2F", "/users//orders", "/favicon.ico", "/.env", "/index.php?x=1",
	} {
		table = append(table, exchange{"nothing is at " + path, request{method: "GET", path: path}, nothingHere})
	}
	for _, id := range []string{
		"a%2Fb", "%00", "a%0Ab", "a%0D%0Ab", "%7F", "%FF", "%C3%A9", "a%20b", "a+b", "a.b", "a:b", "%25", "'%20or%201=1", strings.Repeat("i", 65), strings.Repeat("i", 5000),
	} {
		name := id[:min(len(id), 12)]
		table = append(table,
			exchange{"no order is called " + name, request{method: "GET", path: "/orders/" + id}, noID},
			exchange{"no order to cancel is called " + name, request{method: "DELETE", path: "/orders/" + id}, noID},
			exchange{"no user's order is called " + name, request{method: "GET", path: "/users/" + u.id + "/orders/" + id}, noID})
	}
	for _, id := range []string{"nobody", "%00", "%FF", "a%2Fb", "%E2%80%AE", strings.Repeat("u", 3000)} {
		path := "/users/" + id + "/orders/x"
		table = append(table,
			exchange{"staff find no order of user " + id[:min(len(id), 12)], request{method: "GET", path: path, as: admin}, want{status: 404, problem: "not-found"}},
			exchange{"a customer may not ask for user " + id[:min(len(id), 12)], request{method: "GET", path: path}, want{status: 403, problem: "forbidden"}})
	}
	table = append(table, exchange{"nothing is at //orders", request{method: "GET", path: "//orders"},
		want{status: 404, problem: "no-route", gateway: &want{status: 200}}}) // which takes it for one slash
	c.exchanges(t, u, table)
	c.methods(t, u)
}

// methods are those that a path doesn't answer to.
func (c *client) methods(t *testing.T, u *user) {
	var table []exchange
	for _, x := range []struct{ path, allow, methods string }{
		{"/orders", "POST, GET", "PUT PATCH DELETE OPTIONS"},
		{"/orders/", "POST, GET", "PUT DELETE"},
		{"/orders/x", "GET, PUT, DELETE", "POST PATCH OPTIONS BREW"},
		{"/users/x/orders/y", "GET", "PUT POST DELETE PATCH"},
		{"/users/x/orders/y/status", "PUT", "GET POST DELETE PATCH"},
		{"/healthz", "GET", "POST PUT DELETE"},
		{"/readyz", "GET", "POST"},
		{"/version", "GET", "POST"},
		{"/openapi.json", "GET", "POST"},
	} {
		for method := range strings.FieldsSeq(x.methods) {
			table = append(table, exchange{method + " is not for " + x.path, request{method: method, path: x.path},
				want{status: 405, problem: "method-not-allowed", header: map[string]string{"Allow": x.allow}, detail: []string{"answers to " + x.allow},
					gateway: &want{status: 404, problem: "no-route"}}})
		}
	}
	id := c.place(t, u, soup)
	table = append(table,
		exchange{"HEAD is GET without the body", request{method: "HEAD", path: "/orders/" + id}, want{status: 200, header: map[string]string{"ETag": `"1"`}, gateway: &want{status: 404}}},
		exchange{"HEAD of an unknown order", request{method: "HEAD", path: "/orders/none"}, want{status: 404}})
	c.exchanges(t, u, table)
}
