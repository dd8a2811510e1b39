package report

import (
	"encoding/base64"
	"fmt"
	"maps"
	"testing"

	"comanda/feed"
	"comanda/storage"

	"pgregory.net/rapid"
)

// TestAnyPortionsCountOnce delivers the changes of two shards in any portions that
// end no earlier than the ones before, each from any earlier place on, to one page.
func TestAnyPortionsCountOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[key]tally{}
		shards := map[string][]entry{}
		for _, name := range []string{"a", "b"} {
			for i := range rapid.IntRange(0, 12).Draw(t, "changes of "+name) {
				n := rapid.Int64Range(-2, 3).Draw(t, "units")
				p := part{key: key{ofCourier, rapid.SampledFrom([]string{"x", "y"}).Draw(t, "courier"), ""}, tally: tally{1, n, AmountOf(7)}}
				shards[name] = append(shards[name], entry{part: p, change: &change{sequence: feed.SequenceOf(int64(9 + i))}})
				want[p.key] = want[p.key].plus(p.tally)
			}
		}
		page := newPage(pageID{}, nil)
		done := map[string]int{}
		for done["a"] < len(shards["a"]) || done["b"] < len(shards["b"]) {
			name := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "shard")
			all := shards[name]
			if len(all) == 0 {
				continue
			}
			from := rapid.IntRange(0, done[name]).Draw(t, "from")
			to := rapid.IntRange(done[name], len(all)).Draw(t, "to")
			if from == to {
				continue
			}
			page.count(flush{last: mark{name, all[to-1].change.sequence, 0}}, all[from:to])
			done[name] = max(done[name], to)
		}
		got := map[key]tally{}
		for k, c := range page.counters {
			got[k] = c.tally
		}
		maps.DeleteFunc(want, func(_ key, t tally) bool { return t == tally{} })
		if !maps.Equal(got, want) {
			t.Fatalf("counters: got %v, want %v", got, want)
		}
	})
}

// TestAReportIsRightWhereverCountingStops stops at every single commit of a window, before and
// after it is applied, and delivers the window again.
func TestAReportIsRightWhereverCountingStops(t *testing.T) {
	w := newWorld(t, 9, 1)
	for range 60 {
		w.change()
	}
	changes := w.shards[0].changes
	stops := 0
	for n := 0; ; n++ {
		s := openFile(t, tables)
		commits := 0
		interrupted := &stopped{Store: s, at: n / 2, after: n%2 == 1, commits: &commits}
		window := NewWindow(configOf(interrupted, &quiet{}))
		_, err := window.Handle(t.Context(), Invocation{Shard: "s", Changes: changes[:40], End: true})
		if err == nil {
			break
		}
		stops++
		again := NewWindow(configOf(s, &quiet{}))
		for _, part := range [][]feed.Change{changes[:25], changes[25:50], changes[50:]} {
			if _, err := again.Handle(t.Context(), Invocation{Shard: "s", Changes: part, End: true}); err != nil {
				t.Fatal(err)
			}
		}
		wantReport(t, w, s)
	}
	if stops < 8 {
		t.Errorf("got %d places to stop at, want two for each of four commits at least", stops)
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"format":1,"marks":[["a","42",1]],"counters":[["p",1,"x",1,2,2.2,"Roll",1795203000000,1],["s","d","PLACED",1,2,2.7],["h",{"a":1},2.50]]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := decodePage(pageID{}, storage.Record{Doc: doc})
		if err != nil {
			return
		}
		text, err := p.encode()
		if err != nil {
			t.Fatalf("page %q: %v", doc, err)
		}
		again, err := decodePage(pageID{}, text)
		if err != nil {
			t.Fatalf("page %q, written as %q: %v", doc, text.Doc, err)
		}
		if !maps.Equal(p.counters, again.counters) || fmt.Sprint(p.marks, p.others) != fmt.Sprint(again.marks, again.others) {
			t.Errorf("page %q: got %v and %v, and after writing and reading it %v and %v", doc, p.counters, p.others, again.counters, again.others)
		}
	})
}

func FuzzState(f *testing.F) {
	f.Add("")
	f.Add("?")
	state, err := encodeState([]change{{"1", 1, 1, []part{{key: key{ofCourier, "x", ""}, tally: tally{orders: 1}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Add(base64.StdEncoding.EncodeToString([]byte{1, 0, 0, 255, 255}))
	f.Fuzz(func(t *testing.T, state string) {
		changes, err := decodeState(state)
		if err != nil {
			return
		}
		text, err := encodeState(changes)
		if err != nil {
			t.Fatalf("state %q: %v", state, err)
		}
		if again, err := decodeState(text); err != nil || fmt.Sprint(again) != fmt.Sprint(changes) {
			t.Errorf("state %q: got %v, and after writing and reading it %v, %v", state, changes, again, err)
		}
	})
}
