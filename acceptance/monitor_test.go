package acceptance

import (
	"fmt"
	"testing"
	"time"
)

// monitorScenarios are about what orders add up to. They need a target whose
// changes reach the reports by themselves.
func monitorScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{follow: true})
	m := &monitor{c, c.signUp(t, "admin", "apiAdmins"), c.signUp(t, "a"), c.signUp(t, "b")}
	s.scenario(t, "edits, couriers and cancellations arrive in the rankings", m.ranks)
	s.scenario(t, "days are reported by their orders", m.days)
	c.monitorQueries(t, m.admin)
	if !s.target.lacks("rebuildReports") {
		s.scenario(t, "a recount agrees", m.recounts)
	}
}

// monitor watches the report of a server.
type monitor struct {
	*client
	admin, a, b *user
}

// patience is how long a change may take to arrive in a report. Embedded it is
// a moment, on AWS it would be a window.
const patience = time.Minute

// until asks for a report until it has these values, and fails when that takes too long.
func (m *monitor) until(t *testing.T, query string, wanted fields) {
	t.Helper()
	deadline := time.Now().Add(patience)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for ; ; <-again.C {
		got := m.get(t, m.admin, "/monitor"+query)
		arrived := got.status == 200
		for path, value := range wanted {
			arrived = arrived && got.at(path) == text(value)
		}
		if arrived || time.Now().After(deadline) {
			got.expect(t, want{status: 200, json: wanted})
			return
		}
	}
}

const (
	twoAndOne = `{"restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":9.99,"quantity":2},{"id":2,"name":"Bread","price":4.99}],` +
		`"totalAmount":24.97,"delivery":{"id":7,"name":"Ana"}}`
	rolls  = `{"restaurantId":2,"orderItems":[{"id":1,"name":"Roll","price":1.10,"quantity":%d}],"totalAmount":%s,"delivery":{"id":"M-3","name":"Luis"}}`
	single = `{"restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":9.99}],"totalAmount":9.99,"delivery":{"id":"M-3","name":"Luis"}}`
)

func (m *monitor) ranks(t *testing.T) {
	first := m.place(t, m.a, twoAndOne)
	second := m.place(t, m.b, fmt.Sprintf(rolls, 3, "3.80"))
	m.place(t, m.a, single)
	m.until(t, "", fields{
		"orders.PLACED": 3, "revenue": 38.76, "topProducts.#": 3, "couriersByUnits.#": 2,
		"topProducts.0.restaurantId": 1, "topProducts.0.units": 3, "topProducts.1.name": "Roll", "topProducts.1.units": 3, "couriersByRevenue.0.id": 7,
	})
	m.put(t, m.b, "/orders/"+second, fmt.Sprintf(rolls, 2, "2.70")).expect(t, want{status: 200})
	m.remove(t, m.a, "/orders/"+first).expect(t, want{status: 200})
	m.until(t, "", fields{
		"from": nil, "to": nil, "currency": absent, "orders.PLACED": 2, "orders.CANCELED": 1, "orders.DELIVERED": 0, "revenue": 12.69,
		"topProducts.#": 2, "topProducts.0.restaurantId": 2, "topProducts.0.id": 1, "topProducts.0.name": "Roll", "topProducts.0.units": 2, "topProducts.0.revenue": 2.2,
		"topProducts.1.restaurantId": 1, "topProducts.1.id": 1, "topProducts.1.name": "Soup", "topProducts.1.units": 1, "topProducts.1.revenue": 9.99,
		"couriersByUnits.#": 1, "couriersByUnits.0.id": "M-3", "couriersByUnits.0.name": "Luis", "couriersByUnits.0.units": 3, "couriersByUnits.0.revenue": 12.69,
		"couriersByRevenue.#": 1, "couriersByRevenue.0.id": "M-3", "couriersByRevenue.0.units": 3, "couriersByRevenue.0.revenue": 12.69,
		"days.#": 1, "days.0.date": m.today(0), "days.0.orders": 2, "days.0.revenue": 12.69,
	})
	m.until(t, "?top=1", fields{"topProducts.#": 1, "topProducts.0.restaurantId": 2, "revenue": 12.69})
}

// today returns the server's business day, n days on.
func (m *monitor) today(n int) string { return m.now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }

func (m *monitor) days(t *testing.T) {
	m.until(t, "?from="+m.today(0)+"&to="+m.today(1), fields{
		"from": m.today(0), "to": m.today(1), "revenue": 12.69, "topProducts.#": 2, "couriersByUnits.#": 1, "days.#": 1, "orders.CANCELED": 1,
	})
	m.until(t, "?from="+m.today(-2)+"&to="+m.today(0), fields{"revenue": 0, "topProducts.#": 0, "couriersByUnits.#": 0, "days.#": 0, "orders.PLACED": 0})
	if m.clock() == nil {
		return
	}
	m.tick(24 * time.Hour)
	late := m.signUp(t, "late") // the others' tokens have expired
	m.admin = m.signUp(t, "admin2", "apiAdmins")
	m.place(t, late, single)
	m.until(t, "?from="+m.today(0), fields{"from": m.today(0), "to": m.today(1), "revenue": 9.99, "topProducts.#": 1, "days.#": 1, "days.0.date": m.today(0)})
	m.until(t, "?from="+m.today(-1), fields{"revenue": 22.68, "days.#": 2, "topProducts.0.units": 2, "topProducts.0.revenue": 19.98})
}

// monitorQueries are refusals.
func (c *client) monitorQueries(t *testing.T, admin *user) {
	refused := func(name, query, violation string) exchange {
		return exchange{"a report is refused " + name, request{method: "GET", path: "/monitor?" + query, as: admin},
			want{status: 400, problem: "invalid-input", violations: []string{violation}}}
	}
	c.exchanges(t, admin, []exchange{
		refused("of no entry", "top=0", "query.top must be a whole number from 1 to 100"),
		refused("of too many", "top=101", "query.top must be a whole number from 1 to 100"),
		refused("of days that are none", "from=yesterday", "query.from must be a time such as"),
		refused("to a day and from none", "to=2026-01-31", "query.from is needed with to"),
		refused("of no day", "from=2026-01-31&to=2026-01-31", "query.to must be a later day than from"),
		refused("of the past backwards", "from=2026-01-31&to=2026-01-30", "query.to must be a later day than from"),
		refused("from the future on", "from=2226-01-31", "query.from is in the future"),
		refused("of too many days", "from=2024-01-31&to=2026-01-31", "query.from and to are 731 days apart, and one report has 366 at most"),
	})
}

// recounts compares the report with the orders.
func (m *monitor) recounts(t *testing.T) {
	path := "/monitor/rebuild"
	verified := m.post(t, m.admin, path+"?verify=true", "")
	verified.expect(t, want{status: 200, json: fields{"differences.#": 0, "more": 0, "unreadable": 0}})
	rebuilt := want{status: 200, json: fields{"differences.#": 0}}
	if verified.at("exact") == text(false) { // orders were changed just now
		rebuilt = want{status: 409, problem: "orders-changing"}
	}
	m.post(t, m.admin, path, "").expect(t, rebuilt)
	m.post(t, m.admin, path+"?verify=yes", "").expect(t, want{status: 400, violations: []string{"query.verify must be true or false"}})
	m.until(t, "", fields{"orders.CANCELED": 1})
}
