package acceptance

import (
	"testing"
)

// journey is how an order gets into each status, by steps of staff.
var journey = map[string][]string{
	"PLACED":       nil,
	"ACKNOWLEDGED": {"ACKNOWLEDGED"},
	"DISPATCHED":   {"ACKNOWLEDGED", "DISPATCHED"},
	"DELIVERED":    {"ACKNOWLEDGED", "DISPATCHED", "DELIVERED"},
	"CANCELED":     {"CANCELED"},
}

// openSteps is where staff can take an order.
var openSteps = map[string][]string{
	"PLACED":       {"ACKNOWLEDGED", "CANCELED"},
	"ACKNOWLEDGED": {"DISPATCHED", "CANCELED"},
	"DISPATCHED":   {"DELIVERED", "CANCELED"},
	"DELIVERED":    nil,
	"CANCELED":     nil,
}

var statuses = []string{"PLACED", "ACKNOWLEDGED", "DISPATCHED", "DELIVERED", "CANCELED"}

// placeIn places an order and takes it to a status. It returns its id.
func (c *client) placeIn(t *testing.T, u, staff *user, status string) string {
	t.Helper()
	id := c.place(t, u, soup)
	for _, step := range journey[status] {
		c.step(t, staff, u, id, step, "").expect(t, want{status: 200, json: fields{"status": step}})
	}
	return id
}

func lifecycleScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, staff := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	for _, from := range statuses {
		version := len(journey[from]) + 1
		s.scenario(t, "an edit while "+from, func(t *testing.T) {
			id := c.placeIn(t, u, staff, from)
			w := want{status: 400, problem: "wrong-status", detail: []string{from, "only while it is PLACED"}}
			if from == "PLACED" {
				w = want{status: 200, header: map[string]string{"ETag": `"2"`}, json: fields{"version": 2, "totalAmount": 3.25, "history.#": 0}}
				version = 2
			}
			c.put(t, u, "/orders/"+id, pie).expect(t, w)
			c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"version": version, "status": from}})
		})
		s.scenario(t, "a cancellation by the owner while "+from, func(t *testing.T) {
			id := c.placeIn(t, u, staff, from)
			w := want{status: 400, problem: "wrong-status", detail: []string{from, "only while it is PLACED"}}
			switch from {
			case "PLACED", "CANCELED":
				w = want{status: 200, header: map[string]string{"ETag": `"2"`}, json: fields{"status": "CANCELED", "version": 2, "history.#": 1}}
			}
			c.remove(t, u, "/orders/"+id).expect(t, w)
		})
		for _, to := range statuses {
			s.scenario(t, "a step from "+from+" to "+to, func(t *testing.T) { c.oneStep(t, u, staff, from, to) })
		}
	}
	s.scenario(t, "an edit that changes nothing keeps the version", func(t *testing.T) {
		id := c.place(t, u, soup)
		c.put(t, u, "/orders/"+id, with(soup, `"unknown":1`)).expect(t, want{status: 200, json: fields{"version": 1}})
	})
	s.scenario(t, "an edit replaces all of the content and nothing else", func(t *testing.T) { c.wholeEdit(t, u) })
	s.scenario(t, "racing edits and acknowledgements leave one order", func(t *testing.T) { c.race(t, u, staff) })
	c.unknownOrders(t, u, staff)
}

// oneStep checks a step that is open, repeated, or refused with the open ones.
func (c *client) oneStep(t *testing.T, u, staff *user, from, to string) {
	id := c.placeIn(t, u, staff, from)
	version := len(journey[from]) + 1
	for _, open := range openSteps[from] {
		if open == to {
			w := want{status: 200, json: fields{"status": to, "version": version + 1}}
			again := c.step(t, staff, u, id, to, "").expect(t, w)
			if repeated := c.step(t, staff, u, id, to, "").expect(t, w); string(repeated.body) != string(again.body) {
				t.Errorf("repeated: got %s, want %s", repeated.body, again.body)
			}
			return
		}
	}
	if from == to {
		c.step(t, staff, u, id, to, "").expect(t, want{status: 200, json: fields{"status": to, "version": version}})
		return
	}
	named := append([]string{"the order is " + from, "set to " + to}, openSteps[from]...)
	if openSteps[from] == nil {
		named = append(named, "no step is open")
	}
	c.step(t, staff, u, id, to, "").expect(t, want{status: 400, problem: "wrong-status", detail: named})
	c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"status": from, "version": version}})
}

func (c *client) wholeEdit(t *testing.T, u *user) {
	full := with(soup, `"note":"no salt"`, `"deliveryAddress":"Main St"`, `"delivery":{"id":"c-1","name":"Cargo"}`)
	first := c.post(t, u, "/orders", full).expect(t, want{status: 200, json: fields{"note": "no salt", "deliveryAddress": "Main St", "delivery.id": "c-1"}})
	id := first.str(t, "orderId")
	c.put(t, u, "/orders/"+id, with(pie, `"orderId":"other"`, `"status":"DELIVERED"`)).expect(t, want{status: 200, json: fields{
		"orderId": id, "status": "PLACED", "version": 2, "totalAmount": 3.25, "orderItems.#": 1, "orderItems.0.name": "Pie",
		"note": absent, "deliveryAddress": absent, "delivery": absent, "orderTime": first.str(t, "orderTime"), "userId": u.id,
	}})
}

// race lets an owner edit and cancel while staff acknowledge. Whatever wins, the
// history tells one story.
func (c *client) race(t *testing.T, u, staff *user) {
	id := c.place(t, u, soup)
	attempts := []request{
		{method: "PUT", path: "/orders/" + id, as: u, body: pie},
		{method: "DELETE", path: "/orders/" + id, as: u},
		{method: "PUT", path: "/users/" + u.id + "/orders/" + id + "/status", as: staff, body: `{"status":"ACKNOWLEDGED"}`},
	}
	answers := c.storm(t, 24, func(i int) request { return attempts[i%len(attempts)] })
	canceled, acknowledged := false, false
	for _, a := range answers {
		switch a.status {
		case 200:
			canceled = canceled || a.at("status") == `"CANCELED"`
			acknowledged = acknowledged || a.at("status") == `"ACKNOWLEDGED"`
		case 400:
			a.expect(t, want{status: 400, problem: "wrong-status"})
		default:
			a.expect(t, want{status: 503, problem: "contended"})
		}
	}
	if canceled == acknowledged {
		t.Errorf("canceled %v and acknowledged %v, want exactly one of them", canceled, acknowledged)
	}
	c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"history.#": 1}})
}

func (c *client) unknownOrders(t *testing.T, u, staff *user) {
	theirs := c.place(t, c.signUp(t, "bea"), soup)
	missing := want{status: 404, problem: "not-found"}
	var table []exchange
	for _, id := range []string{"none", theirs} {
		name := map[bool]string{true: "an order of somebody else", false: "an unknown order"}[id == theirs]
		table = append(table,
			exchange{name + " is not read", request{method: "GET", path: "/orders/" + id}, missing},
			exchange{name + " is not edited", request{method: "PUT", path: "/orders/" + id, body: soup}, missing},
			exchange{name + " is not canceled", request{method: "DELETE", path: "/orders/" + id}, missing},
			exchange{name + " is not read as one's own", request{method: "GET", path: "/users/" + u.id + "/orders/" + id}, missing},
			exchange{name + " is not moved by staff", request{method: "PUT", path: "/users/" + u.id + "/orders/" + id + "/status", as: staff, body: `{"status":"ACKNOWLEDGED"}`}, missing},
		)
	}
	c.exchanges(t, u, table)
}
