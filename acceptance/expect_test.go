package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
)

// fields are values that a JSON answer must have, by path: "orders.0.status",
// and "orders.#" for the number of elements. Numbers are compared by their
// spelling, so that 1.1 and 1.10 differ; absent says that there is no such value.
type fields map[string]any

type nothing struct{}

var absent nothing

// since is a time that has come by now, and not before this one.
type since time.Time

// presently returns the time as answers have it from now on: where the clock stands still,
// exactly this one.
func (c *client) presently() any {
	if c.clock() == nil {
		return since(c.now())
	}
	return c.now().UTC().Format("2006-01-02T15:04:05Z")
}

// has reports whether the text of a JSON value is such a time, to the second.
func (s since) has(value string) bool {
	at, err := time.Parse(`"2006-01-02T15:04:05Z"`, value)
	return err == nil && !at.Before(time.Time(s).Truncate(time.Second)) && !at.After(time.Now())
}

// want is what an answer must be.
type want struct {
	status     int
	problem    string            // last part of the problem's type
	violations []string          // "path text": each violation, in order; its message contains the text
	header     map[string]string // exact values; "" for a header that must not be there
	json       fields
	detail     []string // what the problem's detail contains

	gateway *want // what is answered instead where a gateway is in front; nil: the same
}

// exchange is a scenario of one request and its answer.
type exchange struct {
	name string
	request
	want
}

// exchanges runs a table. Requests that name no user are sent as u.
func (c *client) exchanges(t *testing.T, u *user, table []exchange) {
	for _, x := range table {
		c.suite.scenario(t, x.name, func(t *testing.T) {
			if x.as == nil {
				x.as = u
			}
			c.send(t, x.request).expect(t, x.want)
		})
	}
}

// expect compares an answer, names every difference, and returns the answer.
func (a answer) expect(t *testing.T, w want) answer {
	t.Helper()
	if a.gateway && w.gateway != nil {
		w = *w.gateway
	}
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s %s: %s\nanswer: %d %.2000s", a.request.method, a.request.path, fmt.Sprintf(format, args...), a.status, a.body)
	}
	if a.status != w.status {
		fail("got status %d, want %d", a.status, w.status)
	}
	for k, v := range w.header {
		if got := strings.Join(a.header.Values(k), ", "); got != v {
			fail("%s: got %q, want %q", k, got, v)
		}
	}
	for path, v := range w.json {
		if s, ok := v.(since); ok {
			if got := a.at(path); !s.has(got) {
				fail("%s: got %s, want a time from %v until now", path, got, time.Time(s))
			}
			continue
		}
		if got, wanted := a.at(path), text(v); got != wanted {
			fail("%s: got %s, want %s", path, got, wanted)
		}
	}
	if w.problem != "" {
		if got, wanted := a.at("type"), strconv.Quote("urn:comanda:problem:"+w.problem); got != wanted {
			fail("problem type: got %s, want %s", got, wanted)
		}
	}
	for _, d := range w.detail {
		if got := a.at("detail"); !strings.Contains(got, d) {
			fail("detail: got %s, want it to contain %q", got, d)
		}
	}
	if w.violations != nil && !(a.byGateway() && a.status == 400) { // a gateway's validator names none
		a.expectViolations(w.violations, fail)
	}
	return a
}

func (a answer) expectViolations(wanted []string, fail func(string, ...any)) {
	var p struct {
		Violations []struct{ Path, Message string }
	}
	if err := json.Unmarshal(a.body, &p); err != nil {
		fail("violations: %v", err)
		return
	}
	if len(p.Violations) != len(wanted) {
		fail("got %d violations, want %d", len(p.Violations), len(wanted))
		return
	}
	for i, v := range p.Violations {
		path, message, _ := strings.Cut(wanted[i], " ")
		if v.Path != path || !strings.Contains(v.Message, message) {
			fail("violation %d: got %q %q, want %q and %q in it", i, v.Path, v.Message, path, message)
		}
	}
}

// text is the JSON text of an expected value, or the name of its absence.
func text(v any) string {
	if v == absent {
		return "nothing"
	}
	b, err := jsonv2.Marshal(v) // which escapes no more than the API does
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// at returns the JSON text of the value at a path of the answer, or what is wrong.
func (a answer) at(path string) string {
	raw := json.RawMessage(a.body)
	for step := range strings.SplitSeq(path, ".") {
		var next json.RawMessage
		var list []json.RawMessage
		var object map[string]json.RawMessage
		switch err := json.Unmarshal(raw, &list); {
		case err == nil && step == "#":
			next = fmt.Append(nil, len(list))
		case err == nil:
			if i, err := strconv.Atoi(step); err == nil && i < len(list) {
				next = list[i]
			}
		case json.Unmarshal(raw, &object) == nil:
			next = object[step]
		default:
			return "no JSON"
		}
		if next == nil {
			return text(absent)
		}
		raw = next
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return err.Error()
	}
	return b.String()
}

// str returns the string at a path of the answer, which must be there.
func (a answer) str(t *testing.T, path string) string {
	t.Helper()
	var s string
	if err := json.Unmarshal([]byte(a.at(path)), &s); err != nil {
		t.Fatalf("%s %s: %s is %s, want a string: %d %s", a.request.method, a.request.path, path, a.at(path), a.status, a.body)
	}
	return s
}
