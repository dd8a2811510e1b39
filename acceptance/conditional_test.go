package acceptance

import "testing"

// conditionalScenarios are about entity tags (RFC 9110, sections 8.8.3 and 13.1).
func conditionalScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	s.scenario(t, "every answer with one order has its version as a strong entity tag", func(t *testing.T) {
		tag := func(v string) map[string]string { return map[string]string{"ETag": v} }
		id := newID()
		c.post(t, u, "/orders", named(id, soup)).expect(t, want{status: 200, header: tag(`"1"`)})
		c.get(t, u, "/orders/"+id).expect(t, want{status: 200, header: tag(`"1"`)})
		c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200, header: tag(`"2"`)})
		c.step(t, admin, u, id, "ACKNOWLEDGED", "").expect(t, want{status: 200, header: tag(`"3"`)})
		c.get(t, admin, "/users/"+u.id+"/orders/"+id).expect(t, want{status: 200, header: tag(`"3"`)})
		c.get(t, u, "/orders").expect(t, want{status: 200, header: tag("")})
	})
	c.reads(t, s, u)
	c.writes(t, s, u, admin)
}

func (c *client) reads(t *testing.T, s *suite, u *user) {
	id := c.place(t, u, soup)
	c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200})
	for tags, status := range map[string]int{
		`"2"`: 304, `*`: 304, `W/"2"`: 304, `"1", "2"`: 304, `"1","2"`: 304, "\"1\"\n\"2\"": 304, ` "2" `: 304, `"a,b", "2"`: 304,
		`"1"`: 200, `"02"`: 200, `"2 "`: 200, `""`: 200, `"1", "3"`: 200, "": 200,
		`2`: 400, `"2`: 400, `2"`: 400, `w/"2"`: 400, `"1" 2`: 400, `*, "2"`: 400,
	} {
		s.scenario(t, "a read with If-None-Match: "+tags, func(t *testing.T) {
			for _, path := range []string{"/orders/" + id, "/users/" + u.id + "/orders/" + id} {
				a := c.send(t, request{method: "GET", path: path, as: u, header: map[string]string{"If-None-Match": tags}})
				switch status {
				case 304:
					a.expect(t, want{status: 304, header: map[string]string{"ETag": `"2"`, "Content-Type": ""}})
				case 200:
					a.expect(t, want{status: 200, header: map[string]string{"ETag": `"2"`}})
				default:
					a.expect(t, want{status: 400, problem: "invalid-input", violations: []string{"header.If-None-Match double quotes"}})
				}
			}
		})
	}
}

func (c *client) writes(t *testing.T, s *suite, u, admin *user) {
	kinds := []struct {
		name string
		send func(t *testing.T, id string, condition map[string]string) answer
	}{
		{"edit", func(t *testing.T, id string, condition map[string]string) answer {
			return c.send(t, request{method: "PUT", path: "/orders/" + id, as: u, body: of("8", pie), header: condition})
		}},
		{"cancellation", func(t *testing.T, id string, condition map[string]string) answer {
			return c.send(t, request{method: "DELETE", path: "/orders/" + id, as: u, header: condition})
		}},
		{"step", func(t *testing.T, id string, condition map[string]string) answer {
			return c.send(t, request{method: "PUT", path: "/users/" + u.id + "/orders/" + id + "/status", as: admin, body: `{"status":"ACKNOWLEDGED"}`, header: condition})
		}},
	}
	for _, kind := range kinds {
		for tags, status := range map[string]int{
			`"2"`: 200, `*`: 200, `"1", "2"`: 200,
			`"1"`: 412, `"3"`: 412, `W/"2"`: 412, `"x"`: 412, `"1", "3"`: 412, `""`: 412, `"99999999999999999999"`: 412,
			`"02"`: 412, `"+2"`: 412, `" 2"`: 412, `"2.0"`: 412, `2`: 412, `'2'`: 412, `"2`: 412, `2, "2"`: 412, `*, "2"`: 412, "": 412, " ": 412, ",": 412, "\n": 412,
			`W/"2", "2"`: 200, `, "2",`: 200, "\"1\"\n\"2\"": 200,
		} {
			s.scenario(t, kind.name+" with If-Match: "+tags, func(t *testing.T) {
				id := c.place(t, u, soup)
				c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200})
				a, version := kind.send(t, id, map[string]string{"If-Match": tags}), 2
				switch status {
				case 200:
					a.expect(t, want{status: 200, header: map[string]string{"ETag": `"3"`}})
					version = 3
				default:
					a.expect(t, want{status: 412, problem: "precondition-failed"})
				}
				c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"version": version}})
			})
		}
		for tags, status := range map[string]int{
			`*`: 412, `"2"`: 412, `W/"2"`: 412, `"1", "2"`: 412,
			`"1"`: 200, `"3"`: 200, `"02"`: 200, `""`: 200, "": 200,
			`2`: 400, `"2`: 400, `*, "1"`: 400,
		} {
			s.scenario(t, kind.name+" with If-None-Match: "+tags, func(t *testing.T) {
				id := c.place(t, u, soup)
				c.put(t, u, "/orders/"+id, pie).expect(t, want{status: 200})
				a, version := kind.send(t, id, map[string]string{"If-None-Match": tags}), 2
				switch status {
				case 200:
					a.expect(t, want{status: 200, header: map[string]string{"ETag": `"3"`}})
					version = 3
				case 412:
					a.expect(t, want{status: 412, problem: "precondition-failed", detail: []string{"If-None-Match excludes"}})
				default:
					a.expect(t, want{status: 400, problem: "invalid-input", violations: []string{"header.If-None-Match double quotes"}})
				}
				c.get(t, u, "/orders/"+id).expect(t, want{status: 200, json: fields{"version": version}})
			})
		}
		s.scenario(t, kind.name+" with both conditions", func(t *testing.T) {
			id := c.place(t, u, soup)
			kind.send(t, id, map[string]string{"If-Match": `"1"`, "If-None-Match": "*"}).expect(t, want{status: 412, problem: "precondition-failed"})
			kind.send(t, id, map[string]string{"If-Match": `"2"`, "If-None-Match": `"2"`}).expect(t, want{status: 412, problem: "precondition-failed"})
			kind.send(t, id, map[string]string{"If-Match": `"1"`, "If-None-Match": `"2"`}).expect(t, want{status: 200})
		})
		s.scenario(t, kind.name+" with If-Match of an unknown order", func(t *testing.T) {
			kind.send(t, "none", map[string]string{"If-Match": "*"}).expect(t, want{status: 404, problem: "not-found"})
		})
	}
	s.scenario(t, "who sends no ETag as it came is told how", func(t *testing.T) {
		id := c.place(t, u, soup)
		kinds[0].send(t, id, map[string]string{"If-Match": "1"}).expect(t, want{status: 412, problem: "precondition-failed", detail: []string{"send an ETag as it came, in double quotes"}})
		kinds[0].send(t, id, map[string]string{"If-Match": `"7"`}).expect(t, want{status: 412, problem: "precondition-failed", detail: []string{"changed since"}})
	})
	s.scenario(t, "a placement has no version to exclude, and is repeated whatever the header says", func(t *testing.T) {
		placement := request{method: "POST", path: "/orders", as: u, body: named(newID(), soup), header: map[string]string{"If-None-Match": "*", "If-Match": `"9"`}}
		first := c.send(t, placement).expect(t, want{status: 200})
		if err := c.send(t, placement).isReplay(first); err != nil {
			t.Error(err)
		}
	})
	s.scenario(t, "of racing edits with one version one succeeds", func(t *testing.T) {
		id := c.place(t, u, soup)
		succeeded := 0
		for _, a := range c.storm(t, 16, func(i int) request {
			return request{method: "PUT", path: "/orders/" + id, as: u, body: of(string(rune('2'+i%8)), pie), header: map[string]string{"If-Match": `"1"`}}
		}) {
			if a.status == 200 {
				succeeded++
			} else {
				a.expect(t, want{status: 412, problem: "precondition-failed"})
			}
		}
		if succeeded != 1 {
			t.Errorf("%d edits succeeded, want 1", succeeded)
		}
	})
}
