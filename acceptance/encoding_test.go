package acceptance

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

// zipped returns a text as gzip compresses it.
func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// encodingScenarios send bodies that are encoded, or are said to be something else.
func encodingScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	encoded := want{status: 415, problem: "encoded-body", header: map[string]string{"Accept-Encoding": "identity"}}
	s.scenario(t, "no operation takes an encoded body", func(t *testing.T) {
		for _, d := range c.describedOperations(t) {
			if d.RequestBody == nil {
				continue
			}
			as, path := u, strings.NewReplacer("{userid}", u.id, "{orderId}", "x").Replace(d.Path)
			if d.Access == "staff" || d.Access == "admin" {
				as = admin
			}
			r := request{method: d.Method, path: path, as: as, body: d.body(t), header: map[string]string{"Content-Encoding": "gzip"}}
			c.send(t, r).expect(t, encoded)
			r.body, r.header["Content-Type"] = zipped(t, r.body), "application/octet-stream"
			c.send(t, r).expect(t, encoded)
		}
		c.get(t, u, "/orders").expect(t, want{status: 200, json: fields{"orders.#": 0}})
	})
	send := func(name, header, value string, w want) exchange {
		return exchange{name + ": " + value, request{method: "POST", path: "/orders", body: soup, header: map[string]string{header: value}}, w}
	}
	var table []exchange
	for _, coding := range []string{"gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "gzip\nidentity", "none"} {
		table = append(table, send("a body is refused that is encoded", "Content-Encoding", coding, encoded))
	}
	for _, coding := range []string{"identity", "Identity", "", " ", "identity, identity"} {
		table = append(table, send("a body is read that isn't", "Content-Encoding", coding, want{status: 200}))
	}
	for _, kind := range []string{
		"application/json", "application/json; charset=utf-8", "application/json;charset=ISO-8859-1", "application/vnd.api+json", "text/plain", "text/xml; charset=utf-16",
		"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/octet-stream", "nonsense", "", "application/json\ntext/plain",
	} {
		table = append(table, send("a body is read as JSON whatever it is said to be", "Content-Type", kind, want{status: 200, json: fields{"orderItems.0.name": "Soup"}}))
	}
	c.exchanges(t, u, table)
	s.scenario(t, "a body of another character set is no text", func(t *testing.T) {
		body := strings.Replace(soup, "Soup", "Caf\xe9", 1)
		c.send(t, request{method: "POST", path: "/orders", as: u, body: body, header: map[string]string{"Content-Type": "application/json; charset=ISO-8859-1"}}).
			expect(t, want{status: 400, problem: "invalid-input", violations: []string{"$ is not valid UTF-8"}})
	})
	s.scenario(t, "what has no body is not refused for how none is encoded", func(t *testing.T) {
		id := c.place(t, u, soup)
		header := map[string]string{"Content-Encoding": "gzip"}
		c.send(t, request{method: "GET", path: "/orders/" + id, as: u, header: header}).expect(t, want{status: 200})
		c.send(t, request{method: "DELETE", path: "/orders/" + id, as: u, header: header}).expect(t, want{status: 200})
	})
	s.scenario(t, "without a token nothing is said about how a body is encoded", func(t *testing.T) {
		c.send(t, request{method: "POST", path: "/orders", body: soup, header: map[string]string{"Content-Encoding": "gzip"}}).expect(t, want{status: 401, problem: "unauthenticated"})
	})
}
