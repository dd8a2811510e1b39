package acceptance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"comanda/app"
	typed "comanda/client"
	"comanda/dynamolocal"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"
)

const (
	killConnections = 32
	killUsers       = 8
)

// killScenarios kill the program that holds the data, and look at its file.
func killScenarios(t *testing.T, s *suite) {
	p := startProcess(t)
	workers := killRounds(t, s, p, 5)
	s.scenario(t, "the store is sound right after a crash", func(t *testing.T) {
		work(t, p, workers, 200)
		checkStore(t, p, workers)
	})
}

// killOnDynamoDBScenarios kill one that holds nothing but requests.
func killOnDynamoDBScenarios(t *testing.T, s *suite) {
	prefix := dynamolocal.Prefix()
	createTables(t, dynamolocal.Client(t), prefix)
	p := &process{binary: built(t, program), dir: filepath.Join(t.TempDir(), "data"), environment: testRole.environment()}
	location := "dynamodb:" + testRole.region + "?endpoint=" + dynamolocal.Endpoint(t) + "&prefix=" + prefix
	p.arguments = []string{"--store", location, "--identity", "embedded"}
	p.run(t)
	killRounds(t, s, p, 2)
}

// killRounds load the program with requests, kill it at a random moment, start it at
// another address, and compare what is there with every answer that was given
// before.
func killRounds(t *testing.T, s *suite, p *process, rounds int) []*worker {
	t.Helper()
	c := s.clientOf(p)
	users := make([]*user, killUsers)
	for i := range users {
		users[i] = c.signUp(t, fmt.Sprint("customer", i))
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	workers := make([]*worker, killConnections)
	for i := range workers {
		workers[i] = &worker{c: c, number: i, users: users, random: rand.New(rand.NewPCG(seed, uint64(i)))}
	}
	random := rand.New(rand.NewPCG(seed, killConnections))
	for round := range rounds {
		s.scenario(t, fmt.Sprintf("nothing acknowledged is lost by a crash, round %d", round+1), func(t *testing.T) {
			work(t, p, workers, 100+random.Int64N(300))
			p.start(t)
			c.compare(t, users, workers)
		})
	}
	return workers
}

// work lets the workers work, and kills the program at the moment when it has
// given this many answers.
func work(t *testing.T, p *process, workers []*worker, answers int64) {
	t.Helper()
	var group sync.WaitGroup
	var given atomic.Int64
	enough := make(chan struct{})
	errs := make([]error, len(workers))
	for i, w := range workers {
		w.acked = func() {
			if given.Add(1) == answers {
				close(enough)
			}
		}
		group.Go(func() { errs[i] = w.run() })
	}
	ended := make(chan struct{})
	go func() {
		group.Wait()
		close(ended)
	}()
	select {
	case <-enough:
	case <-ended:
	}
	p.kill(t)
	<-ended
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if given.Load() < answers {
		t.Fatalf("the workers ended after %d of %d answers", given.Load(), answers)
	}
}

// compare reads every list to its end, and repeats every placement.
func (c *client) compare(t *testing.T, users []*user, workers []*worker) {
	t.Helper()
	bodies := map[string][]byte{}
	for _, u := range users {
		c.readAll(t, u, bodies)
	}
	known := 0
	for _, w := range workers {
		for _, e := range w.orders {
			body := bodies[e.id()]
			if body != nil {
				known++
			}
			if err := e.survived(body); err != nil {
				t.Error(err)
			}
		}
	}
	if known != len(bodies) {
		t.Errorf("there are %d orders, and %d of them were placed", len(bodies), known)
	}
	c.repeatAll(t, workers)
}

// readAll collects a customer's orders by id, each of which may occur once.
func (c *client) readAll(t *testing.T, u *user, into map[string][]byte) {
	t.Helper()
	for o, err := range c.by(t, u).AllOrders(t.Context(), typed.Filter{Limit: 100}) {
		if err != nil {
			t.Fatal(err)
		}
		if into[o.OrderID] != nil {
			t.Errorf("order %s occurs twice", o.OrderID)
		}
		into[o.OrderID] = o.JSON()
	}
}

// repeatAll sends every placement again, which repeats the first answer or, if
// none came, is the first.
func (c *client) repeatAll(t *testing.T, workers []*worker) {
	t.Helper()
	var group sync.WaitGroup
	errs := make([]error, len(workers))
	for i, w := range workers {
		group.Go(func() {
			for _, e := range w.orders {
				done, err := w.do(e, "place")
				if err == nil && !done {
					err = fmt.Errorf("order %s: no answer to its repetition", e.id())
				}
				if err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

// checkStore opens the file of a program that was killed, checks it, and counts
// the changes of every order: one for each version.
func checkStore(t *testing.T, p *process, workers []*worker) {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(p.dir, "comanda.db"), app.Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.Check(ctx); err != nil {
		t.Error(err)
	}
	changes := readChanges(t, store)
	for _, w := range workers {
		for _, e := range w.orders {
			most := e.version
			if e.pending != "" {
				most++
			}
			if n := changes[e.id()]; n < e.version || n > most {
				t.Errorf("order %s: %d changes, want one for each of %d versions, and one for a pending %q at most", e.id(), n, e.version, e.pending)
			}
		}
	}
}

// readChanges counts the changes of every order, each of which leaves the next
// version.
func readChanges(t *testing.T, feed storage.FeedReader) map[string]int {
	t.Helper()
	changes := map[string]int{}
	for after := int64(0); ; {
		page, err := feed.ReadFeed(context.Background(), order.TableName, after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range page {
			id := change.Key.Sort
			changes[id]++
			if o, err := order.DecodeDoc(change.Key, change.After); err != nil || o.Version != changes[id] {
				t.Errorf("change %d of order %s leaves version %d: %v", changes[id], id, o.Version, err)
			}
			after = change.Sequence
		}
		if len(page) == 0 {
			return changes
		}
	}
}
