package report

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

// rewrite changes the document of a record as a later release would.
func rewrite(t *testing.T, s storage.Store, k storage.Key, old, changed string) storage.Record {
	t.Helper()
	was, err := s.Get(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	r := storage.Record{Key: k, Doc: bytes.Replace(was.Doc, []byte(old), []byte(changed), 1)}
	if bytes.Equal(was.Doc, r.Doc) {
		t.Fatalf("record %s: got %s, want %s in it", k.Partition, was.Doc, old)
	}
	if err := storage.Apply(t.Context(), s, storage.Commit{Writes: []storage.Write{{Old: &was, New: &r}}}); err != nil {
		t.Fatal(err)
	}
	stored, err := s.Get(t.Context(), k) // as the engine spells it
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func wantUntouched(t *testing.T, s storage.Store, r storage.Record) {
	t.Helper()
	got, err := s.Get(t.Context(), r.Key)
	if err != nil || got.Version != r.Version || !bytes.Equal(got.Doc, r.Doc) {
		t.Errorf("record %s: got %s, %v, want %s untouched", r.Key.Partition, got.Doc, err, r.Doc)
	}
}

func wantNewer(t *testing.T, what string, err error) {
	t.Helper()
	if !feed.Newer(err) || !strings.Contains(err.Error(), "is newer than this release: upgrade this process") {
		t.Errorf("%s: got %v, want an error that asks for an upgrade", what, err)
	}
}

// counted returns a store in which one order is counted.
func counted(t *testing.T, s storage.Store) order.Order {
	t.Helper()
	o := placed(t, "o-1", "7", 2)
	if err := NewConsumer(configOf(s, &quiet{})).Consume(t.Context(), "s", []feed.Event{eventTo(t, 1, nil, &o)}); err != nil {
		t.Fatal(err)
	}
	return o
}

func units(t *testing.T, s storage.Store) int64 {
	t.Helper()
	got, err := NewService(configOf(s, &quiet{})).Read(t.Context(), Query{Top: 1})
	if err != nil || len(got.TopProducts) != 1 {
		t.Fatalf("read: got %+v, %v, want a product", got, err)
	}
	return got.TopProducts[0].Units
}

var allPage = pageID{firstGeneration, scopeAll, ""}.key()

func TestCountersOfKindsThatThisReleaseDoesntKnowAreKept(t *testing.T) {
	const rows = `["hour","2026-11-20",17,{"orders":3,"late":1.50}],["z"]`
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			s := e.open(t)
			o := counted(t, s)
			rewrite(t, s, allPage, `"counters":[`, `"counters":[`+rows+`,`)
			if got := units(t, s); got != 2 {
				t.Errorf("report: got %d units, want 2", got)
			}
			more := o
			more.Items = []order.Item{o.Items[0]}
			more.Items[0].Quantity = 5
			c := NewConsumer(configOf(s, &quiet{}))
			c.book.leaf = 1 // the page is larger, and is split if it can be
			if err := c.Consume(t.Context(), "s", []feed.Event{eventTo(t, 2, &o, &more)}); err != nil {
				t.Fatal(err)
			}
			r, err := s.Get(t.Context(), allPage)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range []string{`["hour","2026-11-20",17,{`, `"late":1.5`, `["z"]`} {
				if !strings.Contains(string(r.Doc), row) {
					t.Errorf("page: got %s, want %s kept", r.Doc, row)
				}
			}
			if got := units(t, s); got != 5 {
				t.Errorf("report: got %d units, want 5", got)
			}
		})
	}
}

func TestAKindThatMustNotBeMissedMakesThisReleaseWait(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			s := e.open(t)
			o := counted(t, s)
			root := rewrite(t, s, rootKey, `"zone"`, `"kinds":["c","hour","p","s"],"zone"`)
			page, err := s.Get(t.Context(), allPage)
			if err != nil {
				t.Fatal(err)
			}
			seen := &quiet{}
			wantNewer(t, "consume", NewConsumer(configOf(s, seen)).Consume(t.Context(), "s", []feed.Event{eventTo(t, 2, &o, nil)}))
			_, err = NewWindow(configOf(s, seen)).Handle(t.Context(), Invocation{Shard: "s", Changes: []feed.Change{changeTo(t, 2, &o, nil)}, End: true})
			wantNewer(t, "window", err)
			if got := units(t, s); got != 2 || seen.died > 0 {
				t.Errorf("report: got %d units and %d dead letters, want 2 and none", got, seen.died)
			}
			wantUntouched(t, s, root)
			wantUntouched(t, s, page)
		})
	}
}

func TestPagesAndRootsOfALaterReleaseAreRefusedAndLeftAsTheyAre(t *testing.T) {
	for _, e := range engines {
		for name, k := range map[string]storage.Key{"page": allPage, "root": rootKey} {
			t.Run(e.name+", "+name, func(t *testing.T) {
				s := e.open(t)
				o := counted(t, s)
				newer := rewrite(t, s, k, `"format":1`, `"format":2`)
				seen := &quiet{}
				c := NewConsumer(configOf(s, seen))
				wantNewer(t, "consume", c.Consume(t.Context(), "s", []feed.Event{eventTo(t, 2, &o, nil)}))
				_, err := NewService(configOf(s, seen)).Read(t.Context(), Query{Top: 1})
				wantNewer(t, "read", err)
				orders := openFile(t, []storage.Table{order.Table})
				_, err = NewRebuilder(RebuilderConfig{Consumer: c, Orders: both{s, orders}}).Rebuild(t.Context())
				wantNewer(t, "rebuild", err)
				_, err = NewRebuilder(RebuilderConfig{Consumer: c, Orders: both{s, orders}}).Verify(t.Context())
				wantNewer(t, "verify", err)
				if seen.died > 0 {
					t.Errorf("dead letters: got %d, want none", seen.died)
				}
				wantUntouched(t, s, newer)
			})
		}
	}
}

// both is a store whose orders are in another one.
type both struct {
	storage.Store
	orders storage.Store
}

func (b both) Scan(ctx context.Context, table string, after storage.Cursor, limit int) (storage.Page, error) {
	if table == order.TableName {
		return b.orders.Scan(ctx, table, after, limit)
	}
	return b.Store.Scan(ctx, table, after, limit)
}

func TestAnOrderOfALaterReleaseIsNeitherCountedNorBuried(t *testing.T) {
	s := openFile(t, append([]storage.Table{order.Table}, tables...))
	seen := &quiet{}
	first := placement(t, 1, "7", 2)
	newer := placement(t, 2, "7", 2)
	newer.After = bytes.Replace(newer.After, []byte(`"format":1`), []byte(`"format":2`), 1)
	got, err := NewWindow(configOf(s, seen)).Handle(t.Context(), Invocation{Shard: "s", Changes: []feed.Change{first, newer, placement(t, 3, "7", 2)}})
	if err != nil || got.Failed != newer.Sequence || seen.died > 0 || seen.failed != 1 {
		t.Errorf("window: got %+v, %v, with %d dead letters and %d failures told, want it to end before the order, and tell", got, err, seen.died, seen.failed)
	}
	if n := units(t, s); n != 2 {
		t.Errorf("report: got %d units, want the 2 before the order", n)
	}
	r := storage.Record{Key: newer.Key, Doc: newer.After}
	if err := storage.Apply(t.Context(), s, storage.Commit{Writes: []storage.Write{{New: &r}}}); err != nil {
		t.Fatal(err)
	}
	rebuilder := NewRebuilder(RebuilderConfig{Consumer: NewConsumer(configOf(s, seen)), Orders: s})
	_, err = rebuilder.Rebuild(t.Context())
	wantNewer(t, "rebuild", err)
	_, err = rebuilder.Verify(t.Context())
	wantNewer(t, "verify", err)
	if n := units(t, s); n != 2 {
		t.Errorf("report after a rebuild that was refused: got %d units, want 2", n)
	}
}

func TestAStateOfALaterReleaseWaits(t *testing.T) {
	state, err := encodeState([]change{{"1", 1, 1, []part{{key: key{kind: "hour"}, row: []byte(`["hour",17]`)}}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewWindow(configOf(openFile(t, tables), &quiet{})).Handle(t.Context(), Invocation{Shard: "s", State: state, End: true})
	wantNewer(t, "window", err)
	if errors.Is(err, errRow) {
		t.Errorf("got %v, want the kind named", err)
	}
}
