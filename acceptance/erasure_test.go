package acceptance

import (
	"strings"
	"testing"
)

// erasureScenarios take a person out of profiles and orders.
func erasureScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, other, admin := c.signUp(t, "ana"), c.signUp(t, "bea"), c.signUp(t, "admin", "apiAdmins")
	c.put(t, u, "/users/"+u.id, `{"name":"Ana","username":"`+u.username+`","email":"`+u.email+`","address":"1 Quay Street"}`).expect(t, want{status: 200})
	personal := with(soup, `"note":"ring twice"`, `"deliveryAddress":"1 Quay Street"`)
	placed := c.place(t, u, personal)
	acknowledged := c.place(t, u, personal)
	c.step(t, admin, u, acknowledged, "ACKNOWLEDGED", "").expect(t, want{status: 200})
	plain := c.place(t, u, pie)
	theirs := c.place(t, other, personal)
	erase := request{method: "POST", path: "/users/" + u.id + "/erasure", as: admin}
	s.scenario(t, "an erasure takes notes and addresses off all of a person's orders", func(t *testing.T) {
		c.send(t, erase).expect(t, want{status: 200, json: fields{"userid": u.id, "ordersChanged": 2}})
		for id, version := range map[string]int{placed: 2, acknowledged: 3, plain: 1} {
			c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"note": absent, "deliveryAddress": absent, "version": version, "orderItems.#": 1}})
		}
		c.get(t, other, "/orders/"+theirs).expect(t, want{status: 200, json: fields{"note": "ring twice", "deliveryAddress": "1 Quay Street", "version": 1}})
	})
	s.scenario(t, "an erasure takes the profile, and frees its names", func(t *testing.T) {
		c.get(t, admin, "/users/"+u.id).expect(t, userMissing)
		c.put(t, admin, "/users/"+other.id, `{"name":"Bea","username":"`+strings.ToUpper(u.username)+`","email":"`+strings.ToUpper(u.email)+`"}`).expect(t, want{status: 200})
	})
	s.scenario(t, "an erasure can be repeated", func(t *testing.T) {
		c.send(t, erase).expect(t, want{status: 200, json: fields{"ordersChanged": 0}})
		c.get(t, other, "/users/"+other.id).expect(t, want{status: 200, json: fields{"name": "Bea"}})
	})
}
