package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/payload"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"

	"github.com/go-json-experiment/json"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// bench is an order service on a real file, with the feed, the webhooks and
// receivers that it makes. Time is that of the test's bubble.
type bench struct {
	*testing.T
	file   *sqlite.Store
	script *storagetest.Scripted // between the webhooks and the file
	orders *order.Service
	feed   feed.Config
	config Config
	seen   *witness
	log    *lines
	world  *world
	hooks  *Webhooks // of the latest start
	ahead  atomic.Int64
}

// inBubble runs a test on a new bench.
func inBubble(t *testing.T, run func(*bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		file, err := sqlite.Open(t.Context(), filepath.Join(dir, "w.db"), append(Tables(), order.Table, feed.Table), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, file: file, script: &storagetest.Scripted{Store: file}, seen: &witness{}, log: &lines{}, world: &world{}}
		watched := feed.NewNotifier(file, order.TableName)
		b.orders = order.NewService(watched, order.AcceptTotal, time.Now)
		logger := slog.New(slog.NewTextHandler(b.log, nil))
		b.feed = feed.Config{
			Store: file, Feed: feed.NewLocal(file, order.TableName).Feed(), Dead: feed.NewDeadLetters(file), Observer: b.seen,
			Now: time.Now, Logger: logger, Changed: watched.Subscribe(), Idle: time.Hour,
		}
		b.config = Config{
			Store: b.script, Observer: b.seen, Now: b.now, Logger: logger, SealKey: bytes.Repeat([]byte{7}, 32),
			Idle: time.Hour, Transport: b.world, Random: func() float64 { return 0.5 },
		}
		run(b)
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
}

// now is the webhooks' clock.
func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.ahead.Load())) }

// skip moves the webhooks' clock without the work of all the time in between.
func (b *bench) skip(d time.Duration) { b.ahead.Add(int64(d)) }

// start runs the webhooks and the dispatcher of the feed, and returns what stops them.
func (b *bench) start() (stop func()) {
	b.Helper()
	var err error
	if b.hooks, err = New(b.config); err != nil {
		b.Fatal(err)
	}
	c := b.feed
	c.Consumers = []feed.Consumer{b.hooks}
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	hooks := b.hooks
	running.Go(func() { hooks.Run(ctx) })
	running.Go(func() { feed.NewDispatcher(c).Run(ctx) })
	return func() { cancel(); running.Wait() }
}

// place places an order of ana's.
func (b *bench) place(id string) {
	b.Helper()
	p := order.ReadPlacement(payload.Parse([]byte(`{"restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":9.99}],"totalAmount":9.99}`), &payload.Report{}), order.AcceptTotal)
	p.OrderID = id
	if _, _, err := b.orders.Place(b.Context(), "ana", p, "POST /orders", ""); err != nil {
		b.Fatal(err)
	}
}

// advance takes a step with an order of ana's.
func (b *bench) advance(id string, to order.Status) {
	b.Helper()
	_, err := b.orders.Advance(b.Context(), "kit-7", "ana", id, order.Step{Status: to}, nil, func(string) bool { return true })
	if err != nil {
		b.Fatal(err)
	}
}

// life places an order and takes it to its end: 4 events.
func (b *bench) life(id string) {
	b.Helper()
	b.place(id)
	for _, s := range []order.Status{order.Acknowledged, order.Dispatched, order.Delivered} {
		b.advance(id, s)
	}
}

// lifeOf is what a receiver gets of a life, in this order.
func lifeOf(id string) []string { return []string{id + "@1", id + "@2", id + "@3", id + "@4"} }

// add adds a receiver that answers at https://name.example/.
func (b *bench) add(name string, answer func(*http.Request, message) (int, error)) *receiver {
	b.Helper()
	r := &receiver{t: b.T, answer: answer, ahead: &b.ahead}
	added, secret, err := b.hooks.Add(b.Context(), "https://"+name+".example/hooks?token=hush", nil, true) // which looks nothing up
	if err != nil {
		b.Fatal(err)
	}
	r.id, r.secret = added.ID, secret
	b.world.hosts.Store(name+".example", r)
	return r
}

// world is where receivers are, by host.
type world struct{ hosts sync.Map }

// RoundTrip implements [http.RoundTripper].
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	found, _ := w.hosts.Load(r.URL.Host)
	to, ok := found.(*receiver)
	if !ok {
		return nil, errors.New("no such host")
	}
	status, header, err := to.serve(r)
	if err != nil {
		return nil, err
	}
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader("whatever")), Request: r}, nil
}

// message is what a receiver gets.
type message struct {
	id       string
	kind     string
	order    string // with its version: one@2
	at       time.Time
	accepted bool
}

// receiver verifies every request with the published library.
type receiver struct {
	t      *testing.T
	id     string
	secret string
	answer func(*http.Request, message) (int, error) // nil: 204
	header http.Header                               // of the answer
	ahead  *atomic.Int64                             // of the sender's clock

	mu       sync.Mutex
	messages []message
	lastBody []byte
	running  int
	most     int // requests at a time
}

func (r *receiver) serve(req *http.Request) (status int, header http.Header, err error) {
	m := r.read(req)
	status = 204
	if r.answer != nil {
		status, err = r.answer(req, m)
	}
	m.accepted = err == nil && status < 300
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running--
	r.messages = append(r.messages, m)
	return status, r.header, err
}

func (r *receiver) read(req *http.Request) message {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastBody = body
	r.running++
	r.most = max(r.most, r.running)
	verifier, err := standard.NewWebhook(r.secret)
	switch {
	case err != nil:
	case r.ahead.Load() > 0:
		err = verifier.VerifyIgnoringTimestamp(body, req.Header)
	default:
		err = verifier.Verify(body, req.Header)
	}
	var text struct {
		Type string
		Data struct {
			Order struct {
				OrderID string
				Version int
			}
		}
	}
	if err == nil {
		err = json.Unmarshal(body, &text, json.MatchCaseInsensitiveNames(true))
	}
	if err != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" {
		r.t.Errorf("%s %s %v: %v", req.Method, body, req.Header, err)
	}
	o := text.Data.Order
	return message{id: req.Header.Get(standard.HeaderWebhookID), kind: text.Type, order: fmt.Sprintf("%s@%d", o.OrderID, o.Version), at: time.Now()}
}

// took returns what the receiver accepted, in that order, and whether an id came
// with another message.
func (r *receiver) took() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, m := range r.messages {
		if m.accepted {
			out = append(out, m.order)
		}
	}
	return out
}

func (r *receiver) all() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// expect fails the test unless the receiver accepted exactly this, in this order.
func (r *receiver) expect(want ...string) {
	r.t.Helper()
	if got := r.took(); !slices.Equal(got, want) {
		r.t.Errorf("accepted: got %q, want %q", got, want)
	}
}

// witness counts what the webhooks tell their observer.
type witness struct {
	mu                                sync.Mutex
	delivered, failed, died, disabled int
}

func (w *witness) add(n *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*n++
}

func (w *witness) counts() [4]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return [4]int{w.delivered, w.failed, w.died, w.disabled}
}

func (w *witness) WebhookDelivered(string, time.Duration) { w.add(&w.delivered) }
func (w *witness) WebhookFailed(string)                   { w.add(&w.failed) }
func (w *witness) WebhookDied(string)                     { w.add(&w.died) }
func (w *witness) WebhookDisabled(string)                 { w.add(&w.disabled) }
func (w *witness) Lagged(string, time.Duration)           {}
func (w *witness) Failed(string)                          {}
func (w *witness) Died(string)                            {}

// lines is the log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// left returns how many deliveries wait, and how many dead letters there are.
func (b *bench) left(r *receiver) (pending, dead int) {
	b.Helper()
	list, err := b.hooks.List(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range list {
		if s.ID == r.id {
			return s.Pending, s.Dead
		}
	}
	b.Fatalf("receiver %s isn't listed", r.id)
	return 0, 0
}

// expectLeft fails the test unless this much waits and is dead.
func (b *bench) expectLeft(r *receiver, pending, dead int) {
	b.Helper()
	if p, d := b.left(r); p != pending || d != dead {
		b.Errorf("left: got %d pending and %d dead, want %d and %d", p, d, pending, dead)
	}
}

var errRefused = errors.New("connection refused")

// stored returns all that a table has, as text.
func (b *bench) stored(t storage.Table) string {
	b.Helper()
	page, err := b.file.Scan(b.Context(), t.Name, "", 1000)
	if err != nil {
		b.Fatal(err)
	}
	var out strings.Builder
	for _, r := range page.Records {
		out.Write(r.Doc)
		out.WriteString("\n")
	}
	return out.String()
}
