package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"comanda/storage"
)

func TestABackupIsOfOneMomentAndSound(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things)
	s.fill(t, 0, 200)
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan int)
	go func() {
		n := 200
		for ; ctx.Err() == nil; n++ {
			if err := s.Commit(context.Background(), creation(n)); err != nil {
				t.Error(err)
			}
		}
		written <- n
	}()
	to := filepath.Join(t.TempDir(), "copy.db")
	err := Backup(t.Context(), path, to)
	stop()
	n := int64(<-written)
	if err != nil {
		t.Fatal(err)
	}
	found, err := CheckFile(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Tables) != 1 || found.Tables[0].Name != "things" || found.Bytes == 0 {
		t.Fatalf("contents: got %+v, want the table", found)
	}
	if got := found.Tables[0]; got.Records < 200 || got.Records > n || got.Changes != got.Records {
		t.Errorf("records: got %d with %d changes, want 200 to %d, each with its change", got.Records, got.Changes, n)
	}
	if left, err := filepath.Glob(to + "-*"); err != nil || len(left) > 0 {
		t.Errorf("beside the copy: got %v, %v, want nothing", left, err)
	}
	again := mustOpen(t, to, Options{}, things)
	for i := range 200 {
		if _, err := again.Get(t.Context(), thingKey(i)); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	last := mustCommit(t, again, creation(1_000_000))
	changes, err := again.ReadFeed(t.Context(), "things", found.Tables[0].Changes, 10)
	if err != nil || len(changes) != 1 || changes[0].ID != last.Version {
		t.Errorf("feed after the copied part: got %v, %v, want the new change", changes, err)
	}
}

func TestABackupThatCanNotBeMadeSaysWhy(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things)
	s.fill(t, 0, 10)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), path, taken); err == nil {
		t.Error("into a file that isn't empty: got no error")
	}
	if got, err := os.ReadFile(taken); err != nil || string(got) != "mine" {
		t.Errorf("that file: got %q, %v, want it untouched", got, err)
	}
	if err := Backup(t.Context(), taken, filepath.Join(dir, "a")); !errors.Is(err, ErrForeign) {
		t.Errorf("of something else: got %v, want %v", err, ErrForeign)
	}
	if err := Backup(t.Context(), filepath.Join(dir, "none"), filepath.Join(dir, "b")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of nothing: got %v, want %v", err, os.ErrNotExist)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := Backup(ended, path, filepath.Join(dir, "c")); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: got %v, want %v", err, context.Canceled)
	}
}

func TestCheckFileTellsWhatItIsFrom(t *testing.T) {
	newer := tempPath(t)
	if err := mustOpen(t, newer, Options{}, things).Close(); err != nil {
		t.Fatal(err)
	}
	rawly(t, newer, "PRAGMA user_version = 99")
	var later *NewerError
	if _, err := CheckFile(t.Context(), newer); !errors.As(err, &later) || later.Version != 99 {
		t.Errorf("a later release's file: got %v, want %T", err, later)
	}
	other := tempPath(t)
	rawly(t, other, "CREATE TABLE a (b)")
	if _, err := CheckFile(t.Context(), other); !errors.Is(err, ErrForeign) {
		t.Errorf("another program's file: got %v, want %v", err, ErrForeign)
	}
	more := storage.Table{Name: "more", Partition: "owner"}
	if err := mustOpen(t, other+"2", Options{}, things, more).Close(); err != nil {
		t.Fatal(err)
	}
	if found, err := CheckFile(t.Context(), other+"2"); err != nil || len(found.Tables) != 2 || found.Tables[0].Name != "more" {
		t.Errorf("a file with two tables: got %+v, %v, want both by name", found, err)
	}
	damaged := other + "2"
	rawly(t, damaged, "UPDATE catalog SET declaration = '{'")
	if _, err := CheckFile(t.Context(), damaged); !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged catalog: got %v, want %v", err, ErrDamaged)
	}
}
