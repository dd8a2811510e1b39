package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"comanda/order"

	"github.com/google/uuid"
)

// soup is the body of a placement without an id.
const soup = `{"restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":4.5,"quantity":2}],"totalAmount":9}`

// soupOf is the same as a value, with a note.
func soupOf(note string) order.Content {
	return order.Content{
		Restaurant: order.NumberID(1), Total: 90_000, Note: note,
		Items: []order.Item{{ID: order.NumberID(1), Name: "Soup", Price: 45_000, Quantity: 2}},
	}
}

// pie is another.
const pie = `{"restaurantId":1,"orderItems":[{"id":2,"name":"Pie","price":3.25,"quantity":1}],"totalAmount":3.25}`

// with returns a JSON object with further members in front.
func with(body string, members ...string) string {
	return "{" + strings.Join(members, ",") + "," + strings.TrimPrefix(body, "{")
}

// named returns a placement with an order id.
func named(id, body string) string { return with(body, fmt.Sprintf(`"orderId":%q`, id)) }

// of returns a placement at another restaurant. restaurant is JSON.
func of(restaurant, body string) string {
	return strings.Replace(body, `"restaurantId":1`, `"restaurantId":`+restaurant, 1)
}

func newID() string { return uuid.NewString() }

// place places an order and returns its id.
func (c *client) place(t *testing.T, u *user, body string) string {
	t.Helper()
	return c.post(t, u, "/orders", body).expect(t, want{status: 200, json: fields{"status": "PLACED", "version": 1}}).str(t, "orderId")
}

// step takes a step as staff. rest is further members of the body, with a comma in front.
func (c *client) step(t *testing.T, staff, owner *user, id, status, rest string) answer {
	t.Helper()
	return c.put(t, staff, "/users/"+owner.id+"/orders/"+id+"/status", fmt.Sprintf(`{"status":%q%s}`, status, rest))
}

// list returns the ids of a list.
func (c *client) list(t *testing.T, u *user, query string) []string {
	t.Helper()
	return ids(t, c.get(t, u, "/orders"+query).expect(t, want{status: 200}))
}

func ids(t *testing.T, a answer) []string {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(a.at("orders.#"), &n); err != nil {
		t.Fatalf("no list: %d %s", a.status, a.body)
	}
	out := make([]string, n)
	for i := range out {
		out[i] = a.str(t, fmt.Sprintf("orders.%d.orderId", i))
	}
	return out
}
