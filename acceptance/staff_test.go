package acceptance

import "testing"

func staffScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	s.scenario(t, "an order goes its way, and everybody sees who did what", func(t *testing.T) { c.wholeWay(t, u, admin) })
	s.scenario(t, "the administrators' group counts among other groups", func(t *testing.T) {
		second := c.signUp(t, "second", "aaa", "apiAdmins", "zzz")
		c.step(t, second, u, c.place(t, u, soup), "ACKNOWLEDGED", "").expect(t, want{status: 200})
	})
	s.scenario(t, "a group with a similar name is no administrators' group", func(t *testing.T) {
		for _, group := range []string{"apiAdmins2", "apiadmins", "restaurant"} {
			u2 := c.signUp(t, "nobody", group)
			c.step(t, u2, u, c.place(t, u, soup), "ACKNOWLEDGED", "").expect(t, want{status: 403, problem: "forbidden"})
		}
	})
	s.scenario(t, "a courier is set at dispatch and replaces the customer's", func(t *testing.T) {
		id := c.place(t, u, with(soup, `"delivery":{"id":1,"name":"Own"}`))
		c.step(t, admin, u, id, "ACKNOWLEDGED", "").expect(t, want{status: 200, json: fields{"delivery.id": 1}})
		courier := `,"delivery":{"id":"c-9","name":"Cargo Express"}`
		c.step(t, admin, u, id, "DISPATCHED", courier).expect(t, want{status: 200, json: fields{"delivery.id": "c-9", "delivery.name": "Cargo Express", "version": 3}})
		c.step(t, admin, u, id, "DISPATCHED", courier).expect(t, want{status: 200, json: fields{"version": 3}})
		c.step(t, admin, u, id, "DISPATCHED", "").expect(t, want{status: 200, json: fields{"version": 3}})
		c.step(t, admin, u, id, "DISPATCHED", `,"delivery":{"id":"c-8","name":"Other"}`).expect(t, want{status: 400, problem: "other-courier"})
		c.step(t, admin, u, id, "DELIVERED", courier).expect(t, want{status: 400, violations: []string{"$.delivery only with status DISPATCHED"}})
		c.step(t, admin, u, id, "DELIVERED", "").expect(t, want{status: 200, json: fields{"delivery.id": "c-9", "version": 4}})
	})
	c.stepBodies(t, u, admin)
	c.members(t, s, u)
	s.scenario(t, "one's own username stands for one's id", func(t *testing.T) {
		id := c.place(t, u, soup)
		c.get(t, u, "/users/"+u.username+"/orders/"+id).expect(t, want{status: 200, json: fields{"userId": u.id}})
		others := want{status: 404, problem: "not-found"}
		if s.target.differs(usernamesAreIDs) {
			others = want{status: 200}
		}
		c.get(t, admin, "/users/"+u.username+"/orders/"+id).expect(t, others)
	})
}

func (c *client) wholeWay(t *testing.T, u, admin *user) {
	id := c.place(t, u, soup)
	c.step(t, admin, u, id, "ACKNOWLEDGED", `,"reason":"ready at seven"`).expect(t, want{status: 200, header: map[string]string{"ETag": `"2"`},
		json: fields{"status": "ACKNOWLEDGED", "history.0.by": admin.id, "history.0.reason": "ready at seven"}})
	c.step(t, admin, u, id, "DISPATCHED", "").expect(t, want{status: 200, json: fields{"version": 3}})
	c.step(t, admin, u, id, "DELIVERED", "").expect(t, want{status: 200, json: fields{"version": 4}})
	story := func(by string) fields {
		return fields{
			"status": "DELIVERED", "version": 4, "history.#": 3, "history.0.status": "ACKNOWLEDGED", "history.1.status": "DISPATCHED", "history.2.status": "DELIVERED",
			"history.0.by": by, "history.1.by": by, "history.2.by": by, "history.0.reason": "ready at seven", "history.1.reason": absent,
		}
	}
	c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: story("staff")})
	c.get(t, u, "/users/"+u.id+"/orders/"+id).expect(t, want{status: 200, json: story("staff")})
	c.get(t, admin, "/users/"+u.id+"/orders/"+id).expect(t, want{status: 200, json: story(admin.id)})
	own := c.place(t, u, soup)
	c.remove(t, u, "/orders/"+own).expect(t, want{status: 200, json: fields{"history.#": 1, "history.0.by": "owner"}})
	c.get(t, admin, "/users/"+u.id+"/orders/"+own).expect(t, want{status: 200, json: fields{"history.0.by": u.id}})
}

func (c *client) stepBodies(t *testing.T, u, admin *user) {
	path := "/users/" + u.id + "/orders/" + c.place(t, u, soup) + "/status"
	refused := func(name, body string, violations ...string) exchange {
		return exchange{"a step is refused " + name, request{method: "PUT", path: path, as: admin, body: body}, want{status: 400, problem: "invalid-input", violations: violations}}
	}
	c.exchanges(t, u, []exchange{
		refused("without a status", `{}`, "$.status is required"),
		refused("with an unknown status", `{"status":"EATEN"}`, `$.status "EATEN" is no status`),
		refused("in lower case", `{"status":"placed"}`, "$.status is no status"),
		refused("with a status that is a number", `{"status":1}`, "$.status must be a string"),
		refused("with a courier without id", `{"status":"DISPATCHED","delivery":{"name":"x"}}`, "$.delivery.id is required"),
		refused("with everything wrong", `{"status":null,"delivery":[],"reason":false}`,
			"$.status is required", "$.delivery must be an object", "$.reason must be a string"),
	})
}

// members are staff of one restaurant.
func (c *client) members(t *testing.T, s *suite, u *user) {
	one, text := c.signUp(t, "one", "restaurant-1"), c.signUp(t, "text", "restaurant-r.2:x", "restaurant-3")
	first, second := c.place(t, u, soup), c.place(t, u, of(`"r.2:x"`, soup))
	path := func(id string) string { return "/users/" + u.id + "/orders/" + id }
	forbidden, missing := want{status: 403, problem: "forbidden"}, want{status: 404, problem: "not-found"}
	acknowledge := `{"status":"ACKNOWLEDGED"}`
	c.exchanges(t, one, []exchange{
		{"a member reads an order of the restaurant", request{method: "GET", path: path(first)}, want{status: 200, json: fields{"restaurantId": 1}}},
		{"a member reads no order of another restaurant", request{method: "GET", path: path(second)}, missing},
		{"a member reads no order that isn't there", request{method: "GET", path: path("none")}, missing},
		{"a member moves no order of another restaurant", request{method: "PUT", path: path(second) + "/status", body: acknowledge}, missing},
		{"a member learns nothing about another restaurant's order by a version", request{method: "PUT", path: path(second) + "/status", body: acknowledge, header: map[string]string{"If-Match": `"9"`}}, missing},
		{"a member moves an order of the restaurant", request{method: "PUT", path: path(first) + "/status", body: acknowledge}, want{status: 200, json: fields{"history.0.by": one.id}}},
		{"a member moves an order of a restaurant whose id is text", request{method: "PUT", path: path(second) + "/status", as: text, body: acknowledge}, want{status: 200}},
		{"a customer reads no order of somebody else", request{method: "GET", path: "/users/" + one.id + "/orders/x", as: u}, forbidden},
		{"a customer moves no own order", request{method: "PUT", path: path(first) + "/status", as: u, body: `{"status":"DELIVERED"}`}, forbidden},
		{"a customer is refused before the body is read", request{method: "PUT", path: path(first) + "/status", as: u, body: `not JSON`}, validatedFirst},
	})
	s.scenario(t, "a member's own order at another restaurant is the member's", func(t *testing.T) {
		id := c.place(t, one, of("5", soup))
		c.get(t, one, "/users/"+one.id+"/orders/"+id).expect(t, want{status: 200})
		c.step(t, one, one, id, "ACKNOWLEDGED", "").expect(t, missing)
	})
	s.scenario(t, "a member follows the restaurant, whatever form its id has", func(t *testing.T) {
		id := c.place(t, u, of(`"1"`, soup))
		c.step(t, one, u, id, "ACKNOWLEDGED", "").expect(t, want{status: 200, json: fields{"restaurantId": "1"}})
	})
	s.scenario(t, "an order that moves to another restaurant is lost to a member", func(t *testing.T) {
		id := c.place(t, u, soup)
		c.get(t, one, path(id)).expect(t, want{status: 200})
		c.put(t, u, "/orders/"+id, of("2", soup)).expect(t, want{status: 200})
		c.get(t, one, path(id)).expect(t, missing)
	})
}
