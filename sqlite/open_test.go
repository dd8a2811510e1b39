package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"comanda/storage"
)

func TestOpenRefusesFilesThatAreNotOurs(t *testing.T) {
	ours := func(t *testing.T, path string) {
		s, err := Open(context.Background(), path, []storage.Table{things}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.fill(t, 0, 200)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	truncate := func(size int64) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			ours(t, path)
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(text string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string)
		want error
	}{
		{"text", write("customer,total\n1,9.99\n"), ErrForeign},
		{"long text", write(strings.Repeat("customer,total\n", 1000)), ErrForeign},
		{"another program's database", func(t *testing.T, path string) { rawly(t, path, "CREATE TABLE t (a)") }, ErrForeign},
		{"a directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, nil},
		{"a file cut within its header", truncate(50), ErrDamaged},
		{"a file cut after its first page", truncate(4096), ErrDamaged},
		{"a file cut in the middle", truncate(5 * 4096), ErrDamaged},
		{"a file with an overwritten schema", func(t *testing.T, path string) {
			ours(t, path)
			overwrite(t, path, 100, 1000)
		}, ErrDamaged},
		{"a file without a table of the catalog", func(t *testing.T, path string) {
			ours(t, path)
			rawly(t, path, "DROP TABLE record_things")
		}, ErrDamaged},
		{"a file with an unreadable catalog", func(t *testing.T, path string) {
			ours(t, path)
			rawly(t, path, "UPDATE catalog SET declaration = '{'")
		}, ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := tempPath(t)
			c.make(t, path)
			s, err := Open(context.Background(), path, []storage.Table{things}, Options{})
			if err == nil {
				err = errors.Join(errors.New("no error"), s.Close())
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want it to name %s", err, path)
			}
		})
	}
}

// overwrite replaces a part of the file by other bytes.
func overwrite(t *testing.T, path string, offset int64, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("\xa5", n)), offset); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenNamesThePathThatIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere", "comanda.db")
	_, err := Open(context.Background(), path, nil, Options{})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want %v with the path", err, os.ErrNotExist)
	}
}

func TestOpenRefusesADeclarationThatChanged(t *testing.T) {
	path := tempPath(t)
	mustOpen(t, path, Options{}, things)
	for name, change := range map[string]func(*storage.Table){
		"another attribute": func(d *storage.Table) { d.Doc = "body" },
		"an index less":     func(d *storage.Table) { d.Indexes = d.Indexes[:1] },
		"no feed":           func(d *storage.Table) { d.Feed = false },
	} {
		changed := things
		change(&changed)
		_, err := Open(context.Background(), path, []storage.Table{changed}, Options{})
		declaration, ok := errors.AsType[*DeclarationError](err)
		if !ok || declaration.Table != "things" {
			t.Errorf("%s: got %v, want a declaration error", name, err)
		}
	}
}

func TestOpenRefusesNamesThatSQLiteCannotTellApart(t *testing.T) {
	for name, tables := range map[string][]storage.Table{
		"tables":      {{Name: "a", Partition: "p"}, {Name: "A", Partition: "p"}},
		"same tables": {{Name: "a", Partition: "p"}, {Name: "a", Partition: "p"}},
		"indexes":     {{Name: "a", Partition: "p", Indexes: []storage.Index{{Name: "i"}, {Name: "I"}}}},
		"quotes":      {{Name: `a"b`, Partition: "p"}},
		"colons":      {{Name: "a", Partition: "p", Indexes: []storage.Index{{Name: "i:j"}}}},
		"no name":     {{Partition: "p"}},
	} {
		if s, err := Open(context.Background(), tempPath(t), tables, Options{}); err == nil {
			t.Errorf("%s: got no error", name)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestRecordsSurviveReopeningWithOtherTables(t *testing.T) {
	path := tempPath(t)
	first := mustOpen(t, path, Options{}, things)
	want := mustCommit(t, first, creation(1))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	other := storage.Table{Name: "others", Partition: "id", Doc: "data"}
	if err := mustOpen(t, path, Options{}, other).Close(); err != nil {
		t.Fatal(err)
	}
	got, err := mustOpen(t, path, Options{}, other, things).Get(context.Background(), thingKey(1))
	if err != nil || got.Version != want.Version || string(got.Doc) != string(want.Doc) {
		t.Errorf("after reopening: got %v, error %v, want %v", got, err, want)
	}
}

func TestOddPathsAreOpenedAsGiven(t *testing.T) {
	for _, name := range []string{"with space.db", "a?b#c%20&d=e.db", "é;'\".db"} {
		path := filepath.Join(t.TempDir(), name)
		s := mustOpen(t, path, Options{}, things)
		mustCommit(t, s, creation(1))
		info, err := os.Stat(path)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("permissions of %q: got %v, want only the owner's", name, got)
		}
	}
}

// TestTheSchemaIsTheOneOfExistingFiles pins what a file consists of: a change
// here needs a migration for the files that are there.
func TestTheSchemaIsTheOneOfExistingFiles(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things, storage.Table{Name: "plain", Partition: "id", Doc: "data"})
	want := []string{
		`CREATE TABLE catalog (name TEXT PRIMARY KEY, declaration TEXT NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE TABLE "record_plain" (id INTEGER PRIMARY KEY AUTOINCREMENT, "partition" ANY NOT NULL, version BLOB NOT NULL, doc TEXT NOT NULL) STRICT`,
		`CREATE TABLE sqlite_sequence(name,seq)`,
		`CREATE UNIQUE INDEX "key_plain" ON "record_plain" ("partition")`,
		`CREATE TABLE "record_things" (id INTEGER PRIMARY KEY AUTOINCREMENT, "partition" ANY NOT NULL, "sort" ANY NOT NULL, version BLOB NOT NULL, ` +
			`"sort_time" TEXT, "partition_queue" ANY, "sort_queue" TEXT, doc TEXT NOT NULL) STRICT`,
		`CREATE UNIQUE INDEX "key_things" ON "record_things" ("partition", "sort")`,
		`CREATE INDEX "index_things:time" ON "record_things" ("partition", "sort_time") WHERE "sort_time" IS NOT NULL`,
		`CREATE INDEX "index_things:queue" ON "record_things" ("partition_queue", "sort_queue") WHERE "sort_queue" IS NOT NULL`,
		`CREATE TABLE "feed_things" (sequence INTEGER PRIMARY KEY AUTOINCREMENT, record INTEGER NOT NULL, commit_id BLOB NOT NULL, ` +
			`kind INTEGER NOT NULL, committed INTEGER NOT NULL, before TEXT, "partition" ANY, "sort" ANY) STRICT`,
		`CREATE INDEX "changes_things" ON "feed_things" (record) WHERE before IS NOT NULL`,
	}
	if got := schemaOf(t, path); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("schema:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	for pragma, want := range map[string]int{"application_id": 0x436d6461, "user_version": 1, "page_size": 4096} {
		var got int
		if err := s.conns[0].QueryRowContext(context.Background(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %d, error %v, want %d", pragma, got, err, want)
		}
	}
}

// schemaOf returns the definitions in the file in the order of their creation.
func schemaOf(t *testing.T, path string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := db.Query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
	if err != nil {
		t.Fatal(err)
	}
	var schema []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		schema = append(schema, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return schema
}
