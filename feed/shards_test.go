package feed

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"comanda/storage"
)

// stream is a source of which a test plays the shards. Its changes are no orders'
// but have no documents either, so they can be read.
type stream struct {
	shards []Shard
	left   map[string][]string // ids of changes by shard
	closed map[string]bool
	lost   bool
	fail   map[string]error // by shard, in place of reading it
}

func (s *stream) Shards(context.Context) ([]Shard, error) { return s.shards, nil }

func (s *stream) Read(_ context.Context, shard string, after Sequence, _ int) (Batch, error) {
	if err := s.fail[shard]; err != nil {
		return Batch{}, err
	}
	b := Batch{Lost: s.lost}
	for i, id := range s.left[shard] {
		if at := SequenceOf(int64(i + 1)); at.Compare(after) > 0 {
			b.Changes = append(b.Changes, Change{Sequence: at, Change: storage.Change{Key: storage.Key{Partition: "ana", Sort: id}}})
			break // one at a time
		}
	}
	b.Closed = len(b.Changes) == 0 && s.closed[shard]
	return b, nil
}

func TestParentsComeBeforeTheirChildren(t *testing.T) {
	inBubble(t, func(b *bench) {
		s := &stream{
			shards: []Shard{{"old", "forgotten"}, {"left", "old"}, {"right", "old"}},
			left:   map[string][]string{"old": {"1", "2", "3"}, "left": {"4"}, "right": {"5"}},
			closed: map[string]bool{"old": true},
		}
		b.config.Feed, b.config.Changed = Feed{Source: s}, nil
		k := &taker{name: "a"}
		stop := b.start(k)
		time.Sleep(time.Minute)
		stop()
		got := k.taken()
		if len(got) == 5 {
			slices.Sort(got[3:])
		}
		if want := []string{"1@gone", "2@gone", "3@gone", "4@gone", "5@gone"}; !slices.Equal(got, want) {
			b.Errorf("events: got %v, want %v", got, want)
		}
		stop = b.start(k)
		time.Sleep(time.Minute)
		stop()
		if got := len(k.taken()); got != 5 {
			b.Errorf("events after a restart: got %d, want the same 5", got)
		}
	})
}

func TestAShardThatFailsHoldsUpItsChildrenOnly(t *testing.T) {
	inBubble(t, func(b *bench) {
		s := &stream{
			shards: []Shard{{ID: "bad"}, {"child", "bad"}, {ID: "good"}},
			left:   map[string][]string{"bad": {"1"}, "child": {"2"}, "good": {"3", "4"}},
			closed: map[string]bool{"bad": true},
			fail:   map[string]error{"bad": errBroken},
		}
		b.config.Feed, b.config.Changed = Feed{Source: s}, nil
		k := &taker{name: "a"}
		stop := b.start(k)
		time.Sleep(moment)
		k.expect(b.T, "3@gone", "4@gone")
		stop()
		s.fail = nil
		stop = b.start(k)
		time.Sleep(moment)
		stop()
		k.expect(b.T, "3@gone", "4@gone", "1@gone", "2@gone")
	})
}

func TestAConsumerThatKeepsFailingIsNamedAndItsLagGrows(t *testing.T) {
	inBubble(t, func(b *bench) {
		k := &taker{name: "a", fail: errBroken}
		c := b.config
		c.Consumers = []Consumer{k}
		d := NewDispatcher(c)
		ctx, cancel := context.WithCancel(b.Context())
		var running sync.WaitGroup
		running.Go(func() { d.Run(ctx) })
		b.place("one")
		time.Sleep(time.Second / 2)
		if got := d.Stuck(); len(got) != 0 {
			b.Errorf("after one failure: got %q, want nobody yet", got)
		}
		time.Sleep(10 * time.Minute)
		if got := d.Stuck(); !slices.Equal(got, []string{"a"}) {
			b.Errorf("after many failures: got %q, want a", got)
		}
		if got := b.seen.lagged(); got < 9*time.Minute {
			b.Errorf("lag meanwhile: got %v, want about 10 m", got)
		}
		k.set(nil)
		time.Sleep(time.Minute)
		if got := d.Stuck(); len(got) != 0 {
			b.Errorf("after it works again: got %q, want nobody", got)
		}
		k.expect(b.T, "one@1")
		cancel()
		running.Wait()
	})
}

func TestWhatIsGoneBeforeItWasSeenIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		ended bool // the parent, while a consumer read it
		lost  bool // the source itself says so
		want  int
	}{
		"the parent was read to its end":             {ended: true, want: 0},
		"the parent vanished before it was finished": {want: 1},
		"the place was trimmed":                      {ended: true, lost: true, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				s := &stream{
					shards: []Shard{{ID: "old"}},
					left:   map[string][]string{"old": {"1"}, "new": {"2"}},
					closed: map[string]bool{"old": c.ended},
				}
				b.config.Feed, b.config.Changed = Feed{Source: s}, nil
				k := &taker{name: "a"}
				stop := b.start(k)
				time.Sleep(moment)
				stop()
				s.shards, s.lost = []Shard{{"new", "old"}}, c.lost
				stop = b.start(k)
				time.Sleep(moment)
				stop()
				k.expect(b.T, "1@gone", "2@gone")
				if failed, _ := b.seen.counts(); (failed > 0) != (c.want > 0) {
					b.Errorf("losses told: got %d, want %d or more", failed, c.want)
				}
			})
		})
	}
}

func TestSequencesAreNumbers(t *testing.T) {
	for _, c := range []struct {
		a, b Sequence
		want int
	}{
		{"", "1", -1}, {"9", "10", -1}, {"10", "9", 1}, {"10", "10", 0}, {"", "", 0},
		{"99999999999999999999999999", "100000000000000000000000000", -1},
		{"111111111111111111111111112", "111111111111111111111111111", 1},
	} {
		if got := c.a.Compare(c.b); got != c.want {
			t.Errorf("%q against %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestAPlaceOfAnotherStoreIsRefused(t *testing.T) {
	inBubble(t, func(b *bench) {
		_, err := b.config.Feed.Read(b.Context(), LocalShard, "111111111111111111111111112", 1)
		if err == nil {
			b.Error("reading after a place of a stream: got no error")
		}
	})
}
