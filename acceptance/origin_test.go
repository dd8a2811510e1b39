package acceptance

import "testing"

const (
	shop         = "https://shop.example.com"
	kiosk        = "http://localhost:5173"
	forgedOrigin = "https://shop.example.com.evil.example"
)

// originScenarios are about browsers on pages of other origins (the Fetch
// standard's CORS protocol).
func originScenarios(t *testing.T, s *suite) {
	none := map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": "", "Access-Control-Allow-Methods": ""}
	for _, x := range []struct {
		name    string
		origins []string
		refused []string
		allowed []string
		gateway *want // to a page that may not read
	}{
		{"no origins", nil, []string{shop, kiosk, "null"}, nil, &want{status: 404, header: none}},
		{"two origins", []string{shop, kiosk}, []string{forgedOrigin, "https://shop.example.com:8443", "http://shop.example.com", "null", "https://SHOP.example.com"}, []string{shop, kiosk}, &want{status: 404, header: none}},
		{"any origin", []string{"*"}, nil, []string{shop, "null"}, nil},
	} {
		c := s.open(t, options{corsOrigins: x.origins})
		u := c.signUp(t, "ana")
		for _, origin := range x.refused {
			s.scenario(t, "with "+x.name+" configured, a page of "+origin+" may not read", func(t *testing.T) {
				header := map[string]string{"Origin": origin, "Access-Control-Request-Method": "POST"}
				c.send(t, request{method: "OPTIONS", path: "/orders", header: header}).expect(t, want{status: 405, header: none, gateway: x.gateway})
				c.send(t, request{method: "GET", path: "/orders", as: u, header: map[string]string{"Origin": origin}}).expect(t, want{status: 200, header: none})
			})
		}
		for _, origin := range x.allowed {
			s.scenario(t, "with "+x.name+" configured, a page of "+origin+" may read and write", func(t *testing.T) {
				if s.target.differs(gatewayBodies) {
					c.crossOriginByGateway(t, u, origin, x.name == "any origin")
				} else {
					c.crossOrigin(t, u, origin)
				}
			})
		}
	}
}

// crossOriginByGateway does the same where a gateway is in front: it hands preflight
// requests on for paths that there are. What it refuses can be read where any
// page may read.
func (c *client) crossOriginByGateway(t *testing.T, u *user, origin string, anybody bool) {
	from := map[string]string{"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
	readable := map[string]string{
		"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Access-Control-Allow-Credentials": "",
		"Access-Control-Expose-Headers": "Comanda-Ignored, ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id",
	}
	for _, path := range []string{"/orders", "/orders/x", "/users/x/orders/y/status"} {
		c.send(t, request{method: "OPTIONS", path: path, header: from}).expect(t, want{status: 204, header: readable}).expect(t, want{status: 204, header: map[string]string{
			"Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
			"Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID",
		}})
	}
	refusals := map[string]string{"Access-Control-Allow-Origin": map[bool]string{true: "*", false: ""}[anybody]}
	c.send(t, request{method: "GET", path: "/orders", header: from}).expect(t, want{status: 401, header: refusals})
	c.send(t, request{method: "GET", path: "/nothing", as: u, header: from}).expect(t, want{status: 404, header: refusals})
	c.send(t, request{method: "POST", path: "/orders", as: u, body: soup, header: from}).expect(t, want{status: 200, header: readable})
	c.send(t, request{method: "GET", path: "/orders", as: u}).expect(t, want{status: 200, header: map[string]string{"Access-Control-Allow-Origin": ""}})
}

func (c *client) crossOrigin(t *testing.T, u *user, origin string) {
	allowed := map[string]string{
		"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Access-Control-Allow-Credentials": "",
		"Access-Control-Expose-Headers": "Comanda-Ignored, ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id",
	}
	for _, path := range []string{"/orders", "/orders/x", "/users/x/orders/y/status", "/nothing"} {
		a := c.send(t, request{method: "OPTIONS", path: path, header: map[string]string{"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}})
		a.expect(t, want{status: 204, header: allowed}).expect(t, want{status: 204, header: map[string]string{
			"Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
			"Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID",
		}})
	}
	from := map[string]string{"Origin": origin}
	c.send(t, request{method: "POST", path: "/orders", as: u, body: soup, header: from}).expect(t, want{status: 200, header: allowed})
	c.send(t, request{method: "GET", path: "/orders", header: from}).expect(t, want{status: 401, header: allowed})
	c.send(t, request{method: "GET", path: "/nothing", as: u, header: from}).expect(t, want{status: 404, header: allowed})
	c.send(t, request{method: "OPTIONS", path: "/orders", header: from}).expect(t, want{status: 405, header: allowed})
	c.send(t, request{method: "GET", path: "/orders", as: u}).expect(t, want{status: 200, header: map[string]string{"Access-Control-Allow-Origin": ""}})
}
