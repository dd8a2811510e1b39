package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"comanda/order"
)

const (
	noControl = "must have no control characters"
	unseen    = "must have a visible character"
)

// textScenarios send text that can't be shown.
func textScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	c.orderTexts(t, u)
	c.stepTexts(t, s, u, admin)
	c.profileTexts(t, admin)
	s.scenario(t, "an order that was stored with such text is repeated, and edited beside it", func(t *testing.T) { c.oldText(t, u) })
}

func (c *client) orderTexts(t *testing.T, u *user) {
	bad := func(name, body, violation string) exchange {
		return exchange{"a placement is refused with " + name, request{method: "POST", path: "/orders", body: body}, want{status: 400, problem: "invalid-input", violations: []string{violation}}}
	}
	item := func(text string) string { return strings.Replace(soup, "Soup", text, 1) }
	var table []exchange
	for _, char := range []string{`\u0000`, `\u0007`, `\u001b[2J`, `\u007f`, `\u0085`, `\u009b`, `\u000b`} {
		table = append(table,
			bad(char+" in an item's name", item("So"+char+"up"), "$.orderItems[0].name "+noControl),
			bad(char+" in a note", with(soup, `"note":"no`+char+`nuts"`), "$.note "+noControl+" but newline and tab"),
			bad(char+" in an address", with(soup, `"deliveryAddress":"1`+char+`"`), "$.deliveryAddress "+noControl+" but newline and tab"),
			bad(char+" in a courier's name", with(soup, `"delivery":{"id":1,"name":"I`+char+`vy"}`), "$.delivery.name "+noControl))
	}
	for name, text := range map[string]string{
		"blanks": "  ", "a no-break space": `\u00a0`, "spaces of no width": `\u200b\u200d\ufeff`, "a mark of direction": `\u202e`, "a filler": `\u3164`, "an empty pattern": `\u2800`,
	} {
		table = append(table, bad("a name of "+name, item(text), "$.orderItems[0].name "+unseen),
			bad("a courier of "+name, with(soup, `"delivery":{"id":1,"name":"`+text+`"}`), "$.delivery.name "+unseen))
	}
	table = append(table,
		bad("a line end in an item's name", item(`So\nup`), "$.orderItems[0].name "+noControl),
		bad("a tab in a courier's name", with(soup, `"delivery":{"id":1,"name":"I\tvy"}`), "$.delivery.name "+noControl),
		bad("a carriage return that ends no line", with(soup, `"note":"a\rb"`), "$.note "+noControl),
		exchange{"every text is named that can't be shown, beside other violations", request{method: "POST", path: "/orders",
			body: `{"restaurantId":1,"orderItems":[{"id":1,"name":"\u0000","price":-1},{"id":2,"name":" ","price":1}],"totalAmount":1,"note":"\u0000"}`},
			want{status: 400, violations: []string{"$.orderItems[0].name " + noControl, "$.orderItems[0].name " + unseen, "$.orderItems[0].price must be 0 to", "$.orderItems[1].name " + unseen, "$.note " + noControl}}},
		exchange{"lines and tabs are taken in notes and addresses", request{method: "POST", path: "/orders", body: with(soup, `"note":"no nuts,\n\tplease"`, `"deliveryAddress":"1 Main St\r\n2nd floor"`)},
			want{status: 200, json: fields{"note": "no nuts,\n\tplease", "deliveryAddress": "1 Main St\r\n2nd floor"}}},
		exchange{"text of all scripts is taken", request{method: "POST", path: "/orders", body: item("麻婆豆腐 👨‍👩‍👧 كُسْكُس")}, want{status: 200, json: fields{"orderItems.0.name": "麻婆豆腐 👨‍👩‍👧 كُسْكُس"}}},
	)
	c.exchanges(t, u, table)
}

func (c *client) stepTexts(t *testing.T, s *suite, u, admin *user) {
	id := c.place(t, u, soup)
	for _, x := range []struct{ status, rest, violation string }{
		{"CANCELED", `,"reason":"sold\u0000out"`, "$.reason " + noControl},
		{"CANCELED", `,"reason":"sold\nout"`, "$.reason " + noControl},
		{"DISPATCHED", `,"delivery":{"id":1,"name":"\u200b"}`, "$.delivery.name " + unseen},
	} {
		s.scenario(t, "a step is refused with "+x.rest, func(t *testing.T) {
			if x.status == "DISPATCHED" {
				c.step(t, admin, u, id, "ACKNOWLEDGED", "").expect(t, want{status: 200})
			}
			c.step(t, admin, u, id, x.status, x.rest).expect(t, want{status: 400, problem: "invalid-input", violations: []string{x.violation}})
		})
	}
}

func (c *client) profileTexts(t *testing.T, admin *user) {
	bad := func(name, body string, violations ...string) exchange {
		return exchange{"a profile is refused with " + name, request{method: "POST", path: "/users", body: body}, want{status: 400, problem: "invalid-input", violations: violations}}
	}
	c.exchanges(t, admin, []exchange{
		bad("a name of blanks", `{"name":"  "}`, "$.name "+unseen),
		bad("a control character in its name", `{"name":"An\u0000a"}`, "$.name "+noControl),
		bad("a line end in its name", `{"name":"Ana\nB"}`, "$.name "+noControl),
		bad("a control character in its address", `{"name":"Ana","address":"1\u001b"}`, "$.address "+noControl+" but newline and tab"),
		bad("a username that can't be seen", `{"name":"Ana","username":"\u3164"}`, "$.username "+unseen),
		{"an address has lines", request{method: "POST", path: "/users", body: `{"name":"Ana","address":"1 Quay Street\n2nd floor"}`}, want{status: 200, json: fields{"address": "1 Quay Street\n2nd floor"}}},
	})
}

// oldText stores an order as the first edition did, which took any text.
func (c *client) oldText(t *testing.T, u *user) {
	id := newID()
	body := func(quantity int, name, note string) string {
		return named(id, fmt.Sprintf(`{"restaurantId":1,"orderItems":[{"id":1,"name":"%s","price":4.5,"quantity":%d}],"totalAmount":9,"note":"%s"}`, name, quantity, note))
	}
	c.post(t, u, "/orders", body(2, "Soup", "note")).expect(t, want{status: 200})
	c.server.(dating).redate(t, u.id, id, func(o *order.Order) { o.Items[0].Name, o.Note = "So\x00up", "\x1b[2J" })
	const name, note = `So\u0000up`, `\u001b[2J`
	first := c.post(t, u, "/orders", body(2, name, note)).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": "true"}, json: fields{"orderItems.0.name": "So\x00up", "note": "\x1b[2J"}})
	again := func(t *testing.T) {
		t.Helper()
		if err := c.post(t, u, "/orders", body(2, name, note)).isReplay(first); err != nil {
			t.Error(err)
		}
	}
	again(t)
	c.post(t, u, "/orders", body(3, name, note)).expect(t, want{status: 422, problem: "key-reused"})
	c.put(t, u, "/orders/"+id, body(2, name, note)).expect(t, want{status: 200, json: fields{"version": 1}})
	c.put(t, u, "/orders/"+id, body(3, name, note)).expect(t, want{status: 200, json: fields{"orderItems.0.quantity": 3, "note": "\x1b[2J"}})
	c.put(t, u, "/orders/"+id, body(3, name, `other\u0000`)).expect(t, want{status: 400, violations: []string{"$.note " + noControl}})
	again(t)
	c.put(t, u, "/orders/"+id, body(3, "Soup", "")).expect(t, want{status: 200, json: fields{"note": absent}})
	c.put(t, u, "/orders/"+id, body(3, name, "")).expect(t, want{status: 400, violations: []string{"$.orderItems[0].name " + noControl}})
	again(t)
}
