package sqlite

import (
	"context"
	"errors"
	"testing"

	"comanda/storage"
)

func TestCheckFindsDamage(t *testing.T) {
	for _, c := range []struct {
		name    string
		damage  string
		healthy bool
	}{
		{"nothing", "SELECT 1", true},
		{"a version cut short", "UPDATE record_things SET version = x'01' WHERE id = 1", false},
		{"a document that isn't JSON", "UPDATE record_things SET doc = 'x' WHERE id = 1", false},
		{"a document that isn't an object", "UPDATE record_things SET doc = '[]' WHERE id = 1", false},
		{"a key of another kind", `UPDATE record_things SET "sort" = 7 WHERE id = 1`, false},
		{"a key of another length", `UPDATE record_things SET "sort" = x'0102' WHERE id = 1`, false},
		{"half an index entry", "UPDATE record_things SET sort_queue = NULL WHERE id = 1", false},
		{"an empty index entry", "UPDATE record_things SET sort_time = '' WHERE id = 1", false},
		{"a record of another commit", "UPDATE record_things SET version = zeroblob(16) WHERE id = 1", false},
		{"a record that is gone", "DELETE FROM record_things WHERE id = 1", false},
		{"a removal that is gone", "DELETE FROM feed_things WHERE kind = 2", false},
		{"a removal without a key", `UPDATE feed_things SET "sort" = NULL WHERE kind = 2`, false},
		{"a change without a document", "UPDATE feed_things SET before = NULL WHERE kind = 1", false},
		{"a change with a broken document", "UPDATE feed_things SET before = '{' WHERE kind = 1", false},
		{"an insertion twice", "INSERT INTO feed_things (record, commit_id, kind, committed) SELECT record, commit_id, kind, 1 FROM feed_things LIMIT 1", false},
		{"a change of no kind", "UPDATE feed_things SET kind = 3 WHERE kind = 1", false},
		{"an old part of the feed that is gone", "DELETE FROM feed_things WHERE sequence <= 2", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := tempPath(t)
			s := mustOpen(t, path, Options{}, things)
			var records []storage.Record
			for i := range 3 {
				records = append(records, mustCommit(t, s, creation(i)))
			}
			changed := creation(0)
			changed.Writes[0].Old = &records[0]
			mustCommit(t, s, changed)
			mustCommit(t, s, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &records[2]}}})
			rawly(t, path, c.damage)
			if err := s.Check(context.Background()); c.healthy && err != nil || !c.healthy && !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v, want damage: %v", err, !c.healthy)
			}
			if _, err := CheckFile(context.Background(), path); c.healthy && err != nil || !c.healthy && !errors.Is(err, ErrDamaged) {
				t.Errorf("the file: got %v, want damage: %v", err, !c.healthy)
			}
		})
	}
}

func TestOverwrittenPagesAreReportedAsDamage(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things)
	s.fill(t, 0, 600)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for page := int64(12); page < 30; page++ {
		overwrite(t, path, page*4096, 64)
	}
	s = mustOpen(t, path, Options{}, things)
	if err := s.Check(context.Background()); !errors.Is(err, ErrDamaged) {
		t.Errorf("check: got %v, want %v", err, ErrDamaged)
	}
	damaged := 0
	for i := range 600 {
		_, err := s.Get(context.Background(), thingKey(i))
		if errors.Is(err, ErrDamaged) {
			damaged++
		} else if err != nil {
			t.Fatalf("get %d: got %v, want a record or %v", i, err, ErrDamaged)
		}
	}
	if damaged == 0 {
		t.Errorf("records on overwritten pages: got none reported as damaged")
	}
}
