package storagetest

import (
	"context"
	"errors"
	"testing"

	"comanda/storage"
)

// testSnapshot changes, adds and removes records, and adds changes to the feed,
// while a snapshot is open.
func testSnapshot(t *testing.T, open Open) {
	s := openAll(t, open)
	snapshotter, ok := s.Store.(storage.Snapshotter)
	if !ok {
		return
	}
	feed, ok := feedOf(s)
	if !ok {
		t.Fatal("an engine with snapshots: got no feed, want one")
	}
	stays, goes, comes := itemKey("snapshot", "stays"), itemKey("snapshot", "goes"), itemKey("snapshot", "comes")
	first := s.create(record(stays, 1))
	second := s.create(record(goes, 1))
	last := lastSequence(t, feed)
	failure := errors.New("read has failed")
	ctx := context.Background()
	err := snapshotter.Snapshot(ctx, func(v storage.View) error {
		changed := s.replace(first, record(stays, 2))
		s.remove(second)
		s.create(record(comes, 1))
		for _, want := range []storage.Record{first, second} {
			if got, err := v.Get(ctx, want.Key); err != nil || sameRecord(got, want) != nil {
				t.Errorf("get %q in the snapshot: got %s, %v, want %s", want.Key, got.Doc, err, want.Doc)
			}
		}
		if _, err := v.Get(ctx, comes); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("get what came later: got %v, want %v", err, storage.ErrNotFound)
		}
		page, err := v.Query(ctx, storage.Query{Table: items.Name, Partition: "snapshot", Limit: 10})
		if err != nil || len(page.Records) != 2 {
			t.Errorf("query in the snapshot: got %d records, %v, want 2", len(page.Records), err)
		}
		if got := scanned(t, v, "snapshot"); got != 2 {
			t.Errorf("scan in the snapshot: got %d records of its partition, want 2", got)
		}
		if got, err := v.LastChange(ctx, items.Name); err != nil || got != last {
			t.Errorf("last change in the snapshot: got %d, %v, want %d", got, err, last)
		}
		if got, err := v.ReadFeed(ctx, items.Name, last, 10); err != nil || len(got) != 0 {
			t.Errorf("feed in the snapshot: got %d changes that came later, %v", len(got), err)
		}
		s.wantRecord(changed)
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("snapshot: got %v, want read's error", err)
	}
	err = snapshotter.Snapshot(ctx, func(v storage.View) error {
		if got, err := v.LastChange(ctx, items.Name); err != nil || got != lastSequence(t, feed) {
			t.Errorf("last change in the next snapshot: got %d, %v, want %d", got, err, lastSequence(t, feed))
		}
		return nil
	})
	if err != nil {
		t.Errorf("the next snapshot: got %v, want success", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := snapshotter.Snapshot(ended, func(storage.View) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("snapshot when the context is done: got %v, want %v", err, context.Canceled)
	}
}

// scanned counts the records of a partition that a scan returns.
func scanned(t *testing.T, r storage.Reader, partition string) (n int) {
	t.Helper()
	read := func(after storage.Cursor) (storage.Page, error) {
		return r.Scan(context.Background(), items.Name, after, 3)
	}
	for page, err := range storage.Pages("", read) {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			if r.Key.Partition == partition {
				n++
			}
		}
	}
	return n
}
