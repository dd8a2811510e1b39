package dynamo

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"comanda/dynamolocal"
	"comanda/order"
	"comanda/storage"
	"comanda/storagetest"
)

// faultSeed begins the dice of the operations and of the proxy. What they do to
// each other still depends on the scheduler.
var faultSeed = flag.Uint64("faults.seed", 0, "seed of the random operations with faults, 0 for a new one")

// The random operations: in each round everybody works on one order of each customer.
const (
	workers    = 12
	each       = 10
	allRounds  = 42 // 5,040 operations, by `make check`
	someRounds = 10 // otherwise, so that tests stay quick
)

func roundsToday() int {
	if os.Getenv("COMANDA_REQUIRE") == "all" {
		return allRounds
	}
	return someRounds
}

var customers = []string{"ana", "ben", "cem"}

const route = "POST /orders"

// worker is a client beside others, which act for customers and for staff.
type worker struct {
	*order.Service
	store   *storagetest.Scripted
	at      time.Time // what the service's clock shows
	dice    *rand.Rand
	ticks   *atomic.Int64
	wasCut  bool // the latest commit ended with an unknown outcome
	history []porcupine.Operation
	counts  map[string]int
}

func newWorker(s storage.Store, seed, n uint64, ticks *atomic.Int64) *worker {
	w := &worker{store: &storagetest.Scripted{Store: s}, dice: rand.New(rand.NewPCG(seed, 100+n)), ticks: ticks, counts: map[string]int{}}
	w.store.OnCommit = func(ctx context.Context, c storage.Commit) error {
		err := s.Commit(ctx, c)
		w.wasCut = w.wasCut || errors.Is(err, storage.ErrUnknown)
		return err
	}
	w.Service = order.NewService(w.store, order.AcceptTotal, func() time.Time { return w.at })
	return w
}

// idOf returns the id of a customer's order of a round: every third is placed
// under an idempotency key instead.
func idOf(user string, round int) (o orderID, key string) {
	o = orderID{user, fmt.Sprintf("o-%02d", round)}
	if round%3 == 0 {
		key = fmt.Sprint("key-", round)
		o.id = order.OrderIDFromKey(user, route, key)
	}
	return o, key
}

// choose rolls an operation. Each has a time of its own, so that every change
// can be told from every other.
func (w *worker) choose(t *testing.T, id orderID) ask {
	in := ask{orderID: id, with: workshopOrder(t, []string{"", "", "a", "b"}[w.dice.IntN(4)]), at: noon.Add(time.Duration(w.ticks.Add(1)) * time.Millisecond)}
	switch roll := w.dice.IntN(20); {
	case roll < 5:
		in.do = "place"
		if roll > 0 {
			in.with.Note = ""
		}
	case roll < 11:
		in.do = "edit"
		if w.dice.IntN(3) == 0 {
			in.match = []int{1 + w.dice.IntN(4)}
		}
	case roll < 14:
		in.do = "get"
	case roll < 15:
		in.do = "cancel"
		if w.dice.IntN(2) == 0 {
			in.at = in.at.Add(order.CancelWindow)
		}
	default:
		in.do, in.step = "advance", []order.Step{{Status: order.Acknowledged}, {Status: order.Acknowledged}, {Status: order.Dispatched},
			{Status: order.Delivered}, {Status: order.Canceled, Reason: "closed"}}[roll-15]
	}
	return in
}

// perform asks the service. Some callers don't wait long.
func (w *worker) perform(in ask, key string) (out told) {
	ctx := context.Background()
	if w.dice.IntN(40) == 0 {
		short, cancel := context.WithTimeout(ctx, time.Duration(w.dice.IntN(8000))*time.Microsecond)
		defer cancel()
		ctx = short
	}
	w.at, w.wasCut = in.at, false
	var o order.Order
	var err error
	switch in.do {
	case "place":
		p := order.Placement{OrderID: in.id, Content: in.with}
		if key != "" {
			p.OrderID = ""
		}
		o, out.replayed, err = w.Place(ctx, in.user, p, route, key)
	case "edit":
		o, err = w.Edit(ctx, in.user, in.id, in.with, in.match)
	case "cancel":
		o, err = w.Cancel(ctx, in.user, in.id, in.match)
	case "get":
		o, err = w.Get(ctx, in.user, in.id)
	default:
		o, err = w.Advance(ctx, "staff", in.user, in.id, in.step, in.match, anyRestaurant)
	}
	if err == nil {
		out.doc = encoded(o)
		return out
	}
	return w.judge(err)
}

// judge says what an error tells about the order.
func (w *worker) judge(err error) told {
	switch {
	case errors.Is(err, storage.ErrUnknown):
		return told{unknown: true}
	case errors.Is(err, storage.ErrBusy), errors.Is(err, context.DeadlineExceeded), errors.Is(err, storage.ErrContended):
		return told{nothing: true}
	}
	return told{err: err.Error()}
}

// record performs an operation and writes down when it began and ended, by a
// count that all share. What ended unknown never ends. A placement that was cut
// off and then found the order is two operations: one that ended unknown, and a
// repetition of it.
func (w *worker) record(in ask, key string) {
	op := porcupine.Operation{Input: in, Call: w.ticks.Add(1)}
	out := w.perform(in, key)
	op.Output, op.Return = out, w.ticks.Add(1)
	switch {
	case out.unknown:
		op.Return = math.MaxInt64
		w.counts["unknown"]++
	case out.nothing:
		w.counts["busy, late or contended"]++
	case out.replayed:
		w.counts["replayed"]++
	case out.err != "":
		w.counts["refused"]++
	default:
		w.counts["done"]++
	}
	w.history = append(w.history, op)
	if w.wasCut && in.do == "place" && !out.unknown {
		op.Output, op.Return = told{unknown: true}, math.MaxInt64
		w.history = append(w.history, op)
	}
}

// look lists a customer's orders or the restaurant's queue, which is an
// observation of each order in it; and in a customer's list, of each that isn't.
func (w *worker) look(user string, all []orderID) error {
	begin := w.ticks.Add(1)
	var page order.Page
	var err error
	if user == "" {
		page, err = w.Queue(context.Background(), "1", order.Filter{Limit: 100})
	} else {
		page, err = w.List(context.Background(), user, order.Filter{Limit: 100})
	}
	end := w.ticks.Add(1)
	if err != nil {
		if w.judge(err).nothing {
			w.counts["busy, late or contended"]++
			return nil
		}
		return err
	}
	w.counts["lists"]++
	found := map[orderID]string{}
	for _, o := range page.Orders {
		id := orderID{o.UserID, o.OrderID}
		if _, twice := found[id]; twice || user == "" && !o.Status.Open() || !slices.Contains(all, id) {
			return fmt.Errorf("a list of %q shows order %v twice, or closed in the queue, or nobody placed it", user, id)
		}
		found[id] = encoded(o)
	}
	for _, id := range all {
		if doc, ok := found[id]; ok || user == id.user {
			w.history = append(w.history, porcupine.Operation{Input: ask{orderID: id, do: "see"}, Output: told{doc: doc}, Call: begin, Return: end})
		}
	}
	return nil
}

// together lets workers work until all rounds are over.
func together(t *testing.T, team []*worker, rounds int) {
	var all []orderID
	for round := range rounds {
		for _, user := range customers {
			id, _ := idOf(user, round)
			all = append(all, id)
		}
		var wg sync.WaitGroup
		for n, w := range team {
			wg.Go(func() {
				for range each {
					user := customers[w.dice.IntN(len(customers))]
					id, key := idOf(user, round)
					if w.dice.IntN(12) > 0 {
						w.record(w.choose(t, id), key)
						continue
					}
					if w.dice.IntN(2) == 0 {
						user = ""
					}
					if err := w.look(user, all); err != nil {
						t.Errorf("worker %d: %v", n, err)
					}
				}
			})
		}
		wg.Wait()
	}
}

// throughFaults returns two stores of the same new tables, clean directly and s through
// a proxy that does everything to its requests, each of which is attempted so many times.
func throughFaults(t *testing.T, attempts int, tables ...storage.Table) (seed uint64, p *proxy, clean, s *Store) {
	t.Helper()
	if seed = *faultSeed; seed == 0 {
		seed = rand.Uint64()
	}
	p, clean = newProxy(t, seed), openTables(t, tables, Options{})
	opts := clean.opts
	opts.Timeout, opts.Attempts, opts.Sleep = time.Second/2, attempts, func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	s, err := New(dynamolocal.Client(t, p.option), tables, opts)
	if err != nil {
		t.Fatal(err)
	}
	return seed, p, clean, s
}

// TestThousandsOfOperationsThroughANetworkThatFails lets customers and staff work on the
// same orders, through a proxy that does everything to their requests, and then asks for
// one sequence of operations that explains all answers and what is stored.
func TestThousandsOfOperationsThroughANetworkThatFails(t *testing.T) {
	orders := order.Table
	orders.Feed = false // a stream slows DynamoDB Local down
	seed, p, clean, s := throughFaults(t, 3, orders)
	var ticks atomic.Int64
	var team []*worker
	for n := range uint64(workers) {
		team = append(team, newWorker(s, seed, n, &ticks))
	}
	rounds := roundsToday()
	together(t, team, rounds)
	p.drain()

	history, stored := settled(t, clean, rounds, &ticks)
	counts := map[string]int{}
	for _, w := range team {
		history = append(history, w.history...)
		for what, n := range w.counts {
			counts[what] += n
		}
	}
	t.Logf("seed %d: %d operations, answers %v, faults %v, %d orders stored", seed, rounds*workers*each, counts, p.counts, stored)
	if verdict := porcupine.CheckOperationsTimeout(sequential, history, time.Minute); verdict != porcupine.Ok {
		t.Errorf("a sequence of operations that explains every answer: got %v, want one (-faults.seed %d)", verdict, seed)
	}
	for _, o := range odds {
		if p.counts[o.what] == 0 {
			t.Errorf("requests that the network %s: got none, want some", o.what)
		}
	}
	for _, what := range []string{"done", "refused", "replayed", "unknown", "busy, late or contended", "lists"} {
		if counts[what] == 0 {
			t.Errorf("answers: got none that are %s among %v, want some", what, counts)
		}
	}
}

// settled observes every order that was ever asked for, when all is quiet, and
// fails the test if the table holds anything else.
func settled(t *testing.T, s *Store, rounds int, ticks *atomic.Int64) (history []porcupine.Operation, stored int) {
	t.Helper()
	found := map[orderID]string{}
	for after := storage.Cursor(""); ; {
		page, err := s.Scan(context.Background(), order.TableName, after, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			o, err := order.Decode(r)
			if err != nil {
				t.Fatal(err)
			}
			found[orderID{o.UserID, o.OrderID}] = encoded(o)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	stored = len(found)
	for round := range rounds {
		for _, user := range customers {
			id, _ := idOf(user, round)
			history = append(history, porcupine.Operation{Input: ask{orderID: id, do: "see"}, Output: told{doc: found[id]}, Call: ticks.Add(1), Return: ticks.Add(1)})
			delete(found, id)
		}
	}
	if len(found) > 0 {
		t.Errorf("orders that nobody placed: got %v, want none", slices.Collect(maps.Keys(found)))
	}
	return history, stored
}
