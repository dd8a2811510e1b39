package acceptance

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// The bodies of the workshop's tests, as Python's json.dumps spells them.
const (
	workshopOrder = `{"restaurantId": 1, "orderId": "%s", "orderItems": [` +
		`{"id": 1, "name": "Spaghetti", "price": 9.99, "quantity": 1}, ` +
		`{"id": 2, "name": "Pizza - SMALL", "price": 4.99, "quantity": 2}], "totalAmount": 19.97}`
	workshopEdit = `{"restaurantId": 1, "orderItems": [` +
		`{"id": 1, "name": "Spaghetti", "price": 9.99, "quantity": 1}, ` +
		`{"id": 2, "name": "Pizza - SMALL", "price": 4.99, "quantity": 1}, ` +
		`{"id": 3, "name": "Salad - LARGE", "price": 9.99, "quantity": 1}], "totalAmount": 25.97}`
	workshopAcknowledged = `{"orderId": "%s", "userId": "%s", "restaurantId": 2, "orderItems": [` +
		`{"name": "Artichoke Ravioli", "price": 9.99, "id": 1, "quantity": 1}], ` +
		`"totalAmount": 9.99, "status": "ACKNOWLEDGED", "orderTime": "2026-01-31T12:00:00Z"}`
	workshopRepeated = `{"restaurantId": 200, "orderId": "%s", "orderItems": [` +
		`{"name": "Pasta Carbonara", "price": 14.99, "id": 123, "quantity": 1}], "totalAmount": 14.99}`
)

// workshopScenarios are the eight integration tests of the workshop, in their
// order and with the state that they share, and then the variations of their
// requests that its readers type.
func workshopScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	user, staff := c.signUp(t, "user1"), c.signUp(t, "admin", "apiAdmins")
	send := func(t *testing.T, method, path, body string) answer {
		return c.send(t, request{method: method, path: path, as: user, body: body, header: map[string]string{"Content-Type": "application/json"}})
	}
	orderID, acknowledgedID := newID(), newID()
	order := fields{"orderId": orderID, "status": "PLACED", "totalAmount": 19.97, "restaurantId": 1, "orderItems.#": 2}

	s.scenario(t, "access orders without authentication", func(t *testing.T) {
		c.send(t, request{method: "POST", path: "/orders"}).expect(t, want{status: 401})
	})
	s.scenario(t, "add a new order", func(t *testing.T) {
		send(t, "POST", "/orders", fmt.Sprintf(workshopOrder, orderID)).expect(t, want{status: 200, json: fields{"status": "PLACED", "orderId": orderID}})
	})
	s.scenario(t, "get the order", func(t *testing.T) {
		send(t, "GET", "/orders/"+orderID, "").expect(t, want{status: 200, json: order})
	})
	s.scenario(t, "list the orders", func(t *testing.T) {
		send(t, "GET", "/orders", "").expect(t, want{status: 200, json: fields{
			"orders.#": 1, "orders.0.orderId": orderID, "orders.0.totalAmount": 19.97, "orders.0.restaurantId": 1, "orders.0.orderItems.#": 2,
		}})
	})
	s.scenario(t, "edit the order", func(t *testing.T) {
		send(t, "PUT", "/orders/"+orderID, workshopEdit).expect(t, want{status: 200, json: fields{"totalAmount": 25.97, "orderItems.#": 3}})
	})
	s.scenario(t, "cancel the order", func(t *testing.T) {
		send(t, "DELETE", "/orders/"+orderID, "").expect(t, want{status: 200, json: fields{"orderId": orderID, "status": "CANCELED"}})
	})
	s.scenario(t, "cancel an order in the wrong status", func(t *testing.T) {
		// The workshop writes an acknowledged order into its table; here the body
		// of that item is placed, which ignores its status, and then acknowledged.
		send(t, "POST", "/orders", fmt.Sprintf(workshopAcknowledged, acknowledgedID, user.id)).expect(t, want{status: 200, json: fields{"status": "PLACED"}})
		c.step(t, staff, user, acknowledgedID, "ACKNOWLEDGED", "").expect(t, want{status: 200})
		send(t, "DELETE", "/orders/"+acknowledgedID, "").expect(t, want{status: 400, problem: "wrong-status"})
	})
	s.scenario(t, "create an order three times", func(t *testing.T) {
		body := fmt.Sprintf(workshopRepeated, newID())
		first := send(t, "POST", "/orders", body)
		for range 2 {
			if again := send(t, "POST", "/orders", body); again.str(t, "orderId") != first.str(t, "orderId") || !bytes.Equal(again.body, first.body) {
				t.Errorf("got %s, want %s", again.body, first.body)
			}
		}
		if first.str(t, "orderId") == orderID {
			t.Error("the order of the first test came back")
		}
		// The workshop has deleted its acknowledged order by now.
		listed := slices.DeleteFunc(ids(t, send(t, "GET", "/orders", "")), func(id string) bool { return id == acknowledgedID })
		if wanted := []string{orderID, first.str(t, "orderId")}; !sameSet(listed, wanted) {
			t.Errorf("list: got %v, want %v", listed, wanted)
		}
	})
	workshopVariations(t, c, user, staff)
}

func workshopVariations(t *testing.T, c *client, u, staff *user) {
	id := newID()
	placed := fields{"orderId": id, "status": "PLACED", "userId": u.id, "orderTime": c.presently()}
	body := fmt.Sprintf(workshopOrder, id)
	acknowledged := c.place(t, u, workshopEdit)
	bearer := map[string]string{"Authorization": "Bearer " + u.idToken}
	c.exchanges(t, u, []exchange{
		{"fields that the service decides are ignored",
			request{method: "POST", path: "/orders", body: with(body, `"status": "DELIVERED"`, `"orderTime": "1999-01-01T00:00:00Z"`, `"userId": "somebody"`, `"version": 7`)},
			want{status: 200, json: placed}},
		{"a token after Bearer", request{method: "GET", path: "/orders/" + id, header: bearer}, want{status: 200, json: placed}},
		{"a trailing slash when placing", request{method: "POST", path: "/orders/", body: body}, want{status: 200, json: placed}},
		{"a trailing slash on a list", request{method: "GET", path: "/orders/"}, want{status: 200, json: fields{"orders.#": 5}}},
		{"a trailing slash on a list with a query", request{method: "GET", path: "/orders/?status=PLACED"}, want{status: 200, json: fields{"orders.#": 3}}},
		{"a trailing slash on an order", request{method: "GET", path: "/orders/" + id + "/"}, want{status: 200, json: placed}},
		{"a trailing slash on a user's order", request{method: "GET", path: "/users/" + u.id + "/orders/" + id + "/"}, want{status: 200, json: placed}},
		{"a body of curl without a type", request{method: "POST", path: "/orders", body: body}, want{status: 200, json: placed}},
		{"a body of curl as a form", request{method: "POST", path: "/orders", body: body, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}},
			want{status: 200, json: placed}},
		{"a body as XML", request{method: "POST", path: "/orders", body: body, header: map[string]string{"Content-Type": "text/xml; charset=latin1"}},
			want{status: 200, json: placed}},
		{"a trailing slash when editing", request{method: "PUT", path: "/orders/" + id + "/", body: workshopEdit}, want{status: 200, json: fields{"version": 2}}},
		{"a trailing slash on a status", request{method: "PUT", path: "/users/" + u.id + "/orders/" + acknowledged + "/status/", as: staff, body: `{"status":"ACKNOWLEDGED"}`},
			want{status: 200, json: fields{"status": "ACKNOWLEDGED"}}},
		{"a trailing slash when canceling", request{method: "DELETE", path: "/orders/" + id + "/"}, want{status: 200, json: fields{"status": "CANCELED"}}},
	})
}

// sameSet reports whether two lists have the same elements.
func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
