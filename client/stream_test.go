package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"comanda/client"
	"comanda/notification"
	"comanda/order"
)

// cutting is a network whose connections can be cut.
type cutting struct {
	mu    sync.Mutex
	open  []io.Closer
	asked []string // Last-Event-ID of every stream
}

// RoundTrip implements [http.RoundTripper].
func (c *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && r.URL.Path == "/events" {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.open, c.asked = append(c.open, resp.Body), append(c.asked, r.Header.Get("Last-Event-Id"))
	}
	return resp, err
}

// cut ends every stream.
func (c *cutting) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, body := range c.open {
		_ = body.Close()
	}
	c.open = nil
}

// streams returns from where streams were asked for.
func (c *cutting) streams() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

func TestAStreamThatIsCutGoesOnAndMissesNothing(t *testing.T) {
	way := &cutting{}
	c := visitor(t, "", way)
	s := must[*client.Stream](t)(c.Events(t.Context(), ""))
	defer s.Close()
	begin := s.Last()
	if begin == "" {
		t.Fatal("an open stream doesn't know where it is")
	}
	var placed []string
	place := func() {
		placed = append(placed, mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()})).OrderID)
	}
	place()
	place()
	got := 0
	for e, err := range s.All() {
		if err != nil || e.Type != notification.Placed || e.Order.OrderID != placed[got] || e.ID != s.Last() || len(e.JSON()) == 0 {
			t.Fatalf("event %d: got %+v, %v, want order %s", got, e, err, placed[got])
		}
		switch got++; got {
		case 1, 3:
			way.cut()
			place()
			place()
		case 6:
			s.Close()
		}
		if got == 6 {
			break
		}
	}
	if asked := way.streams(); len(asked) < 3 || asked[0] != "" || asked[1] == "" {
		t.Errorf("got streams from %q, want three, the first from now on", asked)
	}
	again := must[*client.Stream](t)(c.Events(t.Context(), begin))
	defer again.Close()
	first, _ := next(t, again)
	second, _ := next(t, again) // in a loop of its own
	if first.Order.OrderID != placed[0] || second.Order.OrderID != placed[1] {
		t.Errorf("from the beginning: got %s and %s, want %s and %s", first.Order.OrderID, second.Order.OrderID, placed[0], placed[1])
	}
}

// next returns the next event of a stream.
func next(t *testing.T, s *client.Stream) (client.Event, error) {
	t.Helper()
	for e, err := range s.All() {
		return e, err
	}
	t.Fatal("the stream has ended without an error")
	return client.Event{}, nil
}

func TestEventsTellWhatHappened(t *testing.T) {
	c, cook := visitor(t, "", nil), visitor(t, "restaurant-78", nil)
	content := soup()
	content.Restaurant, content.Note = order.NumberID(78), "hot"
	s := must[*client.Stream](t)(cook.Events(t.Context(), ""))
	defer s.Close()
	o := mustOrder(t)(c.Place(t.Context(), client.Placement{Content: content}))
	mustOrder(t)(cook.SetStatus(t.Context(), o.UserID, o.OrderID, order.Step{Status: order.Acknowledged}, o.Version))
	if e, err := next(t, s); err != nil || e.Type != notification.Placed || e.Order.Note != "" || !e.Order.Items[0].ID.Same(content.Items[0].ID) || e.PreviousStatus != "" {
		t.Errorf("got %+v, %v, want the order without its note", e, err)
	}
	if e, err := next(t, s); err != nil || e.Type != notification.StatusChanged || e.PreviousStatus != order.Placed || e.Order.Version != 2 || e.Timestamp.IsZero() {
		t.Errorf("got %+v, %v, want a step", e, err)
	}
	lost := must[*client.Stream](t)(c.Events(t.Context(), "999999999"))
	defer lost.Close()
	if e, err := next(t, lost); err != nil || e.Type != client.Reset || e.ID == "" {
		t.Errorf("from a place that isn't known: got %+v, %v, want %s", e, err, client.Reset)
	}
	if _, err := with(t, client.Config{URL: running().URL, Tokens: client.StaticToken("x")}).Events(t.Context(), ""); !errors.Is(err, client.Unauthenticated) {
		t.Errorf("without a good token: got %v, want %v", err, client.Unauthenticated)
	}
}

func TestAStreamEndsWithItsContext(t *testing.T) {
	c := visitor(t, "", nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := must[*client.Stream](t)(c.Events(ctx, ""))
	mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	var errs []error
	for _, err := range s.All() {
		if errs = append(errs, err); len(errs) == 1 {
			cancel()
		}
	}
	if len(errs) != 2 || errs[0] != nil || !errors.Is(errs[1], context.Canceled) {
		t.Errorf("got %v, want one event and %v", errs, context.Canceled)
	}
}

func TestAStreamEndsWhenItsLoopClosesIt(t *testing.T) {
	c := visitor(t, "", nil)
	s := must[*client.Stream](t)(c.Events(t.Context(), ""))
	mustOrder(t)(c.Place(t.Context(), client.Placement{Content: soup()}))
	var errs []error
	for _, err := range s.All() {
		errs = append(errs, err)
		s.Close()
	}
	if len(errs) != 2 || errs[0] != nil || !errors.Is(errs[1], context.Canceled) {
		t.Errorf("got %v, want one event and %v", errs, context.Canceled)
	}
}

// station sends streams by a list. One that isn't closed goes on in silence.
type station struct {
	answers []played1
	asked   []string
	at      []time.Time
	rest    *mumbling // of the first stream, before silence; nil: there is none
}

// RoundTrip implements [http.RoundTripper].
func (s *station) RoundTrip(r *http.Request) (*http.Response, error) {
	a := s.answers[min(len(s.asked), len(s.answers)-1)]
	s.asked, s.at = append(s.asked, r.Header.Get("Last-Event-Id")), append(s.at, time.Now())
	if a.err != nil {
		return nil, a.err
	}
	text, silent := strings.CutSuffix(a.body, "…")
	body := io.Reader(strings.NewReader(text))
	if s.rest != nil && len(s.asked) == 1 {
		s.rest.Context = r.Context()
		body = io.MultiReader(body, s.rest)
	}
	if silent {
		body = io.MultiReader(body, until{r.Context()})
	}
	header := http.Header{"Content-Type": {"text/event-stream"}}
	for k, v := range a.header {
		header[k] = v
	}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(body), Request: r}, nil
}

// until reads nothing until its context ends.
type until struct{ context.Context }

// Read implements [io.Reader].
func (u until) Read([]byte) (int, error) {
	<-u.Done()
	return 0, context.Cause(u.Context)
}

func TestStreamsAreReadAsTheyShouldBe(t *testing.T) {
	const opening = "retry: 3000\nid: 4\nevent: position\ndata: {}\n\n"
	event := func(id, kind, orderID string) string {
		return "id: " + id + "\nevent: " + kind + "\ndata: {\"type\":\"" + kind + "\",\"data\":{\"order\":{\"orderId\":\"" + orderID + "\"}}}\n\n"
	}
	for name, x := range map[string]struct {
		answers []played1
		want    []string // type and order of each event, or what its error contains
		asked   []string
	}{
		"an event that is cut off comes again, whole": {
			[]played1{{status: 200, body: opening + event("5", "order.placed", "a") + "id: 6\nevent: order.placed\n"}, {status: 200, body: "id: 5\n\n" + event("6", "order.placed", "b") + "…"}},
			[]string{"order.placed a", "order.placed b"}, []string{"", "5"},
		},
		"a place is no event": {
			[]played1{{status: 200, body: opening + ":\n:\nid: 9\nevent: position\ndata: {}\n\n:\n"}, {status: 200, body: "id: 9\nevent: position\ndata: {}\n\n" + event("10", "order.edited", "a") + "…"}},
			[]string{"order.edited a"}, []string{"", "9"},
		},
		"a sign of life of the release before is a place, too": {
			[]played1{{status: 200, body: opening + ":\n\n:\nid: 9\n\n"}, {status: 200, body: "id: 9\n\n" + event("10", "order.edited", "a") + "…"}},
			[]string{"order.edited a"}, []string{"", "9"},
		},
		"a server that is away is waited for": {
			[]played1{{status: 200, body: opening}, refused, proxy, {status: 429, header: wait1}, lost, refused, refused, {status: 200, body: "id: 4\n\n" + event("5", "order.placed", "a") + "…"}},
			[]string{"order.placed a"}, []string{"", "4", "4", "4", "4", "4", "4", "4"},
		},
		"one that has gone quiet is left": {
			[]played1{{status: 200, body: opening + "…"}, {status: 200, body: "id: 4\n\n" + event("5", "order.placed", "a") + "…"}},
			[]string{"order.placed a"}, []string{"", "4"},
		},
		"an event that can't be read is passed over": {
			[]played1{{status: 200, body: opening + "id: 5\nevent: order.placed\ndata: {\n\n" + event("6", "order.placed", "b") + "…"}},
			[]string{"read event 5", "order.placed b"}, []string{""},
		},
		"a type of a later release arrives": {
			[]played1{{status: 200, body: opening + "id: 5\nevent: restaurant.changed\ndata: {\"restaurant\":7}\n\n…"}},
			[]string{"restaurant.changed "}, []string{""},
		},
		"what comes at once isn't lost": {
			[]played1{{status: 200, body: event("5", "order.placed", "a") + "…"}},
			[]string{"order.placed a"}, []string{""},
		},
		"a refusal ends the loop": {
			[]played1{{status: 200, body: opening}, {status: 403, header: http.Header{"Content-Type": {"text/html"}}}},
			[]string{"Forbidden (status 403)"}, []string{"", "4"},
		},
		"something else than a stream ends it, too": {
			[]played1{{status: 200, body: opening}, {status: 200, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>"}},
			[]string{"is it a Comanda server?"}, []string{"", "4"},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			way := &station{answers: x.answers}
			c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{Transport: way, Timeout: time.Second}})
			s := must[*client.Stream](t)(c.Events(t.Context(), ""))
			defer s.Close()
			var got []string
			for e, err := range s.All() {
				if got = append(got, string(e.Type)+" "+e.Order.OrderID); err != nil {
					got[len(got)-1] = err.Error()
				}
				if len(got) == len(x.want) {
					break
				}
			}
			for i, want := range x.want {
				if i >= len(got) || !strings.Contains(got[i], want) {
					t.Errorf("%s: got %q, want %q", name, got, x.want)
					break
				}
			}
			if strings.Join(way.asked, ",") != strings.Join(x.asked, ",") {
				t.Errorf("%s: got streams from %q, want from %q", name, way.asked, x.asked)
			}
		})
	}
}

// mumbling gives a sign of life now and then, and in the end what it was to say.
type mumbling struct {
	context.Context
	times int
	every time.Duration
	end   io.Reader
}

// Read implements [io.Reader].
func (m *mumbling) Read(p []byte) (int, error) {
	if m.times == 0 {
		return m.end.Read(p)
	}
	m.times--
	select {
	case <-time.After(m.every):
		return copy(p, ":\n"), nil
	case <-m.Done():
		return 0, context.Cause(m)
	}
}

func TestAConnectionIsLeftAfterAMinuteOfSilence(t *testing.T) {
	for name, x := range map[string]struct {
		every   time.Duration
		streams int
	}{"signs of life": {45 * time.Second, 1}, "too few of them": {75 * time.Second, 2}} {
		synctest.Test(t, func(t *testing.T) {
			event := "id: 5\nevent: order.placed\ndata: {}\n\n"
			way := &station{answers: []played1{{status: 200, body: "id: 4\n\n…"}, {status: 200, body: "id: 4\n\n" + event + "…"}}}
			way.rest = &mumbling{times: 10, every: x.every, end: strings.NewReader(event)}
			c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{Transport: way}})
			s := must[*client.Stream](t)(c.Events(t.Context(), ""))
			defer s.Close()
			if e, err := next(t, s); err != nil || e.ID != "5" || len(way.asked) != x.streams {
				t.Errorf("%s: got %+v, %v on stream %d, want event 5 on stream %d", name, e, err, len(way.asked), x.streams)
			}
			if x.streams == 2 {
				if took := way.at[1].Sub(way.at[0]); took < time.Minute || took > time.Minute+3*time.Second {
					t.Errorf("%s: got another stream after %v, want it after a minute and a pause", name, took)
				}
			}
		})
	}
}

func TestAStreamThatCannotBeOpenedIsAnErrorAfterAFewAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, x := range map[string]struct {
			answer   played1
			attempts int
		}{
			"nobody is there":     {refused, 4},
			"the server is older": {gone, 1},
			"cut off at once":     {played1{status: 200, body: ""}, 4},
			"too many streams":    {played1{status: 429, problem: "too-many-streams", header: wait1}, 4},
		} {
			way := &station{answers: []played1{x.answer}}
			c := with(t, client.Config{URL: "http://example.com", HTTP: &http.Client{Transport: way}})
			if _, err := c.Events(t.Context(), ""); err == nil || len(way.asked) != x.attempts {
				t.Errorf("%s: got %v after %d attempts, want an error after %d", name, err, len(way.asked), x.attempts)
			}
		}
	})
}
