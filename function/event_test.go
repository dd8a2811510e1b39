package function

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	lambda "github.com/aws/aws-lambda-go/events"
)

// proxyEvent returns an event as a REST API makes it, changed by edit.
func proxyEvent(method, path, resource string, edit func(*lambda.APIGatewayProxyRequest)) *lambda.APIGatewayProxyRequest {
	e := &lambda.APIGatewayProxyRequest{
		Resource: resource, Path: path, HTTPMethod: method,
		MultiValueHeaders: map[string][]string{"Host": {"api.example.com"}},
	}
	e.RequestContext.RequestID = "gateway-1"
	e.RequestContext.Identity.SourceIP = "192.0.2.7"
	if edit != nil {
		edit(e)
	}
	return e
}

func TestEventsBecomeTheRequestsThatClientsSent(t *testing.T) {
	cases := []struct {
		name           string
		path, resource string
		want           string // path
		raw            string // "" for the same
	}{
		{"plain", "/orders/o-1", "/orders/{orderId}", "/orders/o-1", ""},
		{"a trailing slash", "/orders/", "/orders", "/orders/", ""},
		{"percent-encoded, as REST APIs leave it", "/users/a%40b.example", "/users/{userid}", "/users/a@b.example", "/users/a%40b.example"},
		{"an encoded slash", "/users/a%2Fb/orders", "/users/{userid}/orders", "/users/a/b/orders", "/users/a%2Fb/orders"},
		{"the base path of a custom domain", "/shop/v1/orders/o-1", "/orders/{orderId}", "/orders/o-1", ""},
		{"the base path and a trailing slash", "/shop/orders/", "/orders", "/orders/", ""},
		{"a greedy resource", "/docs/a/b", "/docs/{proxy+}", "/docs/a/b", ""},
		{"no resource", "/orders", "", "/orders", ""},
		{"the root", "/", "/", "/", ""},
	}
	for _, c := range cases {
		r, err := request(context.Background(), proxyEvent("GET", c.path, c.resource, nil))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		raw := c.raw
		if raw == "" {
			raw = c.want
		}
		if r.URL.Path != c.want || r.URL.EscapedPath() != raw || r.RequestURI != raw {
			t.Errorf("%s: got %q, %q, %q, want %q, %q", c.name, r.URL.Path, r.URL.EscapedPath(), r.RequestURI, c.want, raw)
		}
		if r.Method != "GET" || r.Host != "api.example.com" || r.RemoteAddr != "192.0.2.7:0" {
			t.Errorf("%s: got %s from %s for %s", c.name, r.Method, r.RemoteAddr, r.Host)
		}
	}
}

func TestQueriesAndHeadersKeepAllTheirValues(t *testing.T) {
	r, err := request(context.Background(), proxyEvent("GET", "/orders", "/orders", func(e *lambda.APIGatewayProxyRequest) {
		e.QueryStringParameters = map[string]string{"status": "B & C"}
		e.MultiValueQueryStringParameters = map[string][]string{"status": {"A", "B & C"}, "from": {"2026-01-01T00:00:00+02:00"}}
		e.Headers = map[string]string{"x-one": "2", "accept-encoding": "gzip"}
		e.MultiValueHeaders = map[string][]string{"x-one": {"1", "2"}, "if-match": {`"3"`}, "content-length": {"99"}}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if q := r.URL.Query(); len(q["status"]) != 2 || q["status"][1] != "B & C" || q.Get("from") != "2026-01-01T00:00:00+02:00" {
		t.Errorf("query: got %v", q)
	}
	if h := r.Header; len(h.Values("X-One")) != 2 || h.Get("If-Match") != `"3"` || h.Get("Accept-Encoding") != "" || h.Get("Content-Length") != "" {
		t.Errorf("headers: got %v", h)
	}
	r, err = request(context.Background(), proxyEvent("GET", "/orders", "/orders", func(e *lambda.APIGatewayProxyRequest) {
		e.QueryStringParameters = map[string]string{"limit": "5"}
		e.MultiValueHeaders, e.Headers = nil, map[string]string{"if-match": "*"}
	}))
	if err != nil || r.URL.RawQuery != "limit=5" || r.Header.Get("If-Match") != "*" {
		t.Errorf("single values only: got %v, %v", r, err)
	}
}

func TestBodiesArriveAsTheyWereSent(t *testing.T) {
	for name, edit := range map[string]func(*lambda.APIGatewayProxyRequest){
		"text":   func(e *lambda.APIGatewayProxyRequest) { e.Body = "ação" },
		"base64": func(e *lambda.APIGatewayProxyRequest) { e.Body, e.IsBase64Encoded = "YcOnw6Nv", true },
	} {
		r, err := request(context.Background(), proxyEvent("POST", "/orders", "/orders", edit))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "ação" || r.ContentLength != int64(len(body)) {
			t.Errorf("%s: got %q of %d bytes, %v", name, body, r.ContentLength, err)
		}
	}
}

func TestWhatIsNoProxyEventIsRefused(t *testing.T) {
	for name, edit := range map[string]func(*lambda.APIGatewayProxyRequest){
		"no method":         func(e *lambda.APIGatewayProxyRequest) { e.HTTPMethod = "" },
		"no request id":     func(e *lambda.APIGatewayProxyRequest) { e.RequestContext.RequestID = "" },
		"an invalid method": func(e *lambda.APIGatewayProxyRequest) { e.HTTPMethod = "G T" },
		"no path":           func(e *lambda.APIGatewayProxyRequest) { e.Path = "" },
		"a URL":             func(e *lambda.APIGatewayProxyRequest) { e.Path = "http://other.example/orders" },
		"a broken escape":   func(e *lambda.APIGatewayProxyRequest) { e.Path = "/orders/%zz" },
		"no base64":         func(e *lambda.APIGatewayProxyRequest) { e.Body, e.IsBase64Encoded = "%", true },
	} {
		if r, err := request(context.Background(), proxyEvent("GET", "/orders", "/orders", edit)); err == nil {
			t.Errorf("%s: got %v, want an error", name, r)
		}
	}
}

func TestAnswersAreTextWhereTheyCanBe(t *testing.T) {
	binary := string([]byte{0x89, 'P', 'N', 'G', 0xff})
	cases := []struct {
		name  string
		serve func(http.ResponseWriter)
		want  string
	}{
		{
			"text, and headers with several values", func(w http.ResponseWriter) {
				w.Header().Add("Vary", "Origin")
				w.Header().Add("Vary", "Accept")
				w.Header().Set("Content-Length", "4")
				w.Header().Set("Connection", "close")
				w.WriteHeader(404)
				w.Header().Set("X-Late", "1")
				w.WriteHeader(500)
				_, _ = io.WriteString(w, "<ação>")
			},
			`{"statusCode":404,"headers":null,"multiValueHeaders":{"Vary":["Origin","Accept"]},"body":"<ação>"}`,
		},
		{
			"bytes", func(w http.ResponseWriter) { _, _ = io.WriteString(w, binary) },
			`{"statusCode":200,"headers":null,"multiValueHeaders":{},"body":"` + base64.StdEncoding.EncodeToString([]byte(binary)) + `","isBase64Encoded":true}`,
		},
		{
			"what says that it is encoded", func(w http.ResponseWriter) {
				w.Header().Set("Content-Encoding", "br")
				_, _ = io.WriteString(w, "x")
			},
			`{"statusCode":200,"headers":null,"multiValueHeaders":{"Content-Encoding":["br"]},"body":"eA==","isBase64Encoded":true}`,
		},
		{
			"nothing", func(http.ResponseWriter) {},
			`{"statusCode":200,"headers":null,"multiValueHeaders":{},"body":""}`,
		},
		{
			"an early hint before the answer", func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(204) },
			`{"statusCode":204,"headers":null,"multiValueHeaders":{},"body":""}`,
		},
	}
	for _, c := range cases {
		w := &response{header: http.Header{}}
		c.serve(w)
		got, err := w.proxy()
		if err != nil || strings.TrimSpace(string(got)) != c.want {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", c.name, got, err, c.want)
		}
	}
}
