package storagetest

import (
	"context"
	"errors"
	"testing"

	"comanda/storage"
)

// wantConflict fails unless c is refused because of the record in the way.
func (s opened) wantConflict(c storage.Commit, k storage.Key, current *storage.Record) {
	s.t.Helper()
	err := s.Commit(context.Background(), c)
	conflict, ok := errors.AsType[*storage.Conflict](err)
	if !ok {
		s.t.Fatalf("commit: got %v, want a conflict", err)
	}
	if conflict.Key != k {
		s.t.Fatalf("conflict: got key %q, want %q", conflict.Key, k)
	}
	if (conflict.Current == nil) != (current == nil) {
		s.t.Fatalf("conflict: got current record %v, want %v", conflict.Current, current)
	}
	if current == nil {
		return
	}
	if err := sameRecord(*conflict.Current, *current); err != nil {
		s.t.Fatalf("record of the conflict: %v", err)
	}
}

func testConditions(t *testing.T, open Open) {
	shared := openAll(t, open)
	stale := storage.Record{Version: storage.NewCommitID()}
	for _, c := range []struct {
		name string
		run  func(s opened, k storage.Key)
	}{
		{"a record is created, read, replaced and deleted", func(s opened, k storage.Key) {
			s.wantMissing(k)
			first := s.create(item(k, 1, "t1", "line", k.Partition+"1"))
			s.wantRecord(first)
			second := s.replace(first, item(k, 2, "t2", "", ""))
			s.wantRecord(second)
			s.remove(second)
			s.wantMissing(k)
			s.wantRecord(s.create(item(k, 3, "", "", "")))
		}},
		{"a creation finds the record that is there", func(s opened, k storage.Key) {
			r := s.create(item(k, 1, "t1", "line", k.Partition))
			s.wantConflict(commitOf(storage.Write{New: record(k, 2)}), k, &r)
			s.wantRecord(r)
		}},
		{"a replacement needs the version that is there", func(s opened, k storage.Key) {
			first := s.create(record(k, 1))
			second := s.replace(first, item(k, 2, "t", "", ""))
			s.wantConflict(commitOf(storage.Write{Old: &first, New: record(k, 3)}), k, &second)
			s.wantRecord(second)
		}},
		{"a replacement needs a record", func(s opened, k storage.Key) {
			old := stale
			old.Key = k
			s.wantConflict(commitOf(storage.Write{Old: &old, New: record(k, 1)}), k, nil)
			s.wantMissing(k)
		}},
		{"a deletion needs the version that is there", func(s opened, k storage.Key) {
			r, old := s.create(record(k, 1)), stale
			old.Key = k
			s.wantConflict(commitOf(storage.Write{Old: &old}), k, &r)
			s.wantRecord(r)
		}},
		{"a deletion needs a record", func(s opened, k storage.Key) {
			r := s.create(record(k, 1))
			s.remove(r)
			s.wantConflict(commitOf(storage.Write{Old: &r}), k, nil)
		}},
		{"a re-created record isn't the one that was deleted", func(s opened, k storage.Key) {
			first := s.create(record(k, 1))
			s.remove(first)
			second := s.create(record(k, 1))
			s.wantConflict(commitOf(storage.Write{Old: &first, New: record(k, 2)}), k, &second)
		}},
		{"no version of ours is empty", func(s opened, k storage.Key) {
			r := s.create(record(k, 1))
			s.wantConflict(commitOf(storage.Write{Old: &storage.Record{Key: k}, New: record(k, 2)}), k, &r)
		}},
		{"only the version of the old record counts", func(s opened, k storage.Key) {
			r := s.create(item(k, 1, "t1", "line", k.Partition))
			s.wantRecord(s.replace(storage.Record{Key: k, Version: r.Version}, record(k, 2)))
		}},
		{"the version given in a new record is ignored", func(s opened, k storage.Key) {
			r := record(k, 1)
			r.Version = storage.NewCommitID()
			s.wantRecord(s.create(r))
		}},
		{"a check holds and writes nothing", func(s opened, k storage.Key) {
			r := s.create(record(nameKey("checked", k.Sort), 1))
			c := commitOf(storage.Write{New: record(k, 1)})
			c.Checks = []storage.Record{{Key: r.Key, Version: r.Version}}
			s.wantRecord(s.commit(c))
			s.wantRecord(r)
		}},
		{"a check of another version refuses", func(s opened, k storage.Key) {
			r := s.create(record(nameKey("changed", k.Sort), 1))
			c := commitOf(storage.Write{New: record(k, 1)})
			c.Checks = []storage.Record{{Key: r.Key, Version: storage.NewCommitID()}}
			s.wantConflict(c, r.Key, &r)
			s.wantMissing(k)
		}},
		{"a check of a missing record refuses", func(s opened, k storage.Key) {
			missing := nameKey("missing", k.Sort)
			c := commitOf(storage.Write{New: record(k, 1)})
			c.Checks = []storage.Record{{Key: missing, Version: storage.NewCommitID()}}
			s.wantConflict(c, missing, nil)
			s.wantMissing(k)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.run(opened{Store: shared.Store, t: t}, itemKey("conditions", c.name))
		})
	}
}

// testAtomicity lets each of several writes fail in turn, in a commit that
// creates, replaces and deletes in all tables.
func testAtomicity(t *testing.T, open Open) {
	s := openAll(t, open)
	created := record(itemKey("atomic", "created"), 1)
	replaced := s.create(record(nameKey("atomic", "replaced"), 1))
	deleted := s.create(record(plainKey("atomic deleted"), 1))
	checked := s.create(record(plainKey("atomic checked"), 1))
	for position := range 4 {
		c := commitOf(storage.Write{New: created}, storage.Write{Old: &replaced, New: record(replaced.Key, 2)}, storage.Write{Old: &deleted})
		c.Checks = []storage.Record{checked}
		switch other := storage.NewCommitID(); position {
		case 0:
			c.Writes[0].Old = &storage.Record{Key: created.Key, Version: other}
			s.wantConflict(c, created.Key, nil)
		case 1:
			c.Writes[1].Old = &storage.Record{Key: replaced.Key, Version: other}
			s.wantConflict(c, replaced.Key, &replaced)
		case 2:
			c.Writes[2].Old = &storage.Record{Key: deleted.Key, Version: other}
			s.wantConflict(c, deleted.Key, &deleted)
		case 3:
			c.Checks[0].Version = other
			s.wantConflict(c, checked.Key, &checked)
		}
		s.wantMissing(created.Key)
		for _, r := range []storage.Record{replaced, deleted, checked} {
			s.wantRecord(r)
		}
	}
	c := commitOf(storage.Write{New: created}, storage.Write{Old: &replaced, New: record(replaced.Key, 2)}, storage.Write{Old: &deleted})
	c.Checks = []storage.Record{checked}
	s.commit(c)
	for _, want := range []*storage.Record{created, record(replaced.Key, 2)} {
		want.Version = c.ID
		s.wantRecord(*want)
	}
	s.wantMissing(deleted.Key)
	s.wantRecord(checked)
}

func testOwnership(t *testing.T, open Open) {
	s := openAll(t, open)
	given := item(itemKey("owned", "a"), 1, "t1", "", "")
	stored := s.create(item(itemKey("owned", "b"), 1, "t1", "", ""))
	want := s.create(given)
	want.Doc = []byte(`{"n":1}`)
	want.Index = map[string]storage.IndexKey{"time": {Partition: "owned", Sort: "t1"}}
	if given.Version != "" {
		t.Errorf("version of the record passed in: got %q, want it unmodified", given.Version)
	}
	given.Doc[5] = '7'
	given.Index["time"] = storage.IndexKey{Partition: "owned", Sort: "t2"}
	s.wantRecord(want)

	got, err := s.Get(context.Background(), stored.Key)
	if err != nil {
		t.Fatal(err)
	}
	got.Doc[5] = '7'
	delete(got.Index, "time")
	s.wantRecord(stored)
}

func testCancelled(t *testing.T, open Open) {
	s := openAll(t, open)
	r := s.create(item(itemKey("cancelled", "a"), 1, "t1", "", ""))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	k := itemKey("cancelled", "b")
	_, getErr := s.Get(ctx, r.Key)
	_, queryErr := s.Query(ctx, storage.Query{Table: items.Name, Index: "time", Partition: "cancelled", Limit: 1})
	_, scanErr := s.Scan(ctx, items.Name, "", 1)
	commitErr := s.Commit(ctx, commitOf(storage.Write{New: record(k, 1)}))
	for name, err := range map[string]error{"get": getErr, "query": queryErr, "scan": scanErr, "commit": commitErr} {
		if !errors.Is(err, context.Canceled) || errors.Is(err, storage.ErrUnknown) {
			t.Errorf("%s: got %v, want %v and a known outcome", name, err, context.Canceled)
		}
	}
	s.wantMissing(k)
}

func testUndeclared(t *testing.T, open Open) {
	s := openAll(t, open)
	ctx := context.Background()
	_, getErr := s.Get(ctx, storage.Key{Table: "nothing", Partition: "a"})
	_, tableErr := s.Query(ctx, storage.Query{Table: "nothing", Partition: "a", Limit: 1})
	_, indexErr := s.Query(ctx, storage.Query{Table: items.Name, Index: "nothing", Partition: "a", Limit: 1})
	_, boundsErr := s.Query(ctx, storage.Query{Table: items.Name, Partition: "a", From: "a", Limit: 1})
	_, limitErr := s.Query(ctx, storage.Query{Table: items.Name, Partition: "a"})
	_, pageErr := s.Query(ctx, storage.Query{Table: items.Name, Partition: "a", Limit: storage.MaxPage + 1})
	_, scanErr := s.Scan(ctx, "nothing", "", 1)
	for name, err := range map[string]error{
		"get of a table": getErr, "query of a table": tableErr, "query of an index": indexErr, "scan of a table": scanErr,
		"bounds without an index": boundsErr, "limit 0": limitErr, "limit over the largest page": pageErr,
	} {
		if err == nil || errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrBusy) {
			t.Errorf("%s: got %v, want an error of programming", name, err)
		}
	}
}
