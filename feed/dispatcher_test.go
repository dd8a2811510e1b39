package feed

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"comanda/order"
	"comanda/storage"
)

// moment is long enough for the dispatcher to do all that it can. Time stands
// still while anything in the bubble works, so this doesn't depend on the machine.
const moment = 5 * time.Second

func (k *taker) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := k.taken(); !slices.Equal(got, want) {
		t.Errorf("events of %s: got %v, want %v", k.name, got, want)
	}
}

func TestEveryConsumerGetsEveryChangeInOrder(t *testing.T) {
	inBubble(t, func(b *bench) {
		a, c := &taker{name: "a"}, &taker{name: "c"}
		b.place("one")
		stop := b.start(a, c)
		time.Sleep(moment)
		b.place("two")
		if _, err := b.orders.Cancel(b.Context(), "ana", "one", nil); err != nil {
			b.Fatal(err)
		}
		time.Sleep(moment)
		stop()
		for _, k := range []*taker{a, c} {
			k.expect(b.T, "one@1", "two@1", "one@2")
		}
	})
}

func TestAConsumerGoesOnWhereItWas(t *testing.T) {
	inBubble(t, func(b *bench) {
		k := &taker{name: "a"}
		stop := b.start(k)
		b.place("one")
		time.Sleep(moment)
		stop()
		b.place("two")
		stop = b.start(k)
		time.Sleep(moment)
		stop()
		k.expect(b.T, "one@1", "two@1")
	})
}

func TestACommitWakesTheConsumers(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.config.Idle = time.Hour
		k := &taker{name: "a"}
		stop := b.start(k)
		time.Sleep(moment)
		b.place("one")
		time.Sleep(moment)
		k.expect(b.T, "one@1")
		stop()
	})
}

func TestAConsumerThatFailsHoldsUpNobodyElse(t *testing.T) {
	inBubble(t, func(b *bench) {
		broken, whole := &taker{name: "broken", fail: errBroken}, &taker{name: "whole"}
		stop := b.start(broken, whole)
		b.place("one")
		b.place("two")
		time.Sleep(moment)
		whole.expect(b.T, "one@1", "two@1")
		broken.expect(b.T)
		if failed, _ := b.seen.counts(); failed == 0 {
			b.Error("failures told to the observer: got 0, want some")
		}
		broken.set(nil)
		time.Sleep(2 * lastRetry)
		stop()
		broken.expect(b.T, "one@1", "two@1")
	})
}

func TestABatchWhosePositionIsLostIsDeliveredAgain(t *testing.T) {
	for name, applied := range map[string]bool{"not applied": false, "applied, but the answer is lost": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				lose := true
				b.script.OnCommit = func(ctx context.Context, c storage.Commit) error {
					if !lose {
						return b.file.Commit(ctx, c)
					}
					lose = false
					if applied {
						if err := b.file.Commit(ctx, c); err != nil {
							return err
						}
					}
					return storage.ErrUnknown
				}
				k := &taker{name: "a"}
				stop := b.start(k)
				b.place("one")
				time.Sleep(moment)
				b.place("two")
				time.Sleep(moment)
				stop()
				want := []string{"one@1", "one@1", "two@1"}
				if applied {
					want = []string{"one@1", "two@1"}
				}
				k.expect(b.T, want...)
			})
		})
	}
}

func TestAChangeThatIsNoOrderIsPutAside(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.place("one")
		key := storage.Key{Table: order.TableName, Partition: "ana", Sort: "bad"}
		bad := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &storage.Record{Key: key, Doc: []byte(`{"status":7,"note":"ring twice"}`)}}}}
		if err := b.file.Commit(b.Context(), bad); err != nil {
			b.Fatal(err)
		}
		b.place("two")
		k, other := &taker{name: "a"}, &taker{name: "c"}
		stop := b.start(k, other)
		time.Sleep(moment)
		k.expect(b.T, "one@1", "two@1")
		letters, next, err := b.config.Dead.List(b.Context(), "", 10)
		if err != nil || next != "" || len(letters) != 1 {
			b.Fatalf("dead letters: got %+v, %q, %v, want one", letters, next, err)
		}
		if l := letters[0]; l.OrderID != "bad" || l.UserID != "ana" || l.EventID != bad.ID || l.Reason == "" || strings.Contains(l.Reason, "ring") {
			b.Errorf("dead letter: got %+v, want the key and event of the bad record, and a reason without its content", l)
		}
		if _, died := b.seen.counts(); died == 0 || b.config.Dead.Count() != 1 {
			b.Errorf("told: got %d dead letters to the observer and a count of %d, want some and 1", died, b.config.Dead.Count())
		}
		stop()
		again := NewDeadLetters(b.file)
		if err := again.Recount(b.Context()); err != nil || again.Count() != 1 {
			b.Errorf("count after a restart: got %d, %v, want 1", again.Count(), err)
		}
		for event, want := range map[string]int{"another": 0, bad.ID: 1} {
			if n, err := again.Settle(b.Context(), event); err != nil || n != want {
				b.Errorf("settle %s: got %d, %v, want %d", event, n, err, want)
			}
		}
		if again.Count() != 0 || b.config.Dead.Count() != 1 {
			b.Errorf("after that: got %d here and %d in the other process, want 0 and 1, which hasn't looked", again.Count(), b.config.Dead.Count())
		}
		stop = b.start(k)
		time.Sleep(moment)
		stop()
		if got := b.config.Dead.Count(); got != 0 {
			b.Errorf("after the other process has looked: got %d, want 0", got)
		}
		k.expect(b.T, "one@1", "two@1")
	})
}

func TestASleeperIsPassedBy(t *testing.T) {
	for name, hide := range map[string]bool{"without reading the feed": false, "by reading it, where the source has no other way": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				read := &reads{Source: b.config.Feed.Source}
				b.config.Feed.Source = read
				if hide {
					b.config.Feed.Ender = nil
				}
				k := &taker{name: "a", deep: true}
				stop := b.start(k)
				b.place("one")
				time.Sleep(moment)
				if asleep := read.count.Load(); (asleep > 0) != hide {
					b.Errorf("reads while it slept: got %d, want some: %v", asleep, hide)
				}
				k.wake()
				b.place("two")
				time.Sleep(moment)
				stop()
				k.expect(b.T, "two@1")
			})
		})
	}
}

// reads counts how often a source is read.
type reads struct {
	Source
	count atomic.Int32
}

func (r *reads) Read(ctx context.Context, shard string, after Sequence, limit int) (Batch, error) {
	r.count.Add(1)
	return r.Source.Read(ctx, shard, after, limit)
}

func TestChangesGoWhenAllHavePassedAndADayIsOver(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.config.Idle = time.Hour
		broken, whole := &taker{name: "broken", fail: errBroken}, &taker{name: "whole"}
		stop := b.start(broken, whole)
		b.place("one")
		b.place("two")
		time.Sleep(25 * time.Hour)
		b.left("one", "two")
		broken.set(nil)
		time.Sleep(time.Hour)
		b.left()
		b.place("three")
		time.Sleep(23 * time.Hour)
		b.left("three")
		stop()
		if got, err := Trimmed(context.Background(), b.file, LocalShard); err != nil || got != "2" {
			b.Errorf("where the feed begins: got %q, %v, want 2", got, err)
		}
	})
}

// left fails the test if other orders than these have changes in the feed.
func (b *bench) left(want ...string) {
	b.Helper()
	changes, err := b.file.ReadFeed(context.Background(), order.TableName, 0, 10)
	if err != nil {
		b.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.Key.Sort)
	}
	if !slices.Equal(got, want) {
		b.Errorf("changes left: got %v, want %v", got, want)
	}
}
