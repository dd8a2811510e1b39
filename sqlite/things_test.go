package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"comanda/storage"
)

// things is a table with everything that a table can have.
var things = storage.Table{
	Name: "things", Partition: "owner", Sort: "thing", Doc: "data", Feed: true,
	Indexes: []storage.Index{
		{Name: "time", Partition: "owner", Sort: "at"},
		{Name: "queue", Partition: "line", Sort: "place", Global: true},
	},
}

func tempPath(t *testing.T) string {
	return filepath.Join(t.TempDir(), "comanda.db")
}

// mustOpen opens a store that is closed at the end of the test.
func mustOpen(t *testing.T, path string, opts Options, tables ...storage.Table) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, tables, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func thingKey(n int) storage.Key {
	return storage.Key{Table: "things", Partition: "p", Sort: fmt.Sprint("k", n)}
}

// creation is a commit that creates thing n.
func creation(n int) storage.Commit {
	return storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &storage.Record{
		Key: thingKey(n), Doc: fmt.Appendf(nil, `{"n":%d}`, n),
		Index: map[string]storage.IndexKey{
			"time":  {Partition: "p", Sort: fmt.Sprintf("t%09d", n)},
			"queue": {Partition: "q", Sort: fmt.Sprintf("t%09d", n)},
		},
	}}}}
}

func mustCommit(t *testing.T, s *Store, c storage.Commit) storage.Record {
	t.Helper()
	if err := s.Commit(context.Background(), c); err != nil {
		t.Fatalf("commit: %v", err)
	}
	r, err := s.Get(context.Background(), c.Writes[0].Key())
	if err != nil && c.Writes[0].New != nil {
		t.Fatalf("get: %v", err)
	}
	return r
}

// rawly runs statements on the file behind the store's back.
func rawly(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
