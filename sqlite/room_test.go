package sqlite

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"comanda/storage"
	"comanda/storagetest"
)

// fullDisk is a store on a disk whose size can be changed, with a clock.
type fullDisk struct {
	*Store
	t     *testing.T
	clock *storagetest.Clock
	log   bytes.Buffer
}

func newFullDisk(t *testing.T) *fullDisk {
	d := &fullDisk{t: t, clock: storagetest.NewClock(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC))}
	d.Store = mustOpen(t, tempPath(t), Options{Now: d.clock.Now, Logger: slog.New(slog.NewTextHandler(&d.log, nil))}, things)
	return d
}

// limit makes the disk hold so many pages; "1" is as many as there are.
func (d *fullDisk) limit(pages string) {
	d.t.Helper()
	if err := run(context.Background(), d.conns[0], "PRAGMA max_page_count = "+pages); err != nil {
		d.t.Fatal(err)
	}
}

func (d *fullDisk) wantReady(when string, want error) {
	d.t.Helper()
	if err := d.Ready(d.t.Context()); !errors.Is(err, want) {
		d.t.Errorf("ready %s: got %v, want %v", when, err, want)
	}
}

// big is a commit that needs more pages.
func big(n int) storage.Commit {
	c := creation(n)
	c.Writes[0].New.Doc = []byte(`{"s":"` + strings.Repeat("x", 100_000) + `"}`)
	return c
}

func TestAFullDiskIsSaidOnceAndEndsWhenThereIsRoom(t *testing.T) {
	d := newFullDisk(t)
	mustCommit(t, d.Store, creation(0))
	schema := schemaOf(t, d.path(t))
	d.wantReady("with room", nil)
	d.limit("1")
	for range 20 {
		if err := d.Commit(t.Context(), big(1)); !errors.Is(err, storage.ErrFull) || !errors.Is(err, storage.ErrBusy) {
			t.Fatalf("commit to a full disk: got %v, want %v, which is %v", err, storage.ErrFull, storage.ErrBusy)
		}
	}
	d.wantReady("after a failed commit", storage.ErrFull)
	d.clock.Move(probeInterval)
	d.wantReady("after a probe that failed", storage.ErrFull)
	d.limit("1000000")
	d.wantReady("before it is tried again", storage.ErrFull)
	d.clock.Move(probeInterval)
	d.wantReady("after a probe", nil)
	mustCommit(t, d.Store, big(1))
	if got := schemaOf(t, d.path(t)); !slices.Equal(got, schema) {
		t.Errorf("schema after a probe: got %q, want %q", got, schema)
	}
	if said := d.log.String(); strings.Count(said, "\n") != 2 || strings.Count(said, "the disk is full") != 1 || strings.Count(said, "room on the disk again") != 1 {
		t.Errorf("log: got %q, want a line for the beginning and one for the end", said)
	}
	if err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestACommitThatFindsRoomEndsAFullDisk(t *testing.T) {
	d := newFullDisk(t)
	mustCommit(t, d.Store, creation(0))
	d.limit("1")
	if err := d.Commit(t.Context(), big(1)); !errors.Is(err, storage.ErrFull) {
		t.Fatalf("commit to a full disk: got %v, want %v", err, storage.ErrFull)
	}
	mustCommit(t, d.Store, creation(1)) // small enough, and too soon to mean anything
	d.wantReady("after another that fitted in", storage.ErrFull)
	d.limit("1000000")
	d.clock.Move(probeInterval)
	mustCommit(t, d.Store, big(2))
	d.wantReady("after a later commit", nil)
}

// path returns the file's.
func (d *fullDisk) path(t *testing.T) (path string) {
	t.Helper()
	var n int
	var name string
	if err := d.conns[0].QueryRowContext(t.Context(), "PRAGMA database_list").Scan(&n, &name, &path); err != nil {
		t.Fatal(err)
	}
	return path
}
