package acceptance

import (
	"strings"
	"testing"
)

// publicScenarios ask what needs no token, and ask it with a bad one.
func publicScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	bad := map[string]string{"Authorization": "Bearer bad"}
	c.exchanges(t, nil, []exchange{
		{"health", request{method: "GET", path: "/healthz", header: bad}, want{status: 200, json: fields{"status": "ok"}}},
		{"health with a trailing slash", request{method: "GET", path: "/healthz/"}, want{status: 200}},
		{"readiness", request{method: "GET", path: "/readyz", header: bad}, want{status: 200, json: fields{"status": "ready"}}},
		{"the release", request{method: "GET", path: "/version", header: bad}, want{status: 200}},
		{"the document", request{method: "GET", path: "/openapi.json", header: bad}, want{status: 200, json: fields{"openapi": "3.1.0", "info.title": "Comanda"}}},
		{"an unknown path", request{method: "GET", path: "/nothing", header: bad}, want{status: 404, problem: "no-route"}},
	})
	s.scenario(t, "answers may not be guessed at, and not be kept", func(t *testing.T) {
		kept := map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
		u := c.signUp(t, "ana")
		c.post(t, u, "/orders", named("x", soup)).expect(t, want{status: 200, header: kept})
		c.get(t, u, "/orders/x").expect(t, want{status: 200, header: kept})
		c.get(t, nil, "/orders/x").expect(t, want{status: 401, header: kept})
	})
	s.scenario(t, "the log has every request's id", func(t *testing.T) {
		u := c.signUp(t, "ana")
		for _, a := range []answer{c.get(t, u, "/orders"), c.get(t, nil, "/orders"), c.get(t, u, "/nothing"), c.post(t, u, "/orders", "{")} {
			if id := a.requestID(); !strings.Contains(c.log(), id) {
				t.Errorf("%s %s: the log has no request %s", a.request.method, a.request.path, id)
			}
		}
	})
	s.scenario(t, "every request has an id of its own", func(t *testing.T) {
		seen := map[string]bool{}
		for range 20 {
			seen[c.get(t, nil, "/healthz").header.Get("X-Request-Id")] = true
		}
		if len(seen) != 20 {
			t.Errorf("got %d ids for 20 requests", len(seen))
		}
	})
}

// pageScenarios read what the program has for people.
func pageScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	s.scenario(t, "the documentation is a page that loads nothing from elsewhere", func(t *testing.T) {
		for _, path := range []string{"/docs", "/docs/"} {
			a, err := c.try(request{method: "GET", path: path})
			if err != nil {
				t.Fatal(err)
			}
			if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
				t.Errorf("%s: got %d %s, want 200 text/html", path, a.status, a.header.Get("Content-Type"))
			}
			for _, attribute := range []string{`src="http`, `href="http`, `src="//`, `href="//`} {
				if strings.Contains(string(a.body), attribute) {
					t.Errorf("%s: the page has %s", path, attribute)
				}
			}
		}
	})
}
