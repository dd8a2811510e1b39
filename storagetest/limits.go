package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"comanda/storage"
)

func testMalformed(t *testing.T, open Open) {
	s := openAll(t, open)
	fine := record(nameKey("malformed", "fine"), 1)
	write := storage.Write{New: fine}
	entry := func(index string, k storage.IndexKey) storage.Commit {
		r := record(itemKey("malformed", "entry"), 1)
		r.Index = map[string]storage.IndexKey{index: k}
		return commitOf(write, storage.Write{New: r})
	}
	checking := commitOf(write)
	checking.Checks = []storage.Record{*fine}
	for name, c := range map[string]storage.Commit{
		"no id":                     {Writes: []storage.Write{write}},
		"an id of another form":     {ID: "1234", Writes: []storage.Write{write}},
		"no writes":                 {ID: storage.NewCommitID()},
		"a write of nothing":        commitOf(write, storage.Write{}),
		"two keys in one write":     commitOf(write, storage.Write{Old: record(plainKey("a"), 1), New: record(plainKey("b"), 1)}),
		"a key twice":               commitOf(write, write),
		"a key written and checked": checking,
		"a table that isn't there":  commitOf(write, storage.Write{New: record(storage.Key{Table: "nothing", Partition: "a"}, 1)}),
		"two records with a feed": commitOf(write, storage.Write{New: record(itemKey("a", "a"), 1)},
			storage.Write{New: record(itemKey("a", "b"), 1)}),
		"no partition":                 commitOf(write, storage.Write{New: record(plainKey(""), 1)}),
		"no sort key":                  commitOf(write, storage.Write{New: record(itemKey("a", ""), 1)}),
		"a sort key too many":          commitOf(write, storage.Write{New: record(storage.Key{Table: plain.Name, Partition: "a", Sort: "a"}, 1)}),
		"an index that isn't there":    entry("nothing", storage.IndexKey{Partition: "malformed", Sort: "a"}),
		"an entry elsewhere":           entry("time", storage.IndexKey{Partition: "elsewhere", Sort: "a"}),
		"an entry without a sort key":  entry("time", storage.IndexKey{Partition: "malformed"}),
		"an entry without a partition": entry("queue", storage.IndexKey{Sort: "a"}),
	} {
		err := s.Commit(context.Background(), c)
		_, conflict := errors.AsType[*storage.Conflict](err)
		if err == nil || conflict || errors.Is(err, storage.ErrBusy) || errors.Is(err, storage.ErrUnknown) {
			t.Errorf("%s: got %v, want a plain error", name, err)
		}
		s.wantMissing(fine.Key)
	}
}

// sized returns a record with a document of exactly n bytes.
func sized(k storage.Key, n int) *storage.Record {
	const frame = len(`{"s":""}`)
	return &storage.Record{Key: k, Doc: []byte(`{"s":"` + strings.Repeat("x", n-frame) + `"}`)}
}

// sizedCommit creates records with documents of total bytes.
func sizedCommit(partition string, total int) storage.Commit {
	c := commitOf()
	for i := 0; total > 0; i++ {
		n := min(total, storage.MaxDoc)
		if rest := total - n; 0 < rest && rest < 100 {
			n -= 100 // leave enough for a document
		}
		c.Writes = append(c.Writes, storage.Write{New: sized(nameKey(partition, fmt.Sprint(i)), n)})
		total -= n
	}
	return c
}

// manyWrites creates writes records and has checks on stored ones.
func manyWrites(partition string, writes int, stored []storage.Record) storage.Commit {
	c := commitOf()
	for i := range writes {
		c.Writes = append(c.Writes, storage.Write{New: record(nameKey(partition, fmt.Sprint(i)), i)})
	}
	c.Checks = stored
	return c
}

func testLimits(t *testing.T, open Open) {
	s := openAll(t, open)
	stored := []storage.Record{s.create(record(plainKey("stored 1"), 1)), s.create(record(plainKey("stored 2"), 1))}
	text := func(n int) string { return strings.Repeat("k", n) }
	one := func(r *storage.Record) storage.Commit { return commitOf(storage.Write{New: r}) }
	indexed := func(sort int, at, line, place int) storage.Commit {
		return one(item(itemKey("p", "i"+text(sort-1)), 1, text(at), text(line), text(place)))
	}
	for _, c := range []struct {
		name   string
		commit func(over int) storage.Commit
		limit  int
	}{
		{"a document", func(n int) storage.Commit { return one(sized(plainKey(fmt.Sprint("doc", n)), storage.MaxDoc+n)) }, storage.MaxDoc},
		{"all documents", func(n int) storage.Commit { return sizedCommit("total", storage.MaxCommit+n) }, storage.MaxCommit},
		{"a partition key", func(n int) storage.Commit { return one(record(itemKey(text(storage.MaxPartition+n), "s"), 1)) }, storage.MaxPartition},
		{"a sort key", func(n int) storage.Commit { return one(record(itemKey("p", text(storage.MaxSort+n)), 1)) }, storage.MaxSort},
		{"an index sort key", func(n int) storage.Commit { return indexed(10, storage.MaxSort+n, 1, 1) }, storage.MaxSort},
		{"a global partition key", func(n int) storage.Commit { return indexed(11, 1, storage.MaxPartition+n, 1) }, storage.MaxPartition},
		{"a global sort key", func(n int) storage.Commit { return indexed(12, 1, 1, storage.MaxSort+n) }, storage.MaxSort},
		{"writes and checks", func(n int) storage.Commit { return manyWrites("many", storage.MaxWrites-2+n, stored) }, storage.MaxWrites},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := opened{Store: s.Store, t: t}
			over := c.commit(1)
			err := s.Commit(context.Background(), over)
			limit, ok := errors.AsType[*storage.LimitError](err)
			if !ok || limit.Limit != c.limit || limit.Got != c.limit+1 {
				t.Fatalf("one over: got %v, want a limit error with %d over %d", err, c.limit+1, c.limit)
			}
			for _, w := range over.Writes {
				if len(w.New.Key.Partition) <= storage.MaxPartition && len(w.New.Key.Sort) <= storage.MaxSort {
					s.wantMissing(w.New.Key)
				}
			}
			at := c.commit(0)
			s.commit(at)
			for _, w := range at.Writes {
				want := *w.New
				want.Version = at.ID
				s.wantRecord(want)
			}
		})
	}
}
