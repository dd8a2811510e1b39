package acceptance

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// A contract that accepts everything would prove nothing, so it is tested itself.
func TestTheContractFindsWhatIsNotDocumented(t *testing.T) {
	document, err := os.ReadFile("../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newContract(document)
	if err != nil {
		t.Fatal(err)
	}
	const order = `{"orderId":"x","userId":"u","restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":1.1,"quantity":1}],"totalAmount":1.1,` +
		`"status":"PLACED","orderTime":"2026-01-31T12:00:00Z","updatedAt":"2026-01-31T12:00:00Z","version":1,"history":[]}`
	const problem = `{"type":"urn:comanda:problem:not-found","title":"t","status":404,"requestId":"r"}`
	edit := func(from, to string) string { return strings.Replace(order, from, to, 1) }
	for _, x := range []struct {
		name, method, path string
		status             int
		contentType, body  string
		header             string // one that is taken away
		want               string // in the error; "" for none
	}{
		{"an order", "GET", "/orders/x", 200, "application/json", order, "", ""},
		{"an order with a charset and a trailing slash", "GET", "/orders/x/?a=b", 200, "application/json; charset=utf-8", order, "", ""},
		{"a refusal", "GET", "/orders/x", 404, "application/problem+json", problem, "", ""},
		{"a refusal at no path", "GET", "/x/y/z", 404, "application/problem+json", problem, "", ""},
		{"a status", "GET", "/orders/x", 202, "application/json", order, "", "status 202 isn't documented"},
		{"a status at no path", "GET", "/x/y/z", 200, "application/json", "{}", "", "nothing is documented"},
		{"a content type", "GET", "/orders/x", 200, "text/json", order, "", "content type text/json isn't documented"},
		{"a refusal as plain JSON", "GET", "/orders/x", 404, "application/json", problem, "", "content type application/json isn't"},
		{"a missing member", "GET", "/orders/x", 200, "application/json", edit(`"version":1,`, ""), "", "version"},
		{"a wrong type", "GET", "/orders/x", 200, "application/json", edit(`:1.1,"status"`, `:"1.1","status"`), "", "totalAmount"},
		{"an unknown status", "GET", "/orders/x", 200, "application/json", edit("PLACED", "EATEN"), "", "status"},
		{"a time that is none", "GET", "/orders/x", 200, "application/json", edit("2026-01-31T12", "2026-02-31T12"), "", "orderTime"},
		{"an unknown problem", "GET", "/orders/x", 404, "application/problem+json", strings.Replace(problem, "not-found", "no-idea", 1), "", "type"},
		{"another status in a problem", "GET", "/orders/x", 404, "application/problem+json", strings.Replace(problem, "404", "400", 1), "", "says status 400"},
		{"another request id", "GET", "/orders/x", 404, "application/problem+json", strings.Replace(problem, `"r"`, `"s"`, 1), "", "requestId"},
		{"no request id", "GET", "/orders/x", 200, "application/json", order, "X-Request-Id", "X-Request-Id"},
		{"no entity tag", "GET", "/orders/x", 200, "application/json", order, "ETag", "ETag"},
		{"no JSON", "GET", "/orders/x", 200, "application/json", "Soup", "", "body"},
		{"a body of 304", "GET", "/orders/x", 304, "", order, "", "there is a body"},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := answer{request{method: x.method, path: x.path}, x.status, http.Header{}, []byte(x.body), false}
			a.header.Set("Content-Type", x.contentType)
			a.header.Set("X-Request-Id", "r")
			a.header.Set("ETag", `"1"`)
			a.header.Del(x.header)
			err := c.check(a)
			if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want an error with %q", err, x.want)
			}
		})
	}
}
