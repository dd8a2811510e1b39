package order

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"comanda/sqlite"
	"comanda/storage"
)

// newStore opens an empty store in a file of its own.
func newStore(t testing.TB) storage.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "orders.db"), []storage.Table{Table}, sqlite.Options{})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: noon} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// scripted is a store of which a test plays a part: a function that is set is
// called in place of the method, and can call the store's own.
type scripted struct {
	storage.Store
	commit func(ctx context.Context, c storage.Commit) error
	get    func(ctx context.Context, k storage.Key) (storage.Record, error)
	query  func(ctx context.Context, q storage.Query) (storage.Page, error)
}

func (s *scripted) Commit(ctx context.Context, c storage.Commit) error {
	if s.commit != nil {
		return s.commit(ctx, c)
	}
	return s.Store.Commit(ctx, c)
}

func (s *scripted) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	if s.get != nil {
		return s.get(ctx, k)
	}
	return s.Store.Get(ctx, k)
}

func (s *scripted) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	if s.query != nil {
		return s.query(ctx, q)
	}
	return s.Store.Query(ctx, q)
}

// kitchen is a service on a scripted store, with its clock.
type kitchen struct {
	*Service
	t     *testing.T
	store *scripted
	clock *clock
}

func newKitchen(t *testing.T) kitchen {
	t.Helper()
	k := kitchen{t: t, store: &scripted{Store: newStore(t)}, clock: newClock()}
	k.Service = NewService(k.store, AcceptTotal, k.clock.Now)
	return k
}

const route = "POST /orders"

// place places an order of ana's with an id, and fails the test if it can't.
func (k kitchen) place(id string, c Content) Order {
	k.t.Helper()
	o, replayed, err := k.Place(context.Background(), "ana", Placement{OrderID: id, Content: c}, route, "")
	if err != nil || replayed {
		k.t.Fatalf("place: got replayed %v, %v, want a new order", replayed, err)
	}
	return o
}

// advance takes a step with an order of ana's, and fails the test if it can't.
func (k kitchen) advance(id string, s Step) Order {
	k.t.Helper()
	return must(k.t)(k.Advance(context.Background(), "kit-7", "ana", id, s, nil, anyRestaurant))
}

// stored returns the order that ana has in the store.
func (k kitchen) stored(id string) Order {
	k.t.Helper()
	r, err := k.store.Store.Get(context.Background(), keyOf("ana", id))
	if err != nil {
		k.t.Fatalf("read record: %v", err)
	}
	o, err := Decode(r)
	if err != nil {
		k.t.Fatalf("decode record: %v", err)
	}
	return o
}

// overwrite stores an order in the place of what is stored, past the service.
func (k kitchen) overwrite(o Order) {
	k.t.Helper()
	r, err := Encode(o)
	if err != nil {
		k.t.Fatalf("encode: %v", err)
	}
	w := storage.Write{New: &r}
	if old, err := k.store.Store.Get(context.Background(), r.Key); err == nil {
		w.Old = &old
	}
	if err := k.store.Store.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{w}}); err != nil {
		k.t.Fatalf("overwrite: %v", err)
	}
}

func anyRestaurant(string) bool { return true }
