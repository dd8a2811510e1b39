package feed

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"comanda/order"
	"comanda/payload"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
)

// bench is an order service on a real file, with the feed that it makes. Time is
// that of the test's bubble.
type bench struct {
	*testing.T
	file   *sqlite.Store
	script *storagetest.Scripted // between the dispatcher and the file
	orders *order.Service
	config Config
	seen   *witness
}

// inBubble runs a test on a new bench.
func inBubble(t *testing.T, run func(*bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		file, err := sqlite.Open(t.Context(), filepath.Join(dir, "feed.db"), []storage.Table{order.Table, Table}, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, file: file, script: &storagetest.Scripted{Store: file}, seen: &witness{}}
		watched := NewNotifier(file, order.TableName)
		b.orders = order.NewService(watched, order.AcceptTotal, time.Now)
		b.config = Config{
			Store: b.script, Feed: NewLocal(file, order.TableName).Feed(), Dead: NewDeadLetters(b.script), Observer: b.seen,
			Now: time.Now, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Changed: watched.Subscribe(),
		}
		run(b)
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
}

// start runs a dispatcher for consumers and returns what stops it.
func (b *bench) start(consumers ...Consumer) (stop func()) {
	b.Helper()
	c := b.config
	c.Consumers = consumers
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { NewDispatcher(c).Run(ctx) })
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

// taker is a consumer that keeps what it was given.
type taker struct {
	name string
	mu   sync.Mutex
	ids  []string // of the orders, in the order of their events
	fail error    // in place of taking
	deep bool     // asleep
}

func (k *taker) Name() string { return k.name }

func (k *taker) Consume(_ context.Context, _ string, events []Event) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		return k.fail
	}
	for _, e := range events {
		k.ids = append(k.ids, e.OrderID+"@"+version(e))
	}
	return nil
}

func version(e Event) string {
	if e.After == nil {
		return "gone"
	}
	return strconv.Itoa(e.After.Version)
}

func (k *taker) Asleep() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.deep
}

func (k *taker) set(fail error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fail = fail
}

func (k *taker) wake() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.deep = false
}

func (k *taker) taken() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]string{}, k.ids...)
}

// witness counts what the dispatcher tells its observer.
type witness struct {
	mu           sync.Mutex
	failed, died int
	lag          time.Duration
}

func (w *witness) Lagged(_ string, lag time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lag = lag
}

func (w *witness) Failed(string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed++
}

func (w *witness) Died(string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.died++
}

func (w *witness) counts() (failed, died int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed, w.died
}

func (w *witness) lagged() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lag
}

var errBroken = errors.New("broken")
