package report

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

// narrow is a store that notes what the largest commit of pages had.
type narrow struct {
	storage.Store
	writes, bytes int // of one commit, of one document
}

func (n *narrow) Commit(ctx context.Context, c storage.Commit) error {
	if c.Writes[0].Key().Table == Table.Name {
		n.writes = max(n.writes, len(c.Writes))
		for _, w := range c.Writes {
			if w.New != nil {
				n.bytes = max(n.bytes, len(w.New.Doc))
			}
		}
	}
	return n.Store.Commit(ctx, c)
}

// crowd returns the changes of customers who place orders of many items under short
// names, and then edit each to the worst names that the service takes.
func crowd(t *testing.T, orders, items int) (changes []feed.Change, last []order.Order) {
	t.Helper()
	worst := []string{strings.Repeat("\x01", order.MaxName), strings.Repeat("\U0010FFFF", order.MaxName), strings.Repeat(`"`, order.MaxName)}
	for n := range orders {
		o := placed(t, fmt.Sprint("o-", n), "1", 1)
		o.Items = nil
		for i := range items {
			o.Items = append(o.Items, order.Item{ID: mustID(t, fmt.Sprintf("item-%d-%d", n, i), false), Name: "a", Price: 10_000, Quantity: 1})
		}
		changes, last = append(changes, changeTo(t, n, nil, &o)), append(last, o)
	}
	for n, before := range last {
		after := before
		after.Version, after.Items = 2, append([]order.Item(nil), before.Items...)
		for i := range after.Items {
			after.Items[i].Name = worst[i%len(worst)]
		}
		changes, last[n] = append(changes, changeTo(t, orders+n, &before, &after)), after
	}
	return changes, last
}

func TestNoNamesMakeACommitImpossible(t *testing.T) {
	for _, size := range []struct{ leaf, orders int }{{900, 1}, {leafSize, 6}} { // on the smaller, one counter alone can be larger
		leaf, orders := size.leaf, size.orders
		changes, last := crowd(t, orders, 100)
		events := make([]feed.Event, len(changes))
		for i, c := range changes {
			var err error
			if events[i], err = feed.Read(c); err != nil {
				t.Fatal(err)
			}
		}
		for name, count := range map[string]func(*narrow) error{
			"a server": func(s *narrow) error {
				c := NewConsumer(configOf(s, &quiet{}))
				c.book.leaf = leaf
				for _, half := range [][]feed.Event{events[:orders], events[orders:]} {
					if err := c.Consume(t.Context(), "s", half); err != nil {
						return err
					}
				}
				return nil
			},
			"a window": func(s *narrow) error {
				w := NewWindow(configOf(s, &quiet{}))
				w.book.leaf = leaf
				for _, half := range [][]feed.Change{changes[:orders], changes[orders:]} {
					if _, err := w.Handle(t.Context(), Invocation{Shard: "s", Changes: half, End: true}); err != nil {
						return err
					}
				}
				return nil
			},
			"a rebuild": func(s *narrow) error {
				for _, o := range last {
					r, err := order.Encode(o)
					if err != nil {
						return err
					}
					if err := s.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}); err != nil {
						return err
					}
				}
				c := NewConsumer(configOf(s, &quiet{}))
				c.book.leaf = leaf
				_, err := NewRebuilder(RebuilderConfig{Consumer: c, Orders: s}).Rebuild(t.Context())
				return err
			},
		} {
			t.Run(fmt.Sprintf("%s, pages of %d bytes", name, leaf), func(t *testing.T) {
				s := &narrow{Store: openFile(t, append([]storage.Table{order.Table}, tables...))}
				if err := count(s); err != nil {
					t.Fatal(err)
				}
				r, err := NewService(configOf(s, &quiet{})).Read(t.Context(), Query{Top: MaxTop})
				if err != nil || r.Orders["PLACED"] != int64(orders) || len(r.TopProducts) != MaxTop || len(r.TopProducts[0].Name) < order.MaxName {
					t.Fatalf("report: got %+v, %v, want %d orders and the long names", r, err, orders)
				}
				if most := leaf + 3000; s.writes > 3 || s.bytes > most {
					t.Errorf("largest commit and document: got %d writes and %d bytes, want 3 and %d at most", s.writes, s.bytes, most)
				}
			})
		}
	}
}

// TestPagesHaveRoomForTheMarksOfAllShards counts as on a table of 250 partitions, whose
// shards each end after four hours.
func TestPagesHaveRoomForTheMarksOfAllShards(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { countBesideMarks(t, &narrow{Store: e.open(t)}) })
	}
}

func countBesideMarks(t *testing.T, s *narrow) {
	t.Helper()
	const shards, orders, items = 2000, 3, 100
	changes, _ := crowd(t, orders, items)
	r := root{Generation: firstGeneration, Zone: berlin.String(), location: berlin}
	for n := range shards {
		r.Base = append(r.Base, mark{shardName(fmt.Sprint("early ", n)), feed.Sequence(fmt.Sprintf("9%039d", n)), hourOf(evening)})
	}
	plant(t, s, r)
	w := NewWindow(configOf(s, &quiet{}))
	for n, half := range [][]feed.Change{changes[:orders], changes[orders:], changes[orders:]} { // the last adds nothing
		if _, err := w.Handle(t.Context(), Invocation{Shard: "s", Changes: half, End: true}); err != nil {
			t.Fatalf("window %d: %v", n, err)
		}
	}
	got, err := NewService(configOf(s, &quiet{})).Read(t.Context(), Query{Top: MaxTop})
	if err != nil || got.Orders["PLACED"] != orders || got.TopProducts[0].Units != 1 {
		t.Errorf("report: got %+v, %v, want %d orders, each counted once", got, err, orders)
	}
	pages, err := leaves(t.Context(), s, r, scopeAll)
	if err != nil || len(pages) < 2 || len(pages) > 200 {
		t.Errorf("pages of all products: got %d, %v, want some", len(pages), err)
	}
	if s.writes > 3 || s.bytes > storage.MaxDoc*7/10 {
		t.Errorf("largest commit and document: got %d writes and %d bytes, want 3 writes and %d bytes at most", s.writes, s.bytes, storage.MaxDoc*7/10)
	}
}
