package sqlite

import (
	"context"
	"errors"
	"strings"
	"testing"

	"comanda/storage"
)

func TestMigrationsAreAppliedOnceAndInOrder(t *testing.T) {
	path := tempPath(t)
	list := append([]migration{}, migrations...)
	for step, more := range []migration{
		{about: "add a table", statements: []string{"CREATE TABLE extra (a TEXT) STRICT", "INSERT INTO extra VALUES ('2')"}},
		{about: "add a column", statements: []string{"ALTER TABLE extra ADD COLUMN b TEXT", "UPDATE extra SET b = a || '3'"}},
	} {
		list = append(list, more)
		for range 2 {
			s, err := open(context.Background(), path, []storage.Table{things}, Options{}, list)
			if err != nil {
				t.Fatalf("open with %d migrations: %v", len(list), err)
			}
			var version, rows int
			row := s.conns[0].QueryRowContext(context.Background(),
				"SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM extra)")
			if err := row.Scan(&version, &rows); err != nil || version != len(list) || rows != 1 {
				t.Errorf("after step %d: got version %d, %d rows, error %v, want version %d and 1 row", step, version, rows, err, len(list))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAFailedMigrationLeavesTheFileAsItWas(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things)
	mustCommit(t, s, creation(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := schemaOf(t, path)
	broken := append(append([]migration{}, migrations...),
		migration{about: "break", statements: []string{"CREATE TABLE extra (a TEXT)", "DROP TABLE record_things", "no SQL"}})
	_, err := open(context.Background(), path, []storage.Table{things}, Options{}, broken)
	if err == nil || !strings.Contains(err.Error(), "migration 2 (break)") || !strings.Contains(err.Error(), path) {
		t.Errorf("broken migration: got %v, want an error that names it and the path", err)
	}
	if after := schemaOf(t, path); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("schema after a broken migration: got %q, want %q", after, before)
	}
	if _, err := mustOpen(t, path, Options{}, things).Get(context.Background(), thingKey(1)); err != nil {
		t.Errorf("record after a broken migration: %v", err)
	}
}

func TestAFileOfALaterReleaseIsRefused(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rawly(t, path, "PRAGMA user_version = 7")
	_, err := Open(context.Background(), path, []storage.Table{things}, Options{})
	newer, ok := errors.AsType[*NewerError](err)
	if !ok || newer.Version != 7 || newer.Known != len(migrations) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want a refusal of version 7 with the path", err)
	}
}

func TestViewsFollowTheirSQL(t *testing.T) {
	path := tempPath(t)
	view := View{Name: "all_things", SQL: `SELECT json_extract(doc, '$.n') AS n FROM record_things ORDER BY "sort_time"`}
	read := func(column string) (n int, schema int) {
		t.Helper()
		s, err := Open(context.Background(), path, []storage.Table{things}, Options{Views: []View{view}})
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			_ = s.Commit(context.Background(), creation(4)) // refused from the second time on
		}
		row := s.conns[0].QueryRowContext(context.Background(),
			"SELECT (SELECT "+column+" FROM all_things), (SELECT schema_version FROM pragma_schema_version)")
		if err := row.Scan(&n, &schema); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return n, schema
	}
	n, first := read("n")
	if n != 4 {
		t.Errorf("view: got %d, want 4", n)
	}
	if _, second := read("n"); second != first {
		t.Errorf("schema version after opening with the same view: got %d, want %d", second, first)
	}
	view.SQL = strings.Replace(view.SQL, "AS n", "+ 1 AS more", 1)
	if n, _ := read("more"); n != 5 {
		t.Errorf("view with other SQL: got %d, want 5", n)
	}
	view.SQL = "no SQL"
	_, err := Open(context.Background(), path, []storage.Table{things}, Options{Views: []View{view}})
	if err == nil || !strings.Contains(err.Error(), "all_things") {
		t.Errorf("view without SQL: got %v, want an error that names it", err)
	}
}
