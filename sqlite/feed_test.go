package sqlite

import (
	"context"
	"math"
	"testing"
	"time"

	"comanda/storage"
)

// clock is a source of time that tests set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func minute(n int) time.Time {
	return time.Date(2026, 11, 20, 12, n, 0, 123_456_789, time.UTC)
}

func TestTrimmingKeepsWhatIsNotOldEnough(t *testing.T) {
	for _, c := range []struct {
		name    string
		minutes []int // of the changes in their order
		upTo    int64
		before  int
		want    []int // minutes of the changes that are left
	}{
		{"nothing is old", []int{1, 2, 3}, 3, 1, []int{1, 2, 3}},
		{"some are old", []int{1, 2, 3}, 3, 3, []int{3}},
		{"all are old", []int{1, 2, 3}, 3, 9, nil},
		{"a consumer still needs some", []int{1, 2, 3}, 1, 9, []int{2, 3}},
		{"no consumer has seen any", []int{1, 2, 3}, 0, 9, []int{1, 2, 3}},
		{"more than there is", []int{1, 2, 3}, math.MaxInt64, 9, nil},
		{"the clock was far ahead for a moment", []int{1, 50, 2, 3, 4, 5, 6}, 7, 5, []int{5, 6}},
		{"the clock was set back, so that changes look young", []int{10, 11, 12, 1, 2, 3}, 6, 2, []int{10, 11, 12, 1, 2, 3}},
		{"the clock was set back and is there again", []int{10, 11, 12, 1, 2, 3, 13, 14}, 8, 13, []int{13, 14}},
		{"an empty feed", nil, 5, 9, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var now clock
			s := mustOpen(t, tempPath(t), Options{Now: now.now}, things)
			for i, m := range c.minutes {
				now.at = minute(m)
				mustCommit(t, s, creation(i))
			}
			if err := s.TrimFeed(context.Background(), "things", c.upTo, minute(c.before)); err != nil {
				t.Fatal(err)
			}
			changes, err := s.ReadFeed(context.Background(), "things", 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			var got []time.Time
			for _, change := range changes {
				got = append(got, change.Time)
			}
			if len(got) != len(c.want) {
				t.Fatalf("changes left: got %v, want minutes %v", got, c.want)
			}
			for i, m := range c.want {
				if want := minute(m).Truncate(time.Millisecond); !got[i].Equal(want) {
					t.Errorf("change %d: got %v, want %v", i, got[i], want)
				}
			}
		})
	}
}

func TestALongFeedIsTrimmedInSteps(t *testing.T) {
	now := clock{at: minute(1)}
	g := newGate()
	close(g.open)
	s := mustOpen(t, tempPath(t), Options{Now: now.now, commit: g.commit}, things)
	s.fill(t, 0, trimStep+20)
	before := g.commits.Load()
	if err := s.TrimFeed(context.Background(), "things", trimStep+19, minute(2)); err != nil {
		t.Fatal(err)
	}
	if got := g.commits.Load() - before; got != 2 {
		t.Errorf("transactions of the trim: got %d, want 2", got)
	}
	changes, err := s.ReadFeed(context.Background(), "things", 0, 10)
	if err != nil || len(changes) != 1 || changes[0].Key != thingKey(trimStep+19) {
		t.Errorf("changes left: got %v, error %v, want the last one", changes, err)
	}
}

// fill creates n things in groups.
func (s *Store) fill(t *testing.T, from, n int) {
	t.Helper()
	outcomes := make([]chan error, n)
	for i := range n {
		outcomes[i] = make(chan error, 1)
		if err := s.writer.enqueue(request{task: planOf(t, s, creation(from+i)), outcome: outcomes[i]}); err != nil {
			t.Fatal(err)
		}
	}
	for i, o := range outcomes {
		if err := <-o; err != nil {
			t.Fatalf("creation %d: %v", from+i, err)
		}
	}
}

func TestAnInsertionStoresNoDocumentInTheFeed(t *testing.T) {
	s := mustOpen(t, tempPath(t), Options{}, things)
	r := mustCommit(t, s, creation(1))
	var documents, indexed int
	row := s.conns[0].QueryRowContext(context.Background(),
		`SELECT count(before), (SELECT count(*) FROM feed_things INDEXED BY changes_things WHERE before IS NOT NULL) FROM feed_things`)
	if err := row.Scan(&documents, &indexed); err != nil || documents != 0 || indexed != 0 {
		t.Errorf("after an insertion: got %d documents and %d index entries, error %v, want none", documents, indexed, err)
	}
	mustCommit(t, s, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &r}}})
	changes, err := s.ReadFeed(context.Background(), "things", 0, 10)
	if err != nil || len(changes) != 2 {
		t.Fatalf("feed: got %d changes, error %v, want 2", len(changes), err)
	}
	if got := string(changes[0].After); got != `{"n":1}` {
		t.Errorf("document of the insertion after the removal: got %s", got)
	}
}
