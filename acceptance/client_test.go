package acceptance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	typed "comanda/client"
)

// client talks to one server and holds every answer to the OpenAPI document.
type client struct {
	server
	suite *suite
	known []*user // who signed up
}

// web has no redirects, because the API has none, and enough idle connections
// for the scenarios that send many requests at once.
var web = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// request is what is sent.
type request struct {
	method string
	path   string            // with the query
	as     *user             // whose token goes along, as the workshop sends it: alone; nil for none
	header map[string]string // replaces what would be sent; lines are values of their own
	body   string
	reader io.Reader // in place of body: is sent in chunks, without a length
}

// answer is what came back.
type answer struct {
	request request
	status  int
	header  http.Header
	body    []byte
	gateway bool // a gateway is in front of the program
}

// requestID returns the id of the request, which a gateway that refuses a request
// names in a header of its own.
func (a answer) requestID() string {
	if id := a.header.Get("X-Request-Id"); id != "" || !a.gateway {
		return id
	}
	return a.header.Get("X-Amzn-Requestid")
}

// byGateway reports whether the gateway answered by itself.
func (a answer) byGateway() bool { return a.gateway && a.header.Get("X-Request-Id") == "" }

// send sends a request and returns the answer, which is as documented or fails
// the test. It must be called from the test's own goroutine.
func (c *client) send(t *testing.T, r request) answer {
	t.Helper()
	a, err := c.try(r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	c.conforms(t, a)
	return a
}

// conforms fails the test when an answer isn't one that the OpenAPI document
// promises.
func (c *client) conforms(t *testing.T, a answer) {
	t.Helper()
	doc, err := c.suite.contract()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.check(a); err != nil {
		t.Errorf("%s %s: the answer %d %s isn't as documented: %v", a.request.method, a.request.path, a.status, a.body, err)
	}
}

// try sends a request, from any goroutine.
func (c *client) try(r request) (answer, error) {
	resp, err := r.to(context.Background(), c.url())
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(resp.Body)
	return answer{r, resp.StatusCode, resp.Header, b.Bytes(), c.suite.target.differs(gatewayBodies)}, err
}

// to sends a request as it is, to the API or to anything else at a URL. It is the one way
// to send what no client would.
func (r request) to(ctx context.Context, base string) (*http.Response, error) {
	req, err := r.made(ctx, base)
	if err != nil {
		return nil, err
	}
	return web.Do(req)
}

func (r request) made(ctx context.Context, base string) (*http.Request, error) {
	body := r.reader
	if body == nil && r.body != "" {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, base+r.path, body)
	if err != nil {
		return nil, err
	}
	if r.as != nil {
		req.Header.Set("Authorization", r.as.idToken)
	}
	for k, v := range r.header {
		req.Header.Del(k)
		for line := range strings.SplitSeq(v, "\n") {
			req.Header.Add(k, line)
		}
	}
	return req, nil
}

// by returns the program's own client for a user: for what it can say. Each answer that it
// gets is as documented, or an error. It repeats nothing.
func (c *client) by(t *testing.T, u *user) *typed.Client {
	t.Helper()
	out, err := typed.New(typed.Config{
		URL: c.url(), Tokens: typed.StaticToken(u.idToken), HTTP: &http.Client{Transport: documented{c}}, Retry: typed.Retry{Attempts: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// documented is the way to a server on which an answer that isn't as documented is lost.
type documented struct{ *client }

// RoundTrip implements [http.RoundTripper].
func (d documented) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := web.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(d.url())
	if err != nil {
		return nil, err
	}
	sent := request{method: r.Method, path: strings.TrimPrefix(r.URL.RequestURI(), base.Path)}
	a := answer{request: sent, status: resp.StatusCode, header: resp.Header, gateway: d.suite.target.differs(gatewayBodies)}
	if resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") { // has no end
		if a.requestID() == "" {
			return nil, errors.New("a stream has no X-Request-Id")
		}
		return resp, nil
	}
	defer resp.Body.Close()
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return nil, err
	}
	doc, err := d.suite.contract()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(a.body))
	if err := doc.check(a); err != nil {
		return nil, fmt.Errorf("the answer %d %s isn't as documented: %w", a.status, a.body, err)
	}
	return resp, nil
}

func (c *client) get(t *testing.T, as *user, path string) answer {
	t.Helper()
	return c.send(t, request{method: "GET", path: path, as: as})
}

func (c *client) post(t *testing.T, as *user, path, body string) answer {
	t.Helper()
	return c.send(t, request{method: "POST", path: path, as: as, body: body})
}

func (c *client) put(t *testing.T, as *user, path, body string) answer {
	t.Helper()
	return c.send(t, request{method: "PUT", path: path, as: as, body: body})
}

func (c *client) remove(t *testing.T, as *user, path string) answer {
	t.Helper()
	return c.send(t, request{method: "DELETE", path: path, as: as})
}
