package order

import (
	"context"
	"path/filepath"
	"testing"

	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
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

// kitchen is a service on a scripted store, with its clock.
type kitchen struct {
	*Service
	t     *testing.T
	store *storagetest.Scripted
	clock *storagetest.Clock
}

func newKitchen(t *testing.T) kitchen {
	t.Helper()
	k := kitchen{t: t, store: &storagetest.Scripted{Store: newStore(t)}, clock: storagetest.NewClock(noon)}
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
