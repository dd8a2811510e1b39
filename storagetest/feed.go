package storagetest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"comanda/storage"
)

// feedOf returns the engine's feed, or false when it keeps none.
func feedOf(s opened) (storage.FeedReader, bool) {
	feed, ok := s.Store.(storage.FeedReader)
	return feed, ok
}

// readFeed returns the changes of items after a sequence, in reads of limit
// changes each, and fails unless sequences grow and times are set.
func readFeed(t reporter, feed storage.FeedReader, after int64, limit int) []storage.Change {
	t.Helper()
	var changes []storage.Change
	for {
		part, err := feed.ReadFeed(context.Background(), items.Name, after, limit)
		if err != nil {
			t.Fatalf("read the feed after %d: %v", after, err)
		}
		if len(part) > limit {
			t.Fatalf("read the feed after %d: got %d changes, want %d at most", after, len(part), limit)
		}
		if len(part) == 0 {
			endsAt(t, feed, after, len(changes) == 0)
			return changes
		}
		for _, c := range part {
			if c.Sequence <= after {
				t.Fatalf("sequence after %d: got %d, want a greater one", after, c.Sequence)
			}
			if c.Time.IsZero() {
				t.Fatalf("change %d: got no time", c.Sequence)
			}
			after = c.Sequence
		}
		changes = append(changes, part...)
	}
}

// endsAt fails the test unless the feed says that its last change is at a place, or,
// when it needs to have none any more, that it ends before.
func endsAt(t reporter, feed storage.FeedReader, place int64, none bool) {
	t.Helper()
	last, err := feed.LastChange(context.Background(), items.Name)
	if err != nil || last > place || last < place && !none {
		t.Fatalf("last change: got %d, %v, want %d", last, err, place)
	}
}

// lastSequence returns the sequence of the last change there is.
func lastSequence(t reporter, feed storage.FeedReader) int64 {
	t.Helper()
	changes := readFeed(t, feed, 0, storage.MaxPage)
	if len(changes) == 0 {
		return 0
	}
	return changes[len(changes)-1].Sequence
}

// sameChanges says how two feeds differ but for sequences and times, which the engine chooses.
func sameChanges(got, want []storage.Change) error {
	if len(got) != len(want) {
		return fmt.Errorf("feed: got %d changes, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.ID != w.ID || g.Kind != w.Kind || g.Key != w.Key {
			return fmt.Errorf("change %d: got %s of %q with id %s, want %s of %q with id %s", i, g.Kind, g.Key, g.ID, w.Kind, w.Key, w.ID)
		}
		if err := sameDoc(g.Before, w.Before); err != nil {
			return fmt.Errorf("change %d, before: %w", i, err)
		}
		if err := sameDoc(g.After, w.After); err != nil {
			return fmt.Errorf("change %d, after: %w", i, err)
		}
	}
	return nil
}

// life creates, changes, deletes and re-creates two records in turn, between
// them a commit that is refused and one without a record of items, and returns
// the changes that the feed must have.
func life(s opened, partition string) []storage.Change {
	s.t.Helper()
	var want []storage.Change
	add := func(kind storage.Kind, k storage.Key, id string, before, after []byte) {
		want = append(want, storage.Change{Kind: kind, Key: k, ID: id, Before: before, After: after})
	}
	create := func(k storage.Key, n int) storage.Record {
		r := s.create(record(k, n))
		add(storage.Insert, k, r.Version, nil, r.Doc)
		return r
	}
	replace := func(old storage.Record, n int) storage.Record {
		r := s.replace(old, record(old.Key, n))
		add(storage.Modify, r.Key, r.Version, old.Doc, r.Doc)
		return r
	}
	remove := func(old storage.Record) {
		c := commitOf(storage.Write{Old: &old}, storage.Write{New: record(nameKey(partition, storage.NewCommitID()), 1)})
		s.commit(c)
		add(storage.Remove, old.Key, c.ID, old.Doc, nil)
	}
	a, b := itemKey(partition, "a"), itemKey(partition, "0190a0b0-1111-7000-8000-0123456789ab")
	firstA := create(a, 1)
	firstB := create(b, 1)
	secondA := replace(firstA, 2)
	s.wantConflict(commitOf(storage.Write{Old: &firstA, New: record(a, 9)}), a, &secondA)
	thirdA := replace(secondA, 3)
	remove(thirdA)
	s.create(record(nameKey(partition, "without a feed"), 1))
	againA := create(a, 4)
	secondB := replace(firstB, 2)
	replace(againA, 5)
	remove(secondB)
	create(b, 3)
	return want
}

func testFeed(t *testing.T, open Open) {
	s := openAll(t, open)
	feed, ok := feedOf(s)
	if !ok {
		return // the engine's changes are delivered by the service itself
	}
	start := lastSequence(t, feed)
	want := life(s, "feed")
	for _, limit := range []int{1, 2, 3, len(want), storage.MaxPage} {
		if err := sameChanges(readFeed(t, feed, start, limit), want); err != nil {
			t.Errorf("read %d at a time: %v", limit, err)
		}
	}
	if _, err := feed.ReadFeed(context.Background(), names.Name, 0, 1); err == nil {
		t.Error("read the feed of a table without one: got no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := feed.ReadFeed(ctx, items.Name, 0, 1); err == nil {
		t.Error("read the feed when the context is done: got no error")
	}
}

// testFeedTrim trims after every single change of a life that is over already.
func testFeedTrim(t *testing.T, open Open) {
	s := openAll(t, open)
	feed, ok := feedOf(s)
	if !ok {
		return
	}
	start := lastSequence(t, feed)
	want := life(s, "trim")
	future := time.Now().AddDate(1, 0, 0)
	trim := func(upTo int64, before time.Time) {
		t.Helper()
		if err := feed.TrimFeed(context.Background(), items.Name, upTo, before); err != nil {
			t.Fatalf("trim up to %d: %v", upTo, err)
		}
	}
	sequences := readFeed(t, feed, start, storage.MaxPage)
	trim(math.MaxInt64, time.Unix(0, 0))
	trim(0, future)
	for i, c := range sequences {
		if err := sameChanges(readFeed(t, feed, start, 4), want[i:]); err != nil {
			t.Fatalf("after trimming %d changes: %v", i, err)
		}
		trim(c.Sequence, future)
	}
	if got := readFeed(t, feed, start, 4); len(got) != 0 {
		t.Errorf("after trimming everything: got %d changes, want none", len(got))
	}
	trim(math.MaxInt64, future)
	more := life(s, "trim more")
	got := readFeed(t, feed, start, storage.MaxPage)
	if err := sameChanges(got, more); err != nil {
		t.Errorf("after trimming everything and changing more: %v", err)
	}
	if last := sequences[len(sequences)-1].Sequence; !slices.IsSortedFunc(got, func(a, b storage.Change) int {
		return int(a.Sequence - b.Sequence)
	}) || got[0].Sequence <= last {
		t.Errorf("sequences after trimming everything: got %d first, want it over %d", got[0].Sequence, last)
	}
}
