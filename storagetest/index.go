package storagetest

import (
	"fmt"
	"slices"
	"testing"

	"comanda/storage"
)

func testIndexOrder(t *testing.T, open Open) {
	s := openAll(t, open)
	places := []string{ // in the order of their bytes
		"\t", " ", "!", "10", "2", "A", "AA", "B", "Z", "_", "a", "a\x01", "a b", "aa", "z", "~", "\x7f", "ß", "é", "中", "\uffee", "😀",
	}
	if !slices.IsSorted(places) {
		t.Fatal("the places of the test aren't in order")
	}
	keys := make([]storage.Key, len(places))
	for i := range places {
		j := (i*7 + 3) % len(places) // inserted in another order, with keys in a third
		keys[j] = itemKey("order", fmt.Sprint("k", (j*5)%len(places)))
		s.create(item(keys[j], j, places[j], "line of order", places[j]))
	}
	s.create(item(itemKey("order of others", "k0"), 0, "a", "another line of order", "a"))

	bounds := append([]string{"", "0", "a\x00", "b", "\U0010ffff"}, places...)
	for _, base := range []storage.Query{
		{Table: items.Name, Index: "time", Partition: "order"},
		{Table: items.Name, Index: "queue", Partition: "line of order"},
	} {
		for i, from := range bounds {
			q := base
			q.From, q.To, q.Limit = from, bounds[(i*11+5)%len(bounds)], 1+i*3
			want := within(places, keys, q.From, q.To)
			s.wantIndex(q, want...)
			q.Descending = true
			slices.Reverse(want)
			s.wantIndex(q, want...)
		}
	}
}

// within returns the keys whose place is in the range: from inclusive, to exclusive.
func within(places []string, keys []storage.Key, from, to string) []storage.Key {
	var result []storage.Key
	for i, p := range places {
		if p >= from && (to == "" || p < to) {
			result = append(result, keys[i])
		}
	}
	return result
}

func testSparse(t *testing.T, open Open) {
	s := openAll(t, open)
	byTime := storage.Query{Table: items.Name, Index: "time", Partition: "sparse", Limit: 10}
	queue := storage.Query{Table: items.Name, Index: "queue", Partition: "line of sparse", Limit: 10}
	elsewhere := storage.Query{Table: items.Name, Index: "queue", Partition: "another line of sparse", Limit: 10}
	a, b := itemKey("sparse", "a"), itemKey("sparse", "b")

	first := s.create(item(a, 1, "", "", ""))
	s.wantIndex(byTime)
	s.wantIndex(queue)
	second := s.replace(first, item(a, 2, "t2", queue.Partition, "p2"))
	other := s.create(item(b, 1, "t1", queue.Partition, "p3"))
	s.wantIndex(byTime, b, a)
	s.wantIndex(queue, a, b)
	third := s.replace(second, item(a, 3, "t0", elsewhere.Partition, "p2"))
	s.wantIndex(byTime, a, b)
	s.wantIndex(queue, b)
	s.wantIndex(elsewhere, a)
	s.remove(other)
	s.wantIndex(byTime, a)
	s.wantIndex(queue)
	s.wantRecord(s.replace(third, item(a, 4, "", "", "")))
	s.wantIndex(byTime)
	s.wantIndex(elsewhere)
}
