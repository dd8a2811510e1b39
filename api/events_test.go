package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/feed"
	"comanda/identity"
	"comanda/order"
	"comanda/payload"
	"comanda/sqlite"
	"comanda/storage"

	"github.com/go-json-experiment/json/jsontext"
)

// people are who may call, by their token. A token can be taken back.
type people struct {
	mu     sync.Mutex
	tokens map[string]identity.Principal
}

func (p *people) Verify(_ context.Context, token string) (identity.Principal, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who, ok := p.tokens[token]
	if !ok {
		return who, identity.ErrUnauthenticated
	}
	return who, nil
}

func (p *people) end(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tokens, token)
}

type unseen struct{}

func (unseen) Answered(string, int, time.Duration) {}

// streaming is an API with events on a real port, whose server gives every
// request little time.
type streaming struct {
	*testing.T
	url    string
	query  string // of the next streams
	people *people
	orders *order.Service
	tail   *feed.Tail
}

const signOfLife = 250 * time.Millisecond

// serverTimeout is what the test's server allows to a request, shorter than ten
// signs of life and yet long for a busy machine.
const serverTimeout = 8 * signOfLife

func newStreaming(t *testing.T) *streaming { return newStreamingAt(t, signOfLife) }

// newStreamingAt has signs of life that often.
func newStreamingAt(t *testing.T, heartbeat time.Duration) *streaming {
	t.Helper()
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "e.db"), []storage.Table{order.Table, feed.Table}, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	watched := feed.NewNotifier(file, order.TableName)
	s := &streaming{T: t, orders: order.NewService(watched, order.AcceptTotal, time.Now), people: &people{tokens: map[string]identity.Principal{
		"ana": {ID: "ana"}, "ben": {ID: "ben"}, "here": {ID: "here", Restaurants: []string{"1"}}, "there": {ID: "there", Restaurants: []string{"2"}}, "admin": {ID: "admin", Admin: true},
	}}}
	logger := slog.New(slog.DiscardHandler)
	s.tail = feed.NewTail(feed.TailConfig{Source: feed.NewLocal(file, order.TableName), Store: file, Changed: watched.Subscribe(), Logger: logger})
	t.Cleanup(s.tail.Close)
	a, err := New(Config{Orders: s.orders, Callers: s.people, Observer: unseen{}, Logger: logger, Events: s.tail, Heartbeat: heartbeat})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(a)
	server.Config.ReadTimeout, server.Config.WriteTimeout = serverTimeout, serverTimeout
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// follow opens a stream and reads it to where it is open.
func (s *streaming) follow(token, last string) *follower {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.url+"/events"+s.query, nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		s.Fatalf("got %s, %s, want a stream", resp.Status, resp.Header.Get("Content-Type"))
	}
	f := &follower{Scanner: bufio.NewScanner(resp.Body), t: s.T}
	f.first, f.firstID, _ = next(f)
	return f
}

// follower reads a stream as clients of today do that are less patient than the
// standard: each empty line is the end of an event, which must have data, and that must be JSON.
type follower struct {
	*bufio.Scanner
	t              *testing.T
	first, firstID string // of the event with which a stream begins
	signs          int    // of life, so far
}

// next returns the name of the next event, its id and its data. "" is the end.
func next(f *follower) (name, id, data string) {
	for f.Scan() {
		field, value, _ := strings.Cut(f.Text(), ": ")
		switch field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			data = value
		case ":":
			f.signs++
		case "":
			if !jsontext.Value(data).IsValid() || name == "" || id == "" {
				f.t.Errorf("got an event %q, id %q, with data %q, want JSON in each", name, id, data)
			}
			return name, id, data
		}
	}
	return "", "", ""
}

// expect fails the test unless these events come next: "order.placed one".
func (s *streaming) expect(who string, lines *follower, want ...string) (lastID string) {
	s.Helper()
	for _, w := range want {
		kind, order, _ := strings.Cut(w, " ")
		name, id, data := next(lines)
		if name != kind || !strings.Contains(data, order) {
			s.Errorf("%s: got %q with %s, want %q", who, name, data, w)
		}
		lastID = id
	}
	return lastID
}

func soupOf(t *testing.T, restaurant string) order.Content {
	t.Helper()
	return order.ReadContent(payload.Parse([]byte(`{"restaurantId":`+restaurant+`,"orderItems":[{"id":1,"name":"Soup","price":9.99}],"totalAmount":9.99,"note":"ring twice"}`), &payload.Report{}), order.AcceptTotal)
}

func (s *streaming) place(user, id, restaurant string) {
	s.Helper()
	if _, _, err := s.orders.Place(s.Context(), user, order.Placement{OrderID: id, Content: soupOf(s.T, restaurant)}, "", ""); err != nil {
		s.Fatal(err)
	}
}

func (s *streaming) edit(user, id, restaurant string) {
	s.Helper()
	if _, err := s.orders.Edit(s.Context(), user, id, soupOf(s.T, restaurant), nil); err != nil {
		s.Fatal(err)
	}
}

func TestEverybodySeesTheEventsOfTheirOrders(t *testing.T) {
	s := newStreaming(t)
	open := map[string]*follower{}
	for who := range s.people.tokens {
		open[who] = s.follow(who, "")
	}
	s.place("ana", "a-1", "1")
	s.place("ben", "b-2", "2")
	s.edit("ana", "a-1", "2")
	s.place("here", "h-2", "2")
	s.place("ana", "end-1", "1")
	s.place("ben", "end-2", "2")
	for who, want := range map[string][]string{
		"ana":   {"order.placed a-1", "order.edited a-1", "order.placed end-1"},
		"ben":   {"order.placed b-2", "order.placed end-2"},
		"here":  {"order.placed a-1", "reset {}", "order.placed h-2", "order.placed end-1"},
		"there": {"order.placed b-2", "order.edited a-1", "order.placed h-2", "order.placed end-2"},
		"admin": {"order.placed a-1", "order.placed b-2", "order.edited a-1", "order.placed h-2", "order.placed end-1", "order.placed end-2"},
	} {
		s.expect(who, open[who], want...)
	}
}

func TestAStreamGoesOnWhereItWasCut(t *testing.T) {
	s := newStreaming(t)
	lines := s.follow("ana", "")
	if lines.first != "position" || lines.firstID != "0" {
		t.Errorf("before the first event: got %q, %q, want a place to go on from", lines.first, lines.firstID)
	}
	s.place("ana", "one", "1")
	last := s.expect("ana", lines, "order.placed one")
	s.place("ana", "two", "1")
	s.place("ana", "three", "1")
	s.expect("ana from the beginning", s.follow("ana", "0"), "order.placed one", "order.placed two", "order.placed three")
	s.expect("ana again", s.follow("ana", last), "order.placed two", "order.placed three")
	for _, unknown := range []string{"999", "x", "-1", "00"} {
		lines := s.follow("ana", unknown)
		if lines.first != "reset" || lines.firstID == unknown {
			t.Errorf("after %s: got %q, %q, want a reset with another place", unknown, lines.first, lines.firstID)
		}
		s.place("ana", "after-"+unknown, "1")
		s.expect("after "+unknown, lines, "order.placed after-"+unknown)
	}
}

func TestASilentStreamShowsSignsOfLifeAndOutlivesTheServersTimeouts(t *testing.T) {
	s := newStreaming(t)
	lines := s.follow("ana", "")
	s.place("ben", "b", "1") // which is nothing for ana
	for signs := 0; signs < 10 && lines.Scan(); {
		if lines.Text() != ":" {
			t.Fatalf("got %q, want signs of life", lines.Text())
		}
		signs++
	}
	s.place("ana", "one", "1")
	s.expect("ana", lines, "order.placed one")
}

func TestAStreamShowsSignsOfLifeWhileOthersAreBusy(t *testing.T) {
	s := newStreaming(t)
	lines := s.follow("ana", "")
	var heard, unheard atomic.Bool
	var busy sync.WaitGroup
	busy.Go(func() {
		for n := range 20_000 { // far more than fit between two signs
			if heard.Load() {
				return
			}
			s.place("ben", strconv.Itoa(n), "1")
		}
		unheard.Store(true)
	})
	for signs := 0; signs < 3 && lines.Scan(); {
		if lines.Text() == ":" {
			signs++
		}
	}
	heard.Store(true)
	busy.Wait()
	if unheard.Load() {
		t.Error("no sign of life while somebody else was placing orders")
	}
}

func TestAStreamEndsWithItsToken(t *testing.T) {
	s := newStreaming(t)
	silent, busy := s.follow("ana", ""), s.follow("ben", "")
	s.people.end("ana")
	s.people.end("ben")
	s.place("ben", "secret", "1")
	for who, lines := range map[string]*follower{"ana": silent, "ben": busy} {
		if name, _, data := next(lines); name != "" {
			t.Errorf("%s: got %s %s after the end of the token, want the end of the stream", who, name, data)
		}
	}
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	s := newStreaming(t)
	lines := s.follow("ana", "")
	s.tail.Close()
	if name, _, _ := next(lines); name != "" {
		t.Errorf("got %s, want the end of the stream", name)
	}
	if got := s.status("ana"); got != 503 {
		t.Errorf("a stream after that: got %d, want 503", got)
	}
}

// status asks for a stream and hangs up.
func (s *streaming) status(token string) int {
	s.Helper()
	r, err := http.NewRequest(http.MethodGet, s.url+"/events"+s.query, nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestOneCallerHasSoManyStreams(t *testing.T) {
	s := newStreaming(t)
	for range maxStreams {
		s.follow("ana", "")
	}
	if got := s.status("ana"); got != 429 {
		t.Errorf("one too many: got %d, want 429", got)
	}
	if got := s.status("ben"); got != 200 {
		t.Errorf("somebody else: got %d, want 200", got)
	}
}

func TestWithoutAFeedThereIsNothingAtEvents(t *testing.T) {
	a, err := New(Config{Callers: &people{}, Observer: unseen{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest("GET", "/events", nil))
	if w.Code != 404 || !strings.Contains(w.Body.String(), "no-route") {
		t.Errorf("got %d %s, want 404", w.Code, w.Body)
	}
	for _, op := range Operations() {
		if op.ID == "events" {
			t.Error("a gateway is told of it")
		}
	}
	if !errors.Is(asBusy(feed.ErrTailClosed), storage.ErrBusy) {
		t.Error("a tail that was closed isn't busy")
	}
}

func TestASilentStreamTellsNowAndThenFromWhereItCanGoOn(t *testing.T) {
	s := newStreamingAt(t, time.Millisecond)
	lines := s.follow("ana", "")
	for n := 1; n <= 2; n++ {
		s.place("ben", strconv.Itoa(n), "1") // which moves the place, and is nothing for ana
		before := lines.signs
		name, id, data := next(lines)
		if name != "position" || id != strconv.Itoa(n) || data != "{}" {
			t.Errorf("got %q, %q, %q, want the place that was reached, %d", name, id, data, n)
		}
		if got := lines.signs - before; got < silence/2 {
			t.Errorf("got it after %d signs of life, want about %d", got, silence)
		}
	}
}

func TestAnEventIsOneLineToEveryClient(t *testing.T) {
	s := newStreaming(t)
	lines := s.follow("ana", "")
	const body = `{"restaurantId":1,"orderItems":[{"id":1,"name":"a\u2028b\u2029c\u0085d\n\re\u000bf\u001cg","price":1}],"totalAmount":1}`
	c := order.ReadContent(payload.Parse([]byte(body), &payload.Report{}), order.AcceptTotal)
	if _, _, err := s.orders.Place(s.Context(), "ana", order.Placement{OrderID: "o-1", Content: c}, "", ""); err != nil {
		t.Fatal(err)
	}
	_, _, data := next(lines)
	if strings.ContainsAny(data, "\u2028\u2029\u0085\n\r\v\f\x1c\x1d\x1e") {
		t.Errorf("got %q, which has ends of lines", data)
	}
	var told struct {
		Data struct {
			Order struct{ OrderItems []struct{ Name string } }
		}
	}
	if err := json.Unmarshal([]byte(data), &told); err != nil || len(told.Data.Order.OrderItems) != 1 || told.Data.Order.OrderItems[0].Name != c.Items[0].Name {
		t.Errorf("got %s, %v, want the name %q", data, err, c.Items[0].Name)
	}
}

func TestAPlaceMayComeAsAParameter(t *testing.T) {
	s := newStreaming(t)
	s.place("ana", "one", "1")
	s.place("ana", "two", "1")
	s.query = "?lastEventId=1"
	s.expect("ana", s.follow("ana", ""), "order.placed two")
	s.expect("ana with the header, too", s.follow("ana", "0"), "order.placed one", "order.placed two")
	s.query = "?lastEventID=1"
	if got := s.status("ana"); got != 400 {
		t.Errorf("a parameter that there isn't: got %d, want 400", got)
	}
}
