package acceptance

import (
	"fmt"
	"strings"
	"testing"
)

// ignored is the header that names what was skipped; "" that there is none.
func ignored(paths string) map[string]string { return map[string]string{"Comanda-Ignored": paths} }

// unknownScenarios send fields that the API doesn't know.
func unknownScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	c.ignoredFields(t, u, admin)
	s.scenario(t, "every operation with a body names what it doesn't know, in its refusals, too", func(t *testing.T) { c.ignoredEverywhere(t, u, admin) })
	s.scenario(t, "an answer can be sent back, and nothing in it is unknown", func(t *testing.T) {
		a := c.post(t, u, "/orders", with(soup, `"note":"n"`, `"delivery":{"id":1,"name":"Ivy"}`)).expect(t, want{status: 200, header: ignored("")})
		id := a.str(t, "orderId")
		c.step(t, admin, u, id, "CANCELED", `,"reason":"sold out"`).expect(t, want{status: 200})
		back := c.get(t, u, "/orders/"+id).body
		c.put(t, u, "/orders/"+id, string(back)).expect(t, want{status: 400, problem: "wrong-status", header: ignored("")})
		c.post(t, u, "/orders", string(back)).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": "true", "Comanda-Ignored": ""}})
		profile := c.put(t, u, "/users/"+u.id, `{"name":"Ana"}`).expect(t, want{status: 200, header: ignored("")})
		c.put(t, u, "/users/"+u.id, string(profile.body)).expect(t, want{status: 200, header: ignored("")})
	})
	s.scenario(t, "unknown fields can be skipped in silence", func(t *testing.T) {
		c := s.open(t, options{unknownFields: "accept"})
		c.post(t, c.signUp(t, "ana"), "/orders", with(soup, `"tips":3`)).expect(t, want{status: 200, header: ignored("")})
	})
	s.scenario(t, "unknown fields can be refused, but not in a repetition", func(t *testing.T) { becomesStrict(t, s) })
}

func (c *client) ignoredFields(t *testing.T, u, admin *user) {
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf(`"x%02d":{"deep":[1]}`, i))
	}
	place := func(name, body, paths string, status int) exchange {
		return exchange{"what isn't known is named: " + name, request{method: "POST", path: "/orders", body: body}, want{status: status, header: ignored(paths)}}
	}
	item := func(members string) string { return strings.Replace(soup, `"quantity":2`, members, 1) }
	table := []exchange{
		place("nothing", soup, "", 200),
		place("a member", with(soup, `"tips":3`), "$.tips", 200),
		place("a quantity that is called otherwise", item(`"qty":2`), "$.orderItems[0].qty", 200),
		place("an allergy and a tip", with(item(`"quantity":2,"allergies":["nuts"]`), `"tip":1`), "$.tip, $.orderItems[0].allergies", 200),
		place("another case", with(soup, `"Note":"no nuts"`), "$.Note", 200),
		place("of a courier", with(soup, `"delivery":{"id":1,"name":"Ivy","phone":"1"}`), "$.delivery.phone", 200),
		place("members that the service decides are known", with(soup, `"status":"PLACED"`, `"orderTime":"2020-01-01T00:00:00Z"`, `"userId":"x"`), "", 200),
		place("not what is in it", with(soup, `"extra":{"a":{"b":1}}`), "$.extra", 200),
		place("keys that would be headers", with(soup, `"a\r\nX-Evil: 1":1`, `"b, $.note":1`, `"ñ":1`), `$["a\u000d\u000aX-Evil: 1"], $["b\u002c $.note"], $["\u00f1"]`, 200),
		place("at most twenty", with(soup, many...), "$.x"+strings.Join(strings.Fields("00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19"), ", $.x"), 200),
		place("beside violations", with(item(`"quantity":0,"qty":2`), `"tips":3`), "$.tips, $.orderItems[0].qty", 400),
	}
	bad := place("not of what can't be read", `{"tips":3,`, "", 400)
	table = append(table, bad)
	c.exchanges(t, u, table)
}

// ignoredEverywhere sends an unknown member to every operation that has a body.
func (c *client) ignoredEverywhere(t *testing.T, u, admin *user) {
	id := c.place(t, u, soup)
	odd := func(body string) string { return with(body, `"odd":[{}]`) }
	for _, d := range c.describedOperations(t) {
		example := d.body(t)
		if example == "" {
			continue
		}
		as, path := u, strings.NewReplacer("{userid}", u.id, "{orderId}", id).Replace(d.Path)
		if d.Access == "staff" || d.Access == "admin" {
			as = admin
		}
		if d.ID == "patchUser" {
			c.put(t, u, "/users/"+u.id, `{"name":"Ana"}`).expect(t, want{status: 200})
		}
		for range 2 { // the second is a repetition, or a refusal
			a := c.send(t, request{method: d.Method, path: path, as: as, body: odd(example)})
			if got := a.header.Get("Comanda-Ignored"); got != "$.odd" {
				t.Errorf("%s %s: got %d, Comanda-Ignored %q, want $.odd: %s", d.Method, d.Path, a.status, got, a.body)
			}
		}
	}
	c.put(t, u, "/orders/none", odd(pie)).expect(t, want{status: 404, problem: "not-found", header: ignored("$.odd")})
	c.put(t, u, "/orders/"+id, odd(soup)).expect(t, want{status: 400, problem: "wrong-status", header: ignored("$.odd")})
	c.post(t, u, "/orders", named(id, odd(of("9", soup)))).expect(t, want{status: 422, problem: "key-reused", header: ignored("$.odd")})
	c.send(t, request{method: "PUT", path: "/orders/" + id, as: u, body: odd(pie), header: map[string]string{"If-Match": `"99"`}}).
		expect(t, want{status: 412, problem: "precondition-failed", header: ignored("$.odd")})
	c.post(t, admin, "/users", odd(fmt.Sprintf(`{"name":"x","userid":%q}`, u.id))).expect(t, want{status: 409, problem: "user-exists", header: ignored("$.odd")})
}

// becomesStrict places orders and profiles with unknown fields, and then has the server refuse those.
func becomesStrict(t *testing.T, s *suite) {
	c := s.open(t, options{unknownFields: "report"})
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	odd := func(body string) string {
		return strings.Replace(with(body, `"tips":3`), `"quantity"`, `"qty":7,"quantity"`, 1)
	}
	keyed := func(as *user, path, body string) request {
		return request{method: "POST", path: path, as: as, body: body, header: map[string]string{"Idempotency-Key": "k-1"}}
	}
	refused := want{status: 400, problem: "invalid-input", violations: []string{"$.tips is unknown", "$.orderItems[0].qty is unknown"}, header: ignored("$.tips, $.orderItems[0].qty")}
	first := c.post(t, u, "/orders", named("kept", odd(soup))).expect(t, want{status: 200, header: ignored("$.tips, $.orderItems[0].qty")})
	byKey := c.send(t, keyed(u, "/orders", odd(soup))).expect(t, want{status: 200})
	person := c.send(t, keyed(admin, "/users", `{"name":"John Doe","tips":3}`)).expect(t, want{status: 200, header: ignored("$.tips")})
	c.put(t, u, "/users/"+u.id, `{"name":"Ana","tips":3}`).expect(t, want{status: 200})

	c.server.(settable).configure(options{unknownFields: "reject"})
	c.restart(t)
	for _, repetition := range []struct {
		request
		of answer
	}{{request{method: "POST", path: "/orders", as: u, body: named("kept", odd(soup))}, first}, {keyed(u, "/orders", odd(soup)), byKey}} {
		a := c.send(t, repetition.request).expect(t, want{status: 200, header: ignored("$.tips, $.orderItems[0].qty")})
		if err := a.isReplay(repetition.of); err != nil {
			t.Error(err)
		}
	}
	if again := c.send(t, keyed(admin, "/users", `{"name":"John Doe","tips":3}`)).expect(t, want{status: 200}); string(again.body) != string(person.body) {
		t.Errorf("got %s, want %s again", again.body, person.body)
	}
	c.put(t, u, "/users/"+u.id, `{"name":"Ana","tips":3}`).expect(t, want{status: 200, json: fields{"version": 1}})
	c.put(t, u, "/orders/kept", odd(soup)).expect(t, want{status: 200, json: fields{"version": 1}})
	c.step(t, admin, u, "kept", "PLACED", `,"tips":3`).expect(t, want{status: 200, json: fields{"version": 1}})

	c.post(t, u, "/orders", odd(soup)).expect(t, refused)
	c.post(t, u, "/orders", named("new", odd(soup))).expect(t, refused)
	c.post(t, u, "/orders", named("kept", odd(of("9", soup)))).expect(t, want{status: 422, problem: "key-reused"})
	c.put(t, u, "/orders/kept", odd(of("9", soup))).expect(t, refused)
	c.step(t, admin, u, "kept", "ACKNOWLEDGED", `,"tips":3`).expect(t, want{status: 400, violations: []string{"$.tips is unknown"}})
	c.put(t, u, "/users/"+u.id, `{"name":"Bea","tips":3}`).expect(t, want{status: 400, violations: []string{"$.tips is unknown"}})
	c.send(t, request{method: "PATCH", path: "/users/" + u.id, as: u, body: `{"name":"Bea","tips":3}`}).expect(t, want{status: 400, violations: []string{"$.tips is unknown"}})
	c.post(t, admin, "/users", `{"name":"Jane Doe","tips":3}`).expect(t, want{status: 400, violations: []string{"$.tips is unknown"}})
	c.post(t, u, "/orders", strings.Replace(odd(soup), `"price":4.5`, `"price":-1`, 1)).expect(t, want{status: 400,
		violations: []string{"$.orderItems[0].price must be 0 to", "$.tips is unknown", "$.orderItems[0].qty is unknown"}})
	if got := c.list(t, u, ""); len(got) != 2 {
		t.Errorf("list: got %v, want the two orders from before", got)
	}
	c.get(t, u, "/users/"+u.id).expect(t, want{status: 200, json: fields{"name": "Ana", "version": 1}})
}
