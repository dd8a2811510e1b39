package storagetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"testing"

	"comanda/storage"
)

// The tables of the suite. A commit may write one record of items, which has a
// feed, and any number of the others.
var (
	items = storage.Table{
		Name: "items", Partition: "owner", Sort: "item", Doc: "data", Feed: true,
		Indexes: []storage.Index{
			{Name: "time", Partition: "owner", Sort: "at"},
			{Name: "queue", Partition: "line", Sort: "place", Global: true},
		},
	}
	names = storage.Table{
		Name: "names", Partition: "kind", Sort: "name", Doc: "data",
		Indexes: []storage.Index{{Name: "length", Partition: "kind", Sort: "size"}},
	}
	plain = storage.Table{Name: "plain", Partition: "id", Doc: "data"}
)

// Open returns an empty store with the tables given. It fails the test if it
// can't, and registers with t what has to be closed.
type Open func(t *testing.T, tables []storage.Table) storage.Store

// Run runs the suite on stores from open.
func Run(t *testing.T, open func(t *testing.T, tables []storage.Table) storage.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"commits decide as their conditions say", testConditions},
		{"commits are all or nothing", testAtomicity},
		{"malformed commits are refused", testMalformed},
		{"sizes at the limits pass and one over is refused", testLimits},
		{"records belong to their callers", testOwnership},
		{"nothing is sent when the context is done", testCancelled},
		{"undeclared names are refused", testUndeclared},
		{"indexes are in the order of bytes", testIndexOrder},
		{"index entries appear and disappear with their records", testSparse},
		{"cursors continue at every page size", testCursors},
		{"cursors of other queries are refused", testForeignCursors},
		{"partitions of a table are read in full", testPartitions},
		{"scans return every record exactly once", testScan},
		{"keys come back as they went in", testKeys},
		{"documents keep their numbers", testDocs},
		{"answered commits are seen by all reads", testReadYourWrites},
		{"no update is lost", testLostUpdates},
		{"commits are linearizable", testLinearizable},
		{"commits are linearizable when outcomes are lost", testLinearizableCut},
		{"random operations agree with a model", testModel},
		{"the feed tells every change in order", testFeed},
		{"the feed rebuilds images after trimming", testFeedTrim},
		{"a snapshot shows one moment", testSnapshot},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open) })
	}
}

// reporter is what the helpers need of a test, be it an ordinary one or one of
// rapid's.
type reporter interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// opened is a store with helpers that fail the test.
type opened struct {
	storage.Store
	t reporter
}

func openAll(t *testing.T, open Open) opened {
	t.Helper()
	return opened{Store: open(t, []storage.Table{items, names, plain}), t: t}
}

func itemKey(partition, sort string) storage.Key {
	return storage.Key{Table: items.Name, Partition: partition, Sort: sort}
}

func nameKey(partition, sort string) storage.Key {
	return storage.Key{Table: names.Name, Partition: partition, Sort: sort}
}

func plainKey(partition string) storage.Key {
	return storage.Key{Table: plain.Name, Partition: partition}
}

// record returns a record with a document that holds n and no index entries.
func record(k storage.Key, n int) *storage.Record {
	return &storage.Record{Key: k, Doc: fmt.Appendf(nil, `{"n":%d}`, n)}
}

// item returns a record of items with entries in its indexes; "" is none.
func item(k storage.Key, n int, at, line, place string) *storage.Record {
	r := record(k, n)
	r.Index = map[string]storage.IndexKey{}
	if at != "" {
		r.Index["time"] = storage.IndexKey{Partition: k.Partition, Sort: at}
	}
	if line != "" {
		r.Index["queue"] = storage.IndexKey{Partition: line, Sort: place}
	}
	return r
}

func commitOf(writes ...storage.Write) storage.Commit {
	return storage.Commit{ID: storage.NewCommitID(), Writes: writes}
}

// commit applies c or fails, and returns the last new record as stored.
func (s opened) commit(c storage.Commit) storage.Record {
	s.t.Helper()
	if err := s.Commit(context.Background(), c); err != nil {
		s.t.Fatalf("commit of %d writes: got %v, want success", len(c.Writes), err)
	}
	var stored storage.Record
	for _, w := range c.Writes {
		if w.New != nil {
			stored = *w.New
			stored.Version = c.ID
		}
	}
	return stored
}

func (s opened) create(r *storage.Record) storage.Record {
	s.t.Helper()
	return s.commit(commitOf(storage.Write{New: r}))
}

func (s opened) replace(old storage.Record, r *storage.Record) storage.Record {
	s.t.Helper()
	return s.commit(commitOf(storage.Write{Old: &old, New: r}))
}

func (s opened) remove(old storage.Record) {
	s.t.Helper()
	s.commit(commitOf(storage.Write{Old: &old}))
}

// wantRecord fails unless the record is stored as given.
func (s opened) wantRecord(want storage.Record) {
	s.t.Helper()
	got, err := s.Get(context.Background(), want.Key)
	if err != nil {
		s.t.Fatalf("get %q: got %v, want a record", want.Key, err)
	}
	if err := sameRecord(got, want); err != nil {
		s.t.Fatalf("get %q: %v", want.Key, err)
	}
}

func (s opened) wantMissing(k storage.Key) {
	s.t.Helper()
	if r, err := s.Get(context.Background(), k); !errors.Is(err, storage.ErrNotFound) {
		s.t.Fatalf("get %q: got version %q, error %v, want %v", k, r.Version, err, storage.ErrNotFound)
	}
}

// all returns the result of a query, page by page.
func (s opened) all(q storage.Query) []storage.Record {
	s.t.Helper()
	var result []storage.Record
	for pages := 0; ; pages++ {
		page, err := s.Query(context.Background(), q)
		if err != nil {
			s.t.Fatalf("query %+v: %v", q, err)
		}
		if len(page.Records) > q.Limit {
			s.t.Fatalf("query %+v: got %d records, want %d at most", q, len(page.Records), q.Limit)
		}
		result = append(result, page.Records...)
		if page.Next == "" {
			return result
		}
		if pages > 10_000 {
			s.t.Fatalf("query %+v: got more than 10000 pages", q)
		}
		q.After = page.Next
	}
}

// eventually asks until the answer is nil, for what may lag.
func eventually(t reporter, ask func() error) {
	t.Helper()
	var err error
	for range 500 {
		if err = ask(); err == nil {
			return
		}
		runtime.Gosched()
	}
	t.Fatal(err)
}

// wantIndex fails unless the query returns the keys in this order.
func (s opened) wantIndex(q storage.Query, want ...storage.Key) {
	s.t.Helper()
	eventually(s.t, func() error {
		var got []storage.Key
		for _, r := range s.all(q) {
			got = append(got, r.Key)
		}
		if len(got) == len(want) && (len(got) == 0 || reflect.DeepEqual(got, want)) {
			return nil
		}
		return fmt.Errorf("query %+v:\n got %q\nwant %q", q, got, want)
	})
}
