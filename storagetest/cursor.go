package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"comanda/storage"
)

// churn creates and deletes records between pages of a result, in front of, between and
// behind the ones that stay.
type churn struct {
	s       opened
	present map[int]storage.Record
	record  func(n int) *storage.Record
}

func (c churn) next(step int) {
	c.s.t.Helper()
	for _, n := range []int{step % 7, (step*3 + 1) % 7} {
		if r, ok := c.present[n]; ok {
			c.s.remove(r)
			delete(c.present, n)
			continue
		}
		c.present[n] = c.s.create(c.record(n))
	}
}

// pages reads a result page by page and calls between after each. It returns
// the keys.
func (s opened) pages(read func(storage.Cursor) (storage.Page, error), limit int, between func(step int)) []storage.Key {
	s.t.Helper()
	var keys []storage.Key
	var after storage.Cursor
	for step := 0; step < 1000; step++ {
		page, err := read(after)
		if err != nil {
			s.t.Fatalf("page %d of %d records: %v", step, limit, err)
		}
		if len(page.Records) > limit {
			s.t.Fatalf("page %d: got %d records, want %d at most", step, len(page.Records), limit)
		}
		for _, r := range page.Records {
			keys = append(keys, r.Key)
		}
		if after = page.Next; after == "" {
			return keys
		}
		between(step)
	}
	s.t.Fatalf("result with pages of %d records: it doesn't end", limit)
	return nil
}

// wantStaying fails unless every key of staying is in got once, and none of the
// others more than once.
func wantStaying(t *testing.T, got, staying []storage.Key) {
	t.Helper()
	count := make(map[storage.Key]int)
	for _, k := range got {
		count[k]++
		if count[k] > 1 {
			t.Errorf("record %q: got it %d times, want once", k, count[k])
		}
	}
	for _, k := range staying {
		if count[k] != 1 {
			t.Errorf("record %q, which was there all the time: got it %d times, want once", k, count[k])
		}
	}
}

func testCursors(t *testing.T, open Open) {
	s := openAll(t, open)
	const n = 7
	var staying []storage.Key
	for i := range n {
		k := itemKey("cursors", fmt.Sprint("stays ", i))
		s.create(item(k, i, fmt.Sprintf("t%d", i), "line of cursors", fmt.Sprintf("t%d", i)))
		staying = append(staying, k)
	}
	others := churn{s: s, present: map[int]storage.Record{}, record: func(i int) *storage.Record {
		at := fmt.Sprintf("t%d+", i-1)
		return item(itemKey("cursors", fmt.Sprint("goes ", i)), i, at, "line of cursors", at)
	}}
	for _, q := range []storage.Query{
		{Table: items.Name, Index: "time", Partition: "cursors"},
		{Table: items.Name, Index: "queue", Partition: "line of cursors"},
		{Table: items.Name, Partition: "cursors"},
	} {
		for limit := 1; limit <= n+1; limit++ {
			for _, q.Descending = range []bool{false, true} {
				q.Limit = limit
				s.wantSettled(q, staying)
				got := s.pages(func(after storage.Cursor) (storage.Page, error) {
					q.After = after
					return s.Query(context.Background(), q)
				}, limit, others.next)
				q.After = ""
				wantStaying(t, got, staying)
				if q.Index != "" {
					wantOrder(t, got, staying, q.Descending)
				}
			}
		}
	}
}

// wantSettled waits until an index that lags has the entries that stay.
func (s opened) wantSettled(q storage.Query, staying []storage.Key) {
	s.t.Helper()
	eventually(s.t, func() error {
		found := 0
		for _, r := range s.all(q) {
			if strings.HasPrefix(r.Key.Sort, "stays") {
				found++
			}
		}
		if found != len(staying) {
			return fmt.Errorf("query %+v: got %d of the records that stay, want %d", q, found, len(staying))
		}
		return nil
	})
}

func wantOrder(t *testing.T, got, staying []storage.Key, descending bool) {
	t.Helper()
	want := slices.Clone(staying)
	if descending {
		slices.Reverse(want)
	}
	got = slices.DeleteFunc(slices.Clone(got), func(k storage.Key) bool { return !slices.Contains(staying, k) })
	if !slices.Equal(got, want) {
		t.Errorf("records that stay:\n got %q\nwant %q", got, want)
	}
}

func testForeignCursors(t *testing.T, open Open) {
	s := openAll(t, open)
	ctx := context.Background()
	for i := range 4 {
		s.create(item(itemKey("foreign", fmt.Sprint(i)), i, fmt.Sprint("t", i), "foreign", fmt.Sprint("t", i)))
	}
	q := storage.Query{Table: items.Name, Index: "time", Partition: "foreign", From: "t0", To: "t9", Limit: 2}
	page, err := s.Query(ctx, q)
	if err != nil || page.Next == "" {
		t.Fatalf("first page of two: got cursor %q, error %v, want a cursor", page.Next, err)
	}
	scan, err := s.Scan(ctx, items.Name, "", 1)
	if err != nil || scan.Next == "" {
		t.Fatalf("first page of a scan: got cursor %q, error %v, want a cursor", scan.Next, err)
	}
	good := string(page.Next)
	changed := func(change func(*storage.Query)) storage.Query {
		q := q
		q.After = page.Next
		change(&q)
		return q
	}
	for name, q := range map[string]storage.Query{
		"of another index":     changed(func(q *storage.Query) { q.Index = "queue" }),
		"of an index":          changed(func(q *storage.Query) { q.Index, q.From, q.To = "", "", "" }),
		"of another direction": changed(func(q *storage.Query) { q.Descending = true }),
		"of another partition": changed(func(q *storage.Query) { q.Partition = "elsewhere" }),
		"of another range":     changed(func(q *storage.Query) { q.From = "t1" }),
		"of another table":     changed(func(q *storage.Query) { q.Table, q.Index, q.Partition = names.Name, "length", "foreign" }),
		"of a scan":            changed(func(q *storage.Query) { q.After = scan.Next }),
		"cut short":            changed(func(q *storage.Query) { q.After = storage.Cursor(good[:len(good)-1]) }),
		"with a character more": changed(func(q *storage.Query) {
			q.After = storage.Cursor(good + "A")
		}),
		"with a character changed": changed(func(q *storage.Query) {
			q.After = storage.Cursor(strings.Map(func(r rune) rune {
				if r == 'A' {
					return 'B'
				}
				return 'A'
			}, good))
		}),
		"made up":       changed(func(q *storage.Query) { q.After = "made up" }),
		"of other text": changed(func(q *storage.Query) { q.After = "'; --\x00é" }),
	} {
		if page, err := s.Query(ctx, q); !errors.Is(err, storage.ErrCursor) {
			t.Errorf("query with a cursor %s: got %d records, error %v, want %v", name, len(page.Records), err, storage.ErrCursor)
		}
	}
	for name, after := range map[string]storage.Cursor{"of a query": page.Next, "made up": "made up"} {
		if _, err := s.Scan(ctx, items.Name, after, 1); !errors.Is(err, storage.ErrCursor) {
			t.Errorf("scan with a cursor %s: got %v, want %v", name, err, storage.ErrCursor)
		}
	}
	if _, err := s.Scan(ctx, names.Name, scan.Next, 1); !errors.Is(err, storage.ErrCursor) {
		t.Errorf("scan with a cursor of another table: got %v, want %v", err, storage.ErrCursor)
	}
	q.After, q.Limit = page.Next, 1
	s.wantIndex(q, itemKey("foreign", "2"), itemKey("foreign", "3"))
}
