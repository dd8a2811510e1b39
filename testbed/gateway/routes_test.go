package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"comanda/deploy"
)

func TestEveryOperationReachesItsFunction(t *testing.T) {
	s := newStage(t, Runtime{}, Config{})
	id := s.keys.token(t, "one", nil)
	headers := map[deploy.Authorizer]string{
		deploy.Nobody: "X-None: 1", deploy.Cognito: "Authorization: " + id, deploy.Token: "Authorization: all",
	}
	for _, r := range deploy.Routes() {
		path := strings.NewReplacer("{", "", "}", "").Replace(r.Path)
		a := s.send(t, r.Method, "/Prod"+path, "", headers[r.Authorizer])
		if a.status != http.StatusOK || a.echo.Function != r.Function || a.event.Resource != r.Path || a.event.HTTPMethod != r.Method {
			t.Errorf("%s: got %d from %s for %s %s, want 200 from %s for %s", r.Operation, a.status, a.echo.Function, a.event.HTTPMethod, a.event.Resource, r.Function, r.Name())
		}
		for name, value := range a.event.PathParameters {
			if name != value || !strings.Contains(r.Path, "{"+name+"}") {
				t.Errorf("%s: got parameter %s=%s", r.Operation, name, value)
			}
		}
		if n := strings.Count(r.Path, "{"); len(a.event.PathParameters) != n {
			t.Errorf("%s: got parameters %v, want %d", r.Operation, a.event.PathParameters, n)
		}
	}
}

func TestPathsAreMatchedBySegment(t *testing.T) {
	s := newStage(t, Runtime{}, Config{})
	authorization := "Authorization: " + s.keys.token(t, "one", nil)
	for _, x := range []struct {
		method, path string
		status       int
		resource     string // "" for none
		sent         string // the event's path; "" for none
	}{
		{"GET", "/Prod/orders", 200, "/orders", "/orders"},
		{"GET", "/Prod/orders/", 200, "/orders", "/orders/"},
		{"GET", "/Prod/orders//", 200, "/orders", "/orders//"},
		{"GET", "/Prod//orders", 200, "/orders", "/orders"},
		{"GET", "/Prod/orders/a%2Fb", 200, "/orders/{orderId}", "/orders/a%2Fb"},
		{"GET", "/Prod/orders/%00%FF", 200, "/orders/{orderId}", "/orders/%00%FF"},
		{"GET", "/Prod/orders/..", 200, "/orders/{orderId}", "/orders/.."},
		{"GET", "/Prod/healthz", 200, "/healthz", "/healthz"},
		{"GET", "/Prod/orders//x", 404, "", ""},
		{"GET", "/Prod/orders/x/y", 404, "", ""},
		{"GET", "/Prod/Orders", 404, "", ""},
		{"GET", "/Prod/orders%2F", 404, "", ""},
		{"GET", "/Prod/users//orders", 404, "", ""},
		{"GET", "/Prod", 404, "", ""},
		{"GET", "/Prod/", 404, "", ""},
		{"PATCH", "/Prod/orders", 404, "", ""},
		{"HEAD", "/Prod/orders", 404, "", ""},
		{"OPTIONS", "/Prod/orders", 404, "", ""},
		{"GET", "/orders", 403, "", ""},
		{"GET", "/Production/orders", 403, "", ""},
	} {
		t.Run(x.method+" "+x.path, func(t *testing.T) {
			a := s.send(t, x.method, x.path, "", authorization)
			if a.status != x.status || a.event.Resource != x.resource || a.event.Path != x.sent {
				t.Errorf("got %d for %s at %s, want %d for %s at %s", a.status, a.event.Resource, a.event.Path, x.status, x.resource, x.sent)
			}
			if a.header.Get("X-Amzn-Requestid") == "" {
				t.Error("the answer has no request id")
			}
		})
	}
}

func TestFurtherRoutes(t *testing.T) {
	const shop = "https://shop.example.com"
	s := newStage(t, Runtime{}, Config{Routes: append(deploy.Routes(), deploy.Preflights()...), AllowOrigin: shop})
	if a := s.send(t, "OPTIONS", "/Prod/orders/x", "", "Origin: "+shop); a.status != 200 || a.echo.Function != "system" {
		t.Errorf("preflight: got %d of %s, want 200 of system", a.status, a.echo.Function)
	}
	if a := s.send(t, "GET", "/Prod/orders", ""); a.status != 401 || a.header.Get("Access-Control-Allow-Origin") != shop {
		t.Errorf("refusal: got %d allowing %q, want 401 allowing %s", a.status, a.header.Get("Access-Control-Allow-Origin"), shop)
	}
	if _, err := New(Config{Functions: s.functions, Routes: []deploy.Route{{Method: "GET", Path: "/x"}}}); err == nil {
		t.Error("a route without a function was accepted")
	}
}

func TestTheAccessLogHasEveryRequest(t *testing.T) {
	s := newStage(t, Runtime{}, Config{})
	id := s.keys.token(t, "one", nil)
	served := s.send(t, "GET", "/Prod/orders/x?secret=1", "", "Authorization: "+id)
	refused := s.send(t, "GET", "/Prod/nothing", "")
	lines := strings.Split(strings.TrimSpace(s.logged.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2:\n%s", len(lines), s.logged.String())
	}
	for i, want := range []map[string]any{
		{"requestId": served.header.Get("X-Amzn-Requestid"), "status": 200.0, "resourcePath": "/orders/{orderId}", "function": "get_order", "httpMethod": "GET"},
		{"requestId": refused.header.Get("X-Amzn-Requestid"), "status": 404.0, "resourcePath": "", "function": "", "httpMethod": "GET"},
	} {
		var got map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		for name, v := range want {
			if got[name] != v {
				t.Errorf("line %d: %s: got %v, want %v", i, name, got[name], v)
			}
		}
	}
	if strings.Contains(s.logged.String(), id) || strings.Contains(s.logged.String(), "secret") {
		t.Error("the log has the token or the query")
	}
}
