package storagetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"comanda/storage"
)

// model is what a store must behave like: maps, changed commit by commit.
type model struct {
	records map[storage.Key]storage.Record
	feed    []storage.Change // not yet trimmed
}

// commit returns the first record in the way, or applies c.
func (m *model) commit(c storage.Commit) (refused bool, inTheWay map[storage.Key]bool) {
	inTheWay = make(map[storage.Key]bool)
	for _, w := range c.Writes {
		current, there := m.records[w.Key()]
		if there != (w.Old != nil) || there && current.Version != w.Old.Version {
			inTheWay[w.Key()] = true
		}
	}
	for _, r := range c.Checks {
		if m.records[r.Key].Version != r.Version || r.Version == "" {
			inTheWay[r.Key] = true
		}
	}
	if len(inTheWay) != 0 {
		return true, inTheWay
	}
	for _, w := range c.Writes {
		m.apply(c.ID, w)
	}
	return false, nil
}

func (m *model) apply(id string, w storage.Write) {
	k := w.Key()
	old, there := m.records[k]
	change := storage.Change{ID: id, Key: k, Kind: storage.Modify, Before: old.Doc}
	if !there {
		change.Kind = storage.Insert
	}
	delete(m.records, k)
	if w.New == nil {
		change.Kind = storage.Remove
	} else {
		r := *w.New
		r.Version = id
		m.records[k] = r
		change.After = r.Doc
	}
	if k.Table == items.Name {
		m.feed = append(m.feed, change)
	}
}

// index returns the keys of a query in order.
func (m *model) index(q storage.Query) []storage.Key {
	var found []storage.Record
	for _, r := range m.records {
		entry, ok := r.Index[q.Index]
		if r.Key.Table == q.Table && ok && entry.Partition == q.Partition && entry.Sort >= q.From && (q.To == "" || entry.Sort < q.To) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b storage.Record) int {
		return strings.Compare(a.Index[q.Index].Sort, b.Index[q.Index].Sort)
	})
	if q.Descending {
		slices.Reverse(found)
	}
	keys := make([]storage.Key, len(found))
	for i, r := range found {
		keys[i] = r.Key
	}
	return keys
}

// machine compares a store with the model, in partitions of its own.
type machine struct {
	model
	s         opened
	partition string
	keys      []storage.Key
	start     int64 // sequence before the first change
}

func newMachine(s opened, run int) *machine {
	m := &machine{s: s, partition: fmt.Sprintf("model %d", run)}
	m.records = make(map[storage.Key]storage.Record)
	for i := range 3 {
		m.keys = append(m.keys, itemKey(m.partition, fmt.Sprint("i", i)), nameKey(m.partition, fmt.Sprint("n", i)))
	}
	m.keys = append(m.keys, plainKey(m.partition))
	if feed, ok := feedOf(s); ok {
		m.start = lastSequence(s.t, feed)
	}
	return m
}

// drawRecord returns a new record for the key, with or without index entries.
func (m *machine) drawRecord(t *rapid.T, k storage.Key) *storage.Record {
	r := record(k, rapid.IntRange(0, 99).Draw(t, "n"))
	place := rapid.SampledFrom([]string{"", "a", "b"})
	if k.Table == items.Name {
		at, line := place.Draw(t, "at"), place.Draw(t, "line")
		if at != "" {
			at += k.Sort
		}
		if line != "" {
			line = m.partition + line
		}
		return item(k, rapid.IntRange(0, 99).Draw(t, "n"), at, line, k.Sort)
	}
	if size := place.Draw(t, "size"); k.Table == names.Name && size != "" {
		r.Index = map[string]storage.IndexKey{"length": {Partition: k.Partition, Sort: size + k.Sort}}
	}
	return r
}

// drawOld returns what a write or check expects: mostly what is there.
func (m *machine) drawOld(t *rapid.T, k storage.Key) *storage.Record {
	current, there := m.records[k]
	wrong := rapid.IntRange(0, 7).Draw(t, "expects") == 0
	switch {
	case wrong && there && rapid.Bool().Draw(t, "nothing"):
		return nil
	case wrong:
		return &storage.Record{Key: k, Version: storage.NewCommitID()}
	case there:
		return &storage.Record{Key: k, Version: current.Version}
	}
	return nil
}

func (m *machine) drawCommit(t *rapid.T) storage.Commit {
	c := commitOf()
	used := false // a record with a feed
	for _, k := range rapid.Permutation(m.keys).Draw(t, "keys")[:rapid.IntRange(1, 4).Draw(t, "size")] {
		if used && k.Table == items.Name {
			continue
		}
		used = used || k.Table == items.Name
		old := m.drawOld(t, k)
		switch action := rapid.IntRange(0, 5).Draw(t, "action"); {
		case action == 0 && old != nil && len(c.Writes) != 0:
			c.Checks = append(c.Checks, *old)
		case action <= 2 && old != nil:
			c.Writes = append(c.Writes, storage.Write{Old: old})
		default:
			c.Writes = append(c.Writes, storage.Write{Old: old, New: m.drawRecord(t, k)})
		}
	}
	return c
}

// step commits to both, compares the outcomes, and then everything.
func (m *machine) step(t *rapid.T) {
	c := m.drawCommit(t)
	err := m.s.Commit(context.Background(), c)
	refused, inTheWay := m.commit(c)
	conflict, isConflict := errors.AsType[*storage.Conflict](err)
	switch {
	case err != nil && !isConflict:
		t.Fatalf("commit: %v", err)
	case refused != isConflict:
		t.Fatalf("commit: got %v, want a refusal: %v", err, refused)
	case refused:
		m.compareConflict(t, conflict, inTheWay)
	}
	m.compareRecords(t)
	m.compareIndexes(t)
	m.compareFeed(t)
}

func (m *machine) compareConflict(t *rapid.T, c *storage.Conflict, inTheWay map[storage.Key]bool) {
	if !inTheWay[c.Key] {
		t.Fatalf("conflict: got key %q, want one of %v", c.Key, inTheWay)
	}
	want, there := m.records[c.Key]
	if there != (c.Current != nil) {
		t.Fatalf("conflict: got record %v, want one: %v", c.Current, there)
	}
	if there {
		if err := sameRecord(*c.Current, want); err != nil {
			t.Fatalf("record of the conflict: %v", err)
		}
	}
}

func (m *machine) compareRecords(t *rapid.T) {
	for _, k := range m.keys {
		got, err := m.s.Get(context.Background(), k)
		want, there := m.records[k]
		if there != (err == nil) || err != nil && !errors.Is(err, storage.ErrNotFound) {
			t.Fatalf("get %q: got error %v, want a record: %v", k, err, there)
		}
		if there {
			if err := sameRecord(got, want); err != nil {
				t.Fatalf("get %q: %v", k, err)
			}
		}
	}
}

func (m *machine) compareIndexes(t *rapid.T) {
	q := storage.Query{Limit: rapid.IntRange(1, 4).Draw(t, "limit"), Descending: rapid.Bool().Draw(t, "descending")}
	if rapid.Bool().Draw(t, "bounded") {
		q.From, q.To = "ai1", "bi2"
	}
	for _, of := range [][3]string{
		{items.Name, "time", m.partition}, {items.Name, "queue", m.partition + "a"}, {items.Name, "queue", m.partition + "b"},
		{names.Name, "length", m.partition},
	} {
		q.Table, q.Index, q.Partition = of[0], of[1], of[2]
		m.s.wantIndex(q, m.index(q)...)
	}
}

func (m *machine) compareFeed(t *rapid.T) {
	feed, ok := feedOf(m.s)
	if !ok {
		return
	}
	got := readFeed(t, feed, m.start, storage.MaxPage)
	if err := sameChanges(got, m.feed); err != nil {
		t.Fatal(err)
	}
	if n := rapid.IntRange(-6, len(got)).Draw(t, "trimmed"); n > 0 {
		future := time.Now().AddDate(1, 0, 0)
		if err := feed.TrimFeed(context.Background(), items.Name, got[n-1].Sequence, future); err != nil {
			t.Fatalf("trim the feed: %v", err)
		}
		m.feed = m.feed[n:]
		if err := sameChanges(readFeed(t, feed, 0, storage.MaxPage), m.feed); err != nil {
			t.Fatalf("after trimming: %v", err)
		}
	}
}

// testModel runs all cases on one store, because opening one is what takes the
// time, and so each case has a partition of its own and starts with an empty feed.
func testModel(t *testing.T, open Open) {
	s := openAll(t, open)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		if feed, ok := feedOf(s); ok {
			if err := feed.TrimFeed(context.Background(), items.Name, math.MaxInt64, time.Now().AddDate(1, 0, 0)); err != nil {
				rt.Fatalf("trim the feed: %v", err)
			}
		}
		m := newMachine(opened{Store: s.Store, t: rt}, run)
		for range rapid.IntRange(1, 7).Draw(rt, "steps") {
			m.step(rt)
		}
	})
}
