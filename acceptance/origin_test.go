package acceptance

import (
	"strings"
	"testing"
)

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
			"Access-Control-Allow-Headers": "Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID",
		}})
	}
	refusals := map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Expose-Headers": ""}
	if anybody {
		refusals = map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After, x-amzn-RequestId"}
	}
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
			"Access-Control-Allow-Headers": "Authorization, Cache-Control, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID",
		}})
	}
	from := map[string]string{"Origin": origin}
	c.send(t, request{method: "POST", path: "/orders", as: u, body: soup, header: from}).expect(t, want{status: 200, header: allowed})
	c.send(t, request{method: "GET", path: "/orders", header: from}).expect(t, want{status: 401, header: allowed})
	c.send(t, request{method: "GET", path: "/nothing", as: u, header: from}).expect(t, want{status: 404, header: allowed})
	c.send(t, request{method: "OPTIONS", path: "/orders", header: from}).expect(t, want{status: 405, header: allowed})
	c.send(t, request{method: "GET", path: "/orders", as: u}).expect(t, want{status: 200, header: map[string]string{"Access-Control-Allow-Origin": ""}})
}

// amplify are the headers that aws-amplify and amazon-cognito-identity-js ask to send.
const amplify = "amz-sdk-invocation-id,amz-sdk-request,cache-control,content-type,x-amz-target,x-amz-user-agent"

// signInOriginScenarios are about pages of other origins that sign people in, where the user
// pool is part of the program.
func signInOriginScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{corsOrigins: []string{shop}})
	u := c.signUp(t, "ana")
	p := &signInPage{c, shop}
	readable := map[string]string{
		"Access-Control-Allow-Origin": shop, "Access-Control-Allow-Credentials": "",
		"Access-Control-Expose-Headers": "X-Amzn-RequestId, X-Amzn-ErrorType, X-Amzn-ErrorMessage, Retry-After",
	}
	none := map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Allow-Methods": "", "Access-Control-Allow-Headers": ""}
	keys := "/" + c.pool().id + "/.well-known/jwks.json"
	s.scenario(t, "a page is told that it may sign people in", func(t *testing.T) {
		p.preflight(t, "/", "POST", amplify, 204, readable, map[string]string{
			"Access-Control-Allow-Methods": "GET, POST", "Vary": "Origin",
			"Access-Control-Allow-Headers": "Authorization, Cache-Control, Content-Type, X-Amz-Target, X-Amz-User-Agent, amz-sdk-invocation-id, amz-sdk-request",
		})
		p.preflight(t, "/", "POST", "x-amz-date, x-amz-security-token,x-amz-content-sha256, X-Amzn-Trace-Id, x-evil, amz-sdk-\u00e9", 204, readable, map[string]string{
			"Access-Control-Allow-Headers": "Authorization, Cache-Control, Content-Type, X-Amz-Target, X-Amz-User-Agent, x-amz-date, x-amz-security-token, x-amz-content-sha256, x-amzn-trace-id",
		})
	})
	s.scenario(t, "a page signs people in, and reads why it can't", func(t *testing.T) {
		signIn := func(password string) string {
			return `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"` + c.pool().clientID + `","AuthParameters":{"USERNAME":"` + u.username + `","PASSWORD":"` + password + `"}}`
		}
		p.call(t, "InitiateAuth", signIn(u.password), 200, readable)
		p.call(t, "InitiateAuth", signIn("wrong-Password-1"), 400, readable, map[string]string{"X-Amzn-ErrorType": "NotAuthorizedException"})
		p.call(t, "InitiateAuth", `{`, 400, readable)
		p.call(t, "InitiateEverything", `{}`, 400, readable)
		p.call(t, "InitiateAuth", `"`+strings.Repeat("x", 70<<10)+`"`, 413, readable)
		p.call(t, "AdminGetUser", `{}`, 400, readable)
		p.send(t, request{method: "PUT", path: "/", body: "{}"}, 405, readable)
	})
	s.scenario(t, "pages of any origin read the keys", func(t *testing.T) {
		for _, origin := range []string{shop, forgedOrigin} {
			p := &signInPage{c, origin}
			p.preflight(t, keys, "GET", "cache-control", 204, map[string]string{"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "GET, POST"})
			p.send(t, request{method: "GET", path: keys}, 200, map[string]string{"Access-Control-Allow-Origin": "*"})
		}
	})
	s.scenario(t, "a page of another origin signs nobody in", func(t *testing.T) {
		p := &signInPage{c, forgedOrigin}
		p.preflight(t, "/", "POST", amplify, 405, none)
		p.call(t, "InitiateAuth", `{}`, 400, none)
	})
	s.scenario(t, "without origins no page signs anybody in", func(t *testing.T) {
		closed := s.open(t, options{})
		p := &signInPage{closed, shop}
		p.preflight(t, "/", "POST", amplify, 405, none)
		p.call(t, "InitiateAuth", `{}`, 400, none)
	})
	s.scenario(t, "a sign-in that is encoded is refused before it is read", func(t *testing.T) {
		for _, body := range []string{`{}`, zipped(t, `{}`)} {
			r := request{method: "POST", path: "/", body: body, header: map[string]string{"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth", "Content-Encoding": "gzip"}}
			p.send(t, r, 415, readable, map[string]string{"X-Amzn-ErrorType": "UnsupportedMediaTypeException", "Accept-Encoding": "identity"})
		}
	})
}

// signInPage is a page of an origin that calls the user pool.
type signInPage struct {
	*client
	origin string
}

func (p *signInPage) send(t *testing.T, r request, status int, headers ...map[string]string) {
	t.Helper()
	header := map[string]string{"Origin": p.origin}
	for k, v := range r.header {
		header[k] = v
	}
	r.header = header
	a, err := p.try(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		a.expect(t, want{status: status, header: h})
	}
}

func (p *signInPage) preflight(t *testing.T, path, method, headers string, status int, answers ...map[string]string) {
	t.Helper()
	asked := map[string]string{"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
	p.send(t, request{method: "OPTIONS", path: path, header: asked}, status, answers...)
}

func (p *signInPage) call(t *testing.T, operation, body string, status int, answers ...map[string]string) {
	t.Helper()
	p.send(t, request{method: "POST", path: "/", body: body, header: map[string]string{
		"X-Amz-Target": "AWSCognitoIdentityProviderService." + operation, "Content-Type": "application/x-amz-json-1.1", "X-Amz-User-Agent": "aws-amplify/6", "Cache-Control": "no-store",
	}}, status, answers...)
}
