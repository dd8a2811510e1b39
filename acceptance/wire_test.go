package acceptance

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// unsized hides the length of a reader, so that it is sent in chunks.
type unsized struct{ io.Reader }

// wire is one connection, on which a scenario writes bytes of its own.
type wire struct {
	net.Conn
	answers *bufio.Reader
}

func (c *client) dial(t *testing.T) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &wire{conn, bufio.NewReader(conn)}
}

// begin writes the head of a placement. Header lines go without line ends.
func (w *wire) begin(t *testing.T, header ...string) {
	t.Helper()
	head := "POST /orders HTTP/1.1\r\nHost: localhost\r\n" + strings.Join(header, "\r\n") + "\r\n\r\n"
	if _, err := io.WriteString(w, head); err != nil {
		t.Fatal(err)
	}
}

// answer reads the next answer.
func (w *wire) answer(t *testing.T) answer {
	t.Helper()
	resp, err := http.ReadResponse(w.answers, nil)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read the answer's body: %v", err)
	}
	return answer{request{method: "POST", path: "/orders"}, resp.StatusCode, resp.Header, body, false}
}

// wireScenarios send bodies that are too long, too short, or never come.
func wireScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u := c.signUp(t, "ana")
	authorization := "Authorization: " + u.idToken
	tooLarge := want{status: 413, problem: "too-large", detail: []string{"262144 bytes"}}
	unauthenticated := want{status: 401, problem: "unauthenticated"}
	over := soup + strings.Repeat(" ", 257<<10-len(soup))
	c.exchanges(t, u, []exchange{
		{"257 KiB", request{method: "POST", path: "/orders", body: over}, tooLarge},
		{"257 KiB without a length", request{method: "POST", path: "/orders", reader: unsized{strings.NewReader(over)}}, tooLarge},
		{"one byte too much", request{method: "POST", path: "/orders", body: soup + strings.Repeat(" ", 256<<10-len(soup)+1)}, tooLarge},
		{"one byte too much without a length", request{method: "POST", path: "/orders", reader: unsized{strings.NewReader(soup + strings.Repeat(" ", 256<<10-len(soup)+1))}}, tooLarge},
		{"257 KiB for an edit", request{method: "PUT", path: "/orders/x", body: over}, tooLarge},
	})
	s.scenario(t, "a body that is announced too large is refused before it comes", func(t *testing.T) {
		w := c.dial(t)
		w.begin(t, authorization, "Content-Length: 10737418240")
		c.conforms(t, w.answer(t).expect(t, tooLarge))
	})
	s.scenario(t, "a body that is encoded is refused before it comes", func(t *testing.T) {
		w := c.dial(t)
		w.begin(t, authorization, "Content-Length: 1000", "Content-Encoding: gzip")
		c.conforms(t, w.answer(t).expect(t, want{status: 415, problem: "encoded-body"}))
	})
	s.scenario(t, "an endless body is refused, and the connection closed", func(t *testing.T) { c.endless(t, authorization, tooLarge) })
	for name, header := range map[string][]string{
		"a body that never comes":              {"Content-Length: 1000"},
		"a body in chunks that never come":     {"Transfer-Encoding: chunked"},
		"a body that waits to be asked for":    {"Content-Length: 1000", "Expect: 100-continue"},
		"a body that never comes with garbage": {"Content-Length: 1000", "Authorization: Bearer a.b.c"},
	} {
		s.scenario(t, "without a token nobody waits for "+name, func(t *testing.T) {
			w := c.dial(t)
			w.begin(t, header...)
			c.conforms(t, w.answer(t).expect(t, unauthenticated))
		})
	}
	s.scenario(t, "without a role nobody waits for a body", func(t *testing.T) {
		w := c.dial(t)
		head := "PUT /users/x/orders/y/status HTTP/1.1\r\nHost: localhost\r\n" + authorization + "\r\nContent-Length: 1000\r\n\r\n"
		if _, err := io.WriteString(w, head); err != nil {
			t.Fatal(err)
		}
		w.answer(t).expect(t, want{status: 403, problem: "forbidden"})
	})
	for name, body := range map[string][]string{
		"a length":                   {"Content-Length: 200", soup},
		"a length and no byte":       {"Content-Length: 200", ""},
		"chunks":                     {"Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s", len(soup)+10, soup)},
		"chunks that lack their end": {"Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s\r\n", len(soup), soup)},
	} {
		s.scenario(t, "a body that is cut off is refused: "+name, func(t *testing.T) {
			w := c.dial(t)
			w.begin(t, authorization, body[0])
			if _, err := io.WriteString(w, body[1]); err != nil {
				t.Fatal(err)
			}
			if err := w.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			c.conforms(t, w.answer(t).expect(t, want{status: 400, problem: "incomplete-body"}))
		})
	}
	s.scenario(t, "nothing of it is stored", func(t *testing.T) {
		c.get(t, u, "/orders").expect(t, want{status: 200, json: fields{"orders.#": 0}})
	})
}

// endless writes chunks until the server has had enough.
func (c *client) endless(t *testing.T, authorization string, refused want) {
	w := c.dial(t)
	w.begin(t, authorization, "Transfer-Encoding: chunked")
	closed := make(chan error, 1)
	go func() {
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 8<<10, strings.Repeat(" ", 8<<10))
		for {
			if _, err := io.WriteString(w, chunk); err != nil {
				closed <- err
				return
			}
		}
	}()
	c.conforms(t, w.answer(t).expect(t, refused))
	if _, err := w.answers.ReadByte(); err == nil {
		t.Error("the connection goes on after the answer")
	}
	if err := <-closed; err == nil {
		t.Error("the server reads on")
	}
}
