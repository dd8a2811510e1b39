package report

import (
	"context"
	"errors"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
	"comanda/storagetest"
)

// shop is a store with orders that can't show one moment, and knows its time.
type shop struct {
	*testing.T
	storage.Store
	now  time.Time
	made int
}

func newShop(t *testing.T) *shop {
	file := openFile(t, append([]storage.Table{order.Table}, tables...))
	return &shop{T: t, Store: struct{ storage.Store }{file}, now: evening}
}

func (s *shop) config() Config {
	c := configOf(s.Store, &quiet{})
	c.Now = func() time.Time { return s.now }
	return c
}

// place returns an order and its change, which isn't stored yet.
func (s *shop) place(id string) (order.Order, feed.Change) {
	o := placed(s.T, id, "7", 2)
	o.OrderTime, o.UpdatedAt = s.now, s.now
	s.made++
	c := changeTo(s.T, s.made, nil, &o)
	c.Time = s.now.Truncate(time.Second) // as a stream has it
	return o, c
}

func (s *shop) store(o order.Order) {
	s.Helper()
	r, err := order.Encode(o)
	if err == nil {
		err = s.Commit(s.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
	}
	if err != nil {
		s.Fatal(err)
	}
}

// window invokes a window over a store.
func (s *shop) window(over storage.Store, in Invocation) string {
	s.Helper()
	c := s.config()
	c.Store, in.Shard = over, "s"
	w := NewWindow(c)
	w.book.pause = func(context.Context, int) error { return nil }
	out, err := w.Handle(s.Context(), in)
	if err != nil {
		s.Fatal(err)
	}
	return out.State
}

func (s *shop) rebuild(over storage.Store) error {
	c := s.config()
	c.Store = over
	_, err := NewRebuilder(RebuilderConfig{Consumer: NewConsumer(c), Orders: over}).Rebuild(s.Context())
	return err
}

func (s *shop) wantOrders(when string, n int64) {
	s.Helper()
	r, err := NewService(s.config()).Read(s.Context(), Query{Top: 10})
	if err != nil || r.Orders["PLACED"] != n || r.Revenue != AmountOf(order.Money(n*30_000)) {
		s.Errorf("%s: got %d orders, %v, %v, want %d", when, r.Orders["PLACED"], r.Revenue, err, n)
	}
}

func TestARebuildLeavesNothingToWindowsThatItHasCounted(t *testing.T) {
	s := newShop(t)
	first, change := s.place("o-1")
	s.store(first)
	state := s.window(s, Invocation{Changes: []feed.Change{change}})
	s.now = s.now.Add(Quiet + time.Millisecond)
	if err := s.rebuild(s); err != nil {
		t.Fatal(err)
	}
	s.wantOrders("after the rebuild", 1)
	s.now = s.now.Add(time.Second)
	second, next := s.place("o-2")
	s.store(second)
	state = s.window(s, Invocation{Changes: []feed.Change{next}, State: state})
	for range 2 { // the second time adds nothing
		s.window(s, Invocation{State: state, End: true})
		s.wantOrders("after the window", 2)
	}
	s.window(s, Invocation{Changes: []feed.Change{change, next}, End: true})
	s.wantOrders("after all was delivered again", 2)
}

func TestARebuildRefusesOrdersThatAreBeingChanged(t *testing.T) {
	s := newShop(t)
	o, change := s.place("o-1")
	s.store(o)
	for _, after := range []time.Duration{0, Quiet - time.Second} {
		s.now = evening.Add(after)
		var busy *Unsettled
		if err := s.rebuild(s); !errors.As(err, &busy) || !busy.Changed.Equal(evening) {
			t.Errorf("rebuild %v after a change: got %v, want it refused", after, err)
		}
		s.wantOrders("after the refusal", 0)
	}
	s.window(s, Invocation{Changes: []feed.Change{change}, End: true})
	s.now = evening.Add(Quiet + time.Millisecond)
	if err := s.rebuild(s); err != nil {
		t.Error(err)
	}
	s.wantOrders("after the rebuild", 1)
}

// TestOrdersThatAreCountedDuringARebuildArentLost has an order placed behind the
// back of a rebuild, which hasn't found it, and counts it at several moments.
func TestOrdersThatAreCountedDuringARebuildArentLost(t *testing.T) {
	isRoot := func(c storage.Commit) bool { return c.Writes[0].Key() == rootKey }
	setup := func(t *testing.T) (*shop, order.Order, feed.Change) {
		s := newShop(t)
		first, change := s.place("o-1")
		s.store(first)
		s.window(s, Invocation{Changes: []feed.Change{change}, End: true})
		s.now = s.now.Add(time.Hour)
		late, next := s.place("o-2")
		return s, late, next
	}
	t.Run("while it counts", func(t *testing.T) {
		s, late, next := setup(t)
		hooked := &storagetest.Scripted{Store: s.Store}
		done := false
		hooked.OnCommit = func(ctx context.Context, c storage.Commit) error {
			if !done {
				done = true
				s.store(late)
				s.window(s, Invocation{Changes: []feed.Change{next}, End: true})
			}
			return s.Commit(ctx, c)
		}
		var busy *Unsettled
		if err := s.rebuild(hooked); !errors.As(err, &busy) {
			t.Errorf("rebuild: got %v, want it refused", err)
		}
		s.wantOrders("after the refusal", 2)
	})
	t.Run("as it replaces the root", func(t *testing.T) {
		s, late, next := setup(t)
		hooked := &storagetest.Scripted{Store: s.Store}
		hooked.OnCommit = func(ctx context.Context, c storage.Commit) error {
			if isRoot(c) {
				s.store(late)
				s.window(s, Invocation{Changes: []feed.Change{next}, End: true})
			}
			return s.Commit(ctx, c)
		}
		if err := s.rebuild(hooked); !errors.Is(err, ErrOvertaken) {
			t.Errorf("rebuild: got %v, want %v", err, ErrOvertaken)
		}
		s.now = s.now.Add(time.Hour)
		if err := s.rebuild(s); err != nil {
			t.Error(err)
		}
		s.wantOrders("after the rebuild was repeated", 2)
	})
	t.Run("by who has begun before", func(t *testing.T) {
		s, late, next := setup(t)
		hooked := &storagetest.Scripted{Store: s.Store}
		done := false
		hooked.OnCommit = func(ctx context.Context, c storage.Commit) error {
			if !done {
				done = true
				if err := s.rebuild(s); err != nil {
					t.Error(err)
				}
				s.store(late)
			}
			return s.Commit(ctx, c)
		}
		s.window(hooked, Invocation{Changes: []feed.Change{next}, End: true})
		s.wantOrders("after both", 2)
	})
}
