package acceptance

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// frames is an open answer with server-sent events. It reads them as clients of today do that are
// less patient than the standard: each empty line is the end of an event, which must have
// data, and that must be JSON.
type frames struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

// frame is one event as it was sent.
type frame struct{ name, id, retry, data string }

// frames opens a stream. last is sent as Last-Event-ID, "" for none.
func (c *client) frames(t *testing.T, as *user, query, last string) *frames {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), streamTime)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url()+"/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", as.idToken)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != "text/event-stream; charset=utf-8" || resp.Header.Get("X-Request-Id") == "" {
		t.Fatalf("GET /events: got %d, %s, want a stream", resp.StatusCode, got)
	}
	return &frames{t, bufio.NewScanner(resp.Body), cancel}
}

// next returns the next event. One without a name is the end of the stream.
func (s *frames) next() frame {
	s.t.Helper()
	var f frame
	for s.lines.Scan() {
		switch field, value, _ := strings.Cut(s.lines.Text(), ": "); field {
		case "event":
			f.name = value
		case "id":
			f.id = value
		case "retry":
			f.retry = value
		case "data":
			f.data = value
		case "":
			if !json.Valid([]byte(f.data)) || f.name == "" || f.id == "" {
				s.t.Errorf("got event %+v, want each with a name, an id, and JSON", f)
			}
			return f
		}
	}
	return frame{}
}

// expect fails the test unless the next event has this name, and this text in its data.
func (s *frames) expect(name, text string) frame {
	s.t.Helper()
	f := s.next()
	if f.name != name || !strings.Contains(f.data, text) {
		s.t.Errorf("got event %+v, want %s with %s", f, name, text)
	}
	return f
}

// frameScenarios read streams as they are sent.
func frameScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	ana := c.signUp(t, "ana")
	s.scenario(t, "a stream begins with the place from which it can go on", func(t *testing.T) {
		c.place(t, ana, soup)
		hers := c.frames(t, ana, "", "")
		began := hers.expect("position", "{}")
		if began.retry == "" {
			t.Errorf("got %+v, want the time after which to come again", began)
		}
		hers.close()
		one := c.place(t, ana, pie)
		for _, again := range []*frames{c.frames(t, ana, "", began.id), c.frames(t, ana, "?lastEventId="+began.id, ""), c.frames(t, ana, "?lastEventId=0", began.id)} {
			again.expect("position", "{}")
			again.expect("order.placed", one)
		}
	})
	s.scenario(t, "a stream from a place that isn't known begins with a reset", func(t *testing.T) {
		hers := c.frames(t, ana, "", "tomorrow")
		hers.expect("reset", "{}")
		id := c.place(t, ana, soup)
		hers.expect("order.placed", id)
	})
	s.scenario(t, "an event is one line, whatever is in its text", func(t *testing.T) {
		hers := c.frames(t, ana, "", "")
		hers.expect("position", "{}")
		id := c.place(t, ana, strings.Replace(soup, "Soup", `a\u2028b\u2029c`, 1))
		f := hers.expect("order.placed", id)
		a := answer{body: []byte(f.data)}
		if strings.ContainsAny(f.data, "\u2028\u2029\u0085") || a.str(t, "data.order.orderItems.0.name") != "a\u2028b\u2029c" {
			t.Errorf("got %q", f.data)
		}
	})
	s.scenario(t, "a stream has no parameter but the place", func(t *testing.T) {
		c.get(t, ana, "/events?since=0").expect(t, want{status: 400, problem: "invalid-input", violations: []string{"query.since is unknown: there are lastEventId"}})
	})
}
