package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

// flood returns an event of an order with many items that weren't sold before.
func flood(t *testing.T, n, items int) feed.Event {
	t.Helper()
	o := placed(t, fmt.Sprint("o-", n), "1", 1)
	o.Items = nil
	for i := range items {
		o.Items = append(o.Items, order.Item{ID: mustID(t, fmt.Sprintf("item-%d-%d-%s", n, i, strings.Repeat("x", 40)), false), Name: strings.Repeat("\x01\"é", 60), Price: 10_000, Quantity: 1})
	}
	return eventTo(t, n, nil, &o)
}

func TestInventedProductsNeverStopCounting(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			s := e.open(t)
			c := NewConsumer(configOf(s, &quiet{}))
			const orders, items = 8, 120
			var events []feed.Event
			for n := range orders {
				events = append(events, flood(t, n, items))
			}
			for part := range slices.Chunk(events, 3) {
				for range 2 { // the second time adds nothing
					if err := c.Consume(t.Context(), "s", part); err != nil {
						t.Fatal(err)
					}
				}
			}
			r, err := NewService(configOf(s, &quiet{})).Read(t.Context(), Query{Top: MaxTop})
			if err != nil || r.Orders["PLACED"] != orders || len(r.TopProducts) != MaxTop {
				t.Fatalf("report: got %d orders and %d products, %v, want %d and %d", r.Orders["PLACED"], len(r.TopProducts), err, orders, MaxTop)
			}
			for _, scope := range []string{scopeAll, "2026-11-20"} {
				wantPages(t, s, scope, orders*items)
			}
		})
	}
}

// wantPages fails unless the pages of a scope together have so many counters, each
// once, where it belongs, and none is too large.
func wantPages(t *testing.T, s storage.Store, scope string, counters int) {
	t.Helper()
	pages, err := leaves(t.Context(), s, root{Generation: firstGeneration}, scope)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[key]bool{}
	for _, p := range pages {
		if p.size-p.marks.size() > leafSize {
			t.Errorf("page %q of %s: got %d bytes, want %d at most", p.id.prefix, scope, p.size, leafSize)
		}
		for k := range p.counters {
			path := ""
			for i := range len(p.id.prefix) {
				path += string('0' + bit(hashOf(k), i))
			}
			if seen[k] || path != p.id.prefix {
				t.Errorf("counter %s: got it on page %q, seen before %v, want it once, on page %q", k, p.id.prefix, seen[k], path)
			}
			seen[k] = true
		}
	}
	if len(seen) != counters || len(pages) < 2 {
		t.Errorf("scope %s: got %d counters on %d pages, want %d on several", scope, len(seen), len(pages), counters)
	}
}

func TestReadersNoticeAHalfReadSplit(t *testing.T) {
	leaf, split := &page{}, &page{split: true}
	for _, c := range []struct {
		name   string
		pages  map[string]*page
		leaves int // -1: it isn't whole
	}{
		{"nothing", map[string]*page{}, 0},
		{"one page", map[string]*page{"": leaf}, 1},
		{"two", map[string]*page{"": split, "0": leaf, "1": leaf}, 2},
		{"three", map[string]*page{"": split, "0": leaf, "1": split, "10": leaf, "11": leaf}, 3},
		{"a page before its split and those below", map[string]*page{"": leaf, "0": leaf, "1": leaf}, -1},
		{"one half", map[string]*page{"": split, "0": leaf}, -1},
		{"no beginning", map[string]*page{"0": leaf, "1": leaf}, -1},
	} {
		got, ok := walk(c.pages)
		if ok != (c.leaves >= 0) || ok && len(got) != c.leaves {
			t.Errorf("%s: got %d leaves, whole %v, want %d", c.name, len(got), ok, c.leaves)
		}
	}
}

func TestMarksOfShardsThatEndedLongAgoAreForgotten(t *testing.T) {
	p := newPage(pageID{}, nil)
	for hour := range int64(200) {
		p.move(mark{shardName(fmt.Sprint("shard ", hour/4)), feed.SequenceOf(hour + 1), hour})
	}
	if n := len(p.marks); n < keepMarks/4 || n > keepMarks/4+1 {
		t.Errorf("marks: got %d, want those of %d hours, 4 hours each", n, keepMarks)
	}
	if got := p.counted(shardName("shard 49")); got != "200" {
		t.Errorf("position of the last shard: got %q, want 200", got)
	}
}

func TestAPageOfALaterReleaseIsRefused(t *testing.T) {
	s := openFile(t, tables)
	c := NewConsumer(configOf(s, &quiet{}))
	o := placed(t, "o-1", "7", 1)
	if err := c.Consume(t.Context(), "s", []feed.Event{eventTo(t, 1, nil, &o)}); err != nil {
		t.Fatal(err)
	}
	k := pageID{firstGeneration, scopeAll, ""}.key()
	old, err := s.Get(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	later := storage.Record{Key: k, Doc: []byte(`{"format":2}`)}
	if err := s.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &old, New: &later}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := NewService(configOf(s, &quiet{})).Read(t.Context(), Query{Top: 1}); err == nil || !strings.Contains(err.Error(), "newer than this release") {
		t.Errorf("read: got %v, want an error about the format", err)
	}
	fresh := NewConsumer(configOf(s, &quiet{}))
	if err := fresh.Consume(t.Context(), "s", []feed.Event{eventTo(t, 2, &o, nil)}); err == nil {
		t.Error("count: got success, want an error about the format")
	}
}

// TestADocumentIsRead pins the stored format.
func TestADocumentIsRead(t *testing.T) {
	const doc = `{"format":1,"marks":[["abcdefghij","42",494000]],"counters":[["c","M-3","",2,3,12.69,"Luis",1795203000000,4],["p",1,"x",1,2,2.2,"Roll \"é\"",1795203000000,1],["s","2026-11-20","PLACED",1,2,2.7]]}`
	p, err := decodePage(pageID{}, storage.Record{Doc: []byte(doc)})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.encode(); err != nil || string(got.Doc) != doc {
		t.Errorf("page:\n got %s, %v\nwant %s", got, err, doc)
	}
	for _, bad := range []string{
		`{"counters":[["s","a"]]}`, `{"counters":[["s","a","b",1.5,1,1]]}`, `{"counters":[{}]}`, `{"counters":[["s","a","b",1,1,1,"name"]]}`,
		`{"marks":[["a"]]}`, `{"marks":[[1,2,3]]}`, `[]`,
	} {
		if _, err := decodePage(pageID{}, storage.Record{Doc: []byte(bad)}); err == nil {
			t.Errorf("page %s: got success, want an error", bad)
		}
	}
}
