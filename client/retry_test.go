package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"comanda/client"
	"comanda/order"
)

// played is a transport that answers by a list, and notes when it was asked for what.
type played struct {
	answers []played1
	asked   []*http.Request
	bodies  []string
	at      []time.Time
}

// played1 is an answer, or an error in its place.
type played1 struct {
	status  int
	problem string
	header  http.Header
	body    string
	err     error
}

// RoundTrip implements [http.RoundTripper]. The last answer is given again and again.
func (p *played) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	a := p.answers[min(len(p.asked), len(p.answers)-1)]
	p.asked, p.bodies, p.at = append(p.asked, r), append(p.bodies, string(body)), append(p.at, time.Now())
	if a.err != nil {
		return nil, a.err
	}
	if a.problem != "" {
		a.body = `{"type":"urn:comanda:problem:` + a.problem + `","title":"No","status":1,"requestId":"r"}`
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

var (
	refused   = played1{err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
	lost      = played1{err: io.ErrUnexpectedEOF}
	wait1     = http.Header{"Retry-After": {"1"}}
	busy      = played1{status: 503, problem: "busy", header: wait1}
	unknown   = played1{status: 503, problem: "unknown-outcome", header: wait1}
	throttled = played1{status: 429, problem: "too-many-requests"}
	timedOut  = played1{status: 504, problem: "unknown-outcome"}
	proxy     = played1{status: 503, body: "<html>"}
	full      = played1{status: 503, problem: "no-room", header: http.Header{"Retry-After": {"60"}}}
	gone      = played1{status: 404, problem: "not-found"}
	done      = played1{status: 200, body: `{"orderId":"o","restaurantId":1,"orderItems":[],"totalAmount":1,"status":"PLACED","orderTime":"2026-03-14T12:00:00Z","updatedAt":"2026-03-14T12:00:00Z","version":1,"history":[]}`}
)

// operations are what is tried, by name.
var operations = map[string]func(context.Context, *client.Client) error{
	"get": func(ctx context.Context, c *client.Client) error { _, err := c.Order(ctx, "o"); return err },
	"place": func(ctx context.Context, c *client.Client) error {
		_, err := c.Place(ctx, client.Placement{Content: soup()})
		return err
	},
	"edit 7":     func(ctx context.Context, c *client.Client) error { _, err := c.Edit(ctx, "o", soup(), 7); return err },
	"edit any":   func(ctx context.Context, c *client.Client) error { _, err := c.Edit(ctx, "o", soup(), 0); return err },
	"cancel 7":   func(ctx context.Context, c *client.Client) error { _, err := c.Cancel(ctx, "o", 7); return err },
	"cancel any": func(ctx context.Context, c *client.Client) error { _, err := c.Cancel(ctx, "o", 0); return err },
	"status any": func(ctx context.Context, c *client.Client) error {
		_, err := c.SetStatus(ctx, "u", "o", order.Step{Status: order.Acknowledged}, client.AnyVersion)
		return err
	},
	"profile": func(ctx context.Context, c *client.Client) error {
		_, err := c.PutProfile(ctx, "u", client.Profile{Name: "U"}, 7)
		return err
	},
	"rebuild": func(ctx context.Context, c *client.Client) error { _, err := c.RebuildReports(ctx); return err },
	"ready":   func(ctx context.Context, c *client.Client) error { _, err := c.Ready(ctx); return err },
}

func TestOnlyWhatIsSafeIsRepeated(t *testing.T) {
	for _, x := range []struct {
		what     string
		answers  []played1
		attempts int
		unknown  bool // at the end
	}{
		{"get", []played1{lost, proxy, timedOut, done}, 4, false},
		{"place", []played1{lost, unknown, timedOut, done}, 4, false},
		{"place", []played1{lost, lost, lost, lost, done}, 4, true},
		{"place", []played1{{status: 500, problem: "internal"}}, 1, true},
		{"place", []played1{gone}, 1, false},
		{"edit 7", []played1{lost, proxy, busy, done}, 4, false},
		{"cancel 7", []played1{timedOut, done}, 2, false},
		{"edit 7", []played1{lost, busy}, 4, true},
		{"place", []played1{lost, refused}, 4, true},
		{"edit any", []played1{lost, done}, 1, true},
		{"edit any", []played1{proxy, done}, 1, true},
		{"edit any", []played1{refused, busy, throttled, done}, 4, false},
		{"edit any", []played1{busy, unknown, done}, 2, true},
		{"cancel any", []played1{unknown, done}, 1, true},
		{"cancel any", []played1{{status: 503, problem: "contended"}, {status: 503, problem: "not-ready"}, done}, 3, false},
		{"status any", []played1{timedOut, done}, 1, true},
		{"profile", []played1{lost, done}, 1, true},
		{"profile", []played1{busy, done}, 2, false},
		{"rebuild", []played1{lost, done}, 1, true},
		{"place", []played1{full, done}, 1, false}, // it asks for more patience than there is
		{"ready", []played1{busy, done}, 1, false},
		{"get", []played1{throttled}, 4, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			way := &played{answers: x.answers}
			c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{Transport: way}})
			err := operations[x.what](t.Context(), c)
			if len(way.asked) != x.attempts {
				t.Errorf("%s answered %+v: got %d attempts, want %d", x.what, x.answers, len(way.asked), x.attempts)
			}
			for i, body := range way.bodies {
				if body != way.bodies[0] || way.asked[i].Header.Get("If-Match") != way.asked[0].Header.Get("If-Match") {
					t.Errorf("%s: attempt %d sent %q, want %q again", x.what, i+1, body, way.bodies[0])
				}
			}
			e, ok := errors.AsType[*client.Error](err)
			if last := x.answers[min(len(way.asked), len(x.answers))-1]; (err == nil) != (last.status == 200) || ok && e.Unknown() != x.unknown {
				t.Errorf("%s answered %+v: got %v, want that whether it was done is unknown: %v", x.what, x.answers, err, x.unknown)
			}
		})
	}
}

func TestATokenThatIsRefusedIsNotSentAgain(t *testing.T) {
	way := &played{answers: []played1{{status: 401, problem: "unauthenticated"}}}
	c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{Transport: way}, Tokens: client.StaticToken("x")})
	if _, err := c.Order(t.Context(), "o"); !errors.Is(err, client.Unauthenticated) || len(way.asked) != 1 || way.asked[0].Header.Get("Authorization") != "x" {
		t.Errorf("got %v after %d requests, want %v after one with the token alone", err, len(way.asked), client.Unauthenticated)
	}
}

func TestPausesGrowAndAreAsLongAsTheServerAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		patient := client.Retry{Attempts: 6, Pause: time.Second, MaxPause: 3 * time.Second}
		way := &played{answers: []played1{lost, lost, busy, lost, lost, done}}
		c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{Transport: way}, Retry: patient})
		if _, err := c.Order(t.Context(), "o"); err != nil {
			t.Fatal(err)
		}
		for i, most := range []time.Duration{time.Second, 2 * time.Second, time.Second + 3*time.Second, 3 * time.Second, 3 * time.Second} {
			least := time.Duration(0)
			if i == 2 {
				least = time.Second
			}
			if got := way.at[i+1].Sub(way.at[i]); got < least || got > most {
				t.Errorf("pause %d: got %v, want %v to %v", i+1, got, least, most)
			}
		}
	})
}

func TestNoPauseIsLongerThanTheContext(t *testing.T) {
	for name, x := range map[string]struct {
		answers []played1
		end     func(context.Context) (context.Context, context.CancelFunc)
		most    time.Duration
	}{
		"a deadline that the pause would pass": {[]played1{busy}, func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 900*time.Millisecond)
		}, 0},
		"an end while it waits": {[]played1{busy}, func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second/2, cancel)
			return ctx, cancel
		}, time.Second / 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			way := &played{answers: x.answers}
			c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{Transport: way}})
			ctx, cancel := x.end(t.Context())
			defer cancel()
			start := time.Now()
			_, err := c.Order(ctx, "o")
			if !errors.Is(err, client.Busy) || len(way.asked) != 1 || time.Since(start) != x.most {
				t.Errorf("%s: got %v after %v and %d attempts, want %v after %v and one", name, err, time.Since(start), len(way.asked), client.Busy, x.most)
			}
		})
	}
}

func TestAPlacementHasItsIDBeforeItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		way := &played{answers: []played1{lost, done}}
		c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{Transport: way}})
		if err := operations["place"](t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(way.bodies[0], `{"orderId":"0`) || way.bodies[0] != way.bodies[1] || way.asked[0].Header.Get("Content-Type") != "application/json" {
			t.Errorf("got %q and %q, want the same with a UUID of version 7", way.bodies[0], way.bodies[1])
		}
	})
}

func TestURLsThatCannotBeAServersAreRefused(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:8080", "ftp://example.com", "http://", "http://ana:secret@example.com", "http://example.com?x=1", "http://a b"} {
		if _, err := client.New(client.Config{URL: url}); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:8080") {
			t.Errorf("%q: got %v, want an error with an example", url, err)
		}
	}
}

func TestAnswersOfSomethingElseAreErrors(t *testing.T) {
	for name, x := range map[string]struct {
		answer played1
		want   string
	}{
		"a page in place of an order":  {played1{status: 200, body: "<html>"}, "is it a Comanda server?"},
		"a page in place of a problem": {played1{status: 404, body: "<html>"}, "get the order: Not Found (status 404)"},
		"a redirection":                {played1{status: 302, header: http.Header{"Location": {"http://elsewhere.example.com"}}}, "Found (status 302)"},
	} {
		c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{
			Transport: &played{answers: []played1{x.answer}}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}})
		if _, err := c.Order(t.Context(), "o"); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, x.want)
		}
	}
}
