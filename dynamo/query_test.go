package dynamo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"comanda/storage"
)

// queued stores orders in a line, in the order of their ids.
func (s shaky) queued(t *testing.T, ids ...string) map[string]storage.Record {
	t.Helper()
	stored := make(map[string]storage.Record)
	for _, id := range ids {
		stored[id] = s.put(t, nil, storage.Record{Key: orderKey("ana", id), Doc: []byte(`{}`),
			Index: map[string]storage.IndexKey{"open": {Partition: "line", Sort: id}}})
	}
	return stored
}

var line = storage.Query{Table: orders.Name, Index: "open", Partition: "line", Limit: 10}

func TestWhatLeavesAGlobalIndexMeanwhileIsLeftOut(t *testing.T) {
	s := newShaky(t, Options{})
	stored := s.queued(t, "a", "b", "c", "d", "e")
	moved := func(id string, index map[string]storage.IndexKey) {
		old := stored[id]
		s.put(t, &old, storage.Record{Key: old.Key, Doc: []byte(`{"new":true}`), Index: index})
	}
	s.meets(fault(pass).then(func() { // between the query and the reading of records
		gone := stored["a"]
		if err := s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &gone}}}); err != nil {
			t.Fatal(err)
		}
		moved("b", nil)
		moved("c", map[string]storage.IndexKey{"open": {Partition: "line", Sort: "z"}})
		moved("d", stored["d"].Index)
	}))
	page, err := s.Query(context.Background(), line)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range page.Records {
		got = append(got, r.Key.Sort+string(r.Doc))
	}
	if want := []string{`d{"new":true}`, `e{}`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// unprocessed is an answer that leaves the only record wanted for later.
func (s shaky) unprocessed(k storage.Key) fault {
	return raw(http.StatusOK, "application/x-amz-json-1.0", fmt.Sprintf(`{"Responses":{},"UnprocessedKeys":{%q:{"ConsistentRead":true,"Keys":[`+
		`{"userId":{"S":%q},"orderId":{"S":%q}}]}}}`, s.tables[k.Table].name, k.Partition, k.Sort))
}

func TestRecordsThatDynamoDBLeavesForLaterAreAskedForAgain(t *testing.T) {
	s := newShaky(t, Options{})
	r := s.queued(t, "a")["a"]
	later := s.unprocessed(r.Key)
	s.meets(pass, later, later)
	page, err := s.Query(context.Background(), line)
	if err != nil || len(page.Records) != 1 || s.count() != 4 {
		t.Errorf("left twice: got %d records (%v) after %d requests, want one after 4", len(page.Records), err, s.count())
	}
	s.meets(append([]fault{pass}, always(later)...)...)
	if _, err := s.Query(context.Background(), line); !errors.Is(err, storage.ErrBusy) || s.count() != 1+s.opts.Attempts {
		t.Errorf("left all the time: got %v after %d requests, want %v after %d", err, s.count(), storage.ErrBusy, 1+s.opts.Attempts)
	}
}

func TestAQueueOfMoreThanOneBatchIsRead(t *testing.T) {
	s := newShaky(t, Options{})
	var ids []string
	c := storage.Commit{ID: storage.NewCommitID()}
	for i := range maxBatch + 5 {
		ids = append(ids, fmt.Sprintf("%03d", i))
	}
	for _, id := range ids {
		r := storage.Record{Key: orderKey("ana", id), Doc: []byte(`{}`), Index: map[string]storage.IndexKey{"open": {Partition: "line", Sort: id}}}
		c.Writes = []storage.Write{{New: &r}}
		if err := s.Commit(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
	q := line
	q.Limit = len(ids)
	s.meets()
	if got := list(t, s.Store, q); !slices.Equal(got, ids) || s.count() != 3 {
		t.Errorf("got %d records with %d requests, want %d in order with 3", len(got), s.count(), len(ids))
	}
}

// The records together are more than what a page may have.
func TestLargeRecordsComeInShortPages(t *testing.T) {
	s := newShaky(t, Options{})
	const records, size = 20, 290 << 10
	doc := []byte(`{"s":"` + strings.Repeat("x", size) + `"}`)
	var want []string
	for i := range records {
		id := fmt.Sprintf("%02d", i)
		r := storage.Record{Key: orderKey("ana", id), Doc: doc, Index: map[string]storage.IndexKey{"by_time": {Partition: "ana", Sort: "t" + id}}}
		s.put(t, nil, r)
		want = append(want, id)
	}
	q := storage.Query{Table: orders.Name, Index: "by_time", Partition: "ana", From: "t", To: "u", Limit: 50}
	page, err := s.Query(context.Background(), q)
	if err != nil || page.Next == "" || len(page.Records)*size < maxPageBytes/2 || len(page.Records)*size > maxPageBytes+(2<<20) {
		t.Fatalf("first page: got %d records, next %q (%v); want about %d bytes and a next page", len(page.Records), page.Next, err, maxPageBytes)
	}
	var first []string
	for _, r := range page.Records {
		first = append(first, r.Key.Sort)
	}
	q.After = page.Next
	if got := slices.Concat(first, list(t, s.Store, q)); !slices.Equal(got, want) {
		t.Errorf("all pages: got %v, want %v", got, want)
	}
}

func TestEmptyRangesAndImpossibleKeysAskNobody(t *testing.T) {
	s := newShaky(t, Options{})
	s.meets()
	long := strings.Repeat("k", storage.MaxPartition+1)
	for _, q := range []storage.Query{
		{Index: "by_time", Partition: "ana", From: "b", To: "a"},
		{Index: "by_time", Partition: "ana", From: "b", To: "b"},
		{Index: "by_time", Partition: ""},
		{Index: "open", Partition: long},
		{Partition: "\xff"},
	} {
		q.Table, q.Limit = orders.Name, 1
		page, err := s.Query(context.Background(), q)
		if err != nil || len(page.Records) != 0 || page.Next != "" {
			t.Errorf("query %.80s: got %d records (%v), want none", fmt.Sprint(q), len(page.Records), err)
		}
	}
	for _, k := range []storage.Key{orderKey("", "a"), orderKey("a", ""), orderKey(long, "a"), orderKey("a", long), orderKey("\xff", "a"),
		orderKey("a", "\xff"), {Table: people.Name, Partition: "a", Sort: "b"}} {
		if _, err := s.Get(context.Background(), k); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("get %.80s: got %v, want %v", fmt.Sprint(k), err, storage.ErrNotFound)
		}
	}
	for _, r := range []storage.Record{
		{Key: orderKey("a", "\xff")},
		{Key: orderKey("a", "b"), Index: map[string]storage.IndexKey{"open": {Partition: "\xff", Sort: "a"}}},
	} {
		r.Doc = []byte(`{}`)
		if err := s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}); !errors.Is(err, errText) {
			t.Errorf("commit of %q: got %v, want %v", r.Key, err, errText)
		}
	}
	if got := s.count(); got != 0 {
		t.Errorf("requests: got %d, want none", got)
	}
}

func TestForgedPlacesOfAScanAreRefused(t *testing.T) {
	s := newShaky(t, Options{})
	s.meets()
	for _, place := range []string{"\x00a", "\x02a", "\x01a", "\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a", "\x01\xffb"} {
		after := storage.NewCursor(storage.Query{Table: orders.Name}, place) // with the right sum
		if _, err := s.Scan(context.Background(), orders.Name, after, 1); !errors.Is(err, storage.ErrCursor) {
			t.Errorf("place %q: got %v, want %v", place, err, storage.ErrCursor)
		}
	}
	if got := s.count(); got != 0 {
		t.Errorf("requests: got %d, want none", got)
	}
}

// FuzzCursor feeds anything to the reading of cursors.
func FuzzCursor(f *testing.F) {
	f.Add("made up", "place")
	f.Add(string(storage.NewCursor(storage.Query{Table: orders.Name}, "\x01ab")), "\x01ab")
	f.Fuzz(func(t *testing.T, after, place string) {
		q := storage.Query{Table: orders.Name, After: storage.Cursor(after)}
		if got, err := storage.OpenCursor(q); err == nil && storage.NewCursor(q, got) != q.After {
			t.Errorf("cursor %q opens to %q, whose cursor is another", after, got)
		}
		q.After = storage.NewCursor(q, place)
		if got, err := storage.OpenCursor(q); place != "" && (err != nil || got != place) {
			t.Errorf("place %q: got %q (%v)", place, got, err)
		}
	})
}
