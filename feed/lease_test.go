package feed

import (
	"context"
	"testing"
	"time"

	"comanda/storage"
)

func (b *bench) lease(holder string) *Lease {
	return &Lease{Store: b.script, Name: "work", Holder: holder, Duration: 30 * time.Second, Now: time.Now}
}

func (b *bench) holds(l *Lease, want bool) {
	b.Helper()
	if got, err := l.Hold(b.Context()); err != nil || got != want {
		b.Errorf("%s holds the lease: got %v, %v, want %v", l.Holder, got, err, want)
	}
}

func TestOneHoldsALease(t *testing.T) {
	inBubble(t, func(b *bench) {
		one, two := b.lease("one"), b.lease("two")
		b.holds(one, true)
		b.holds(two, false)
		time.Sleep(20 * time.Second)
		b.holds(one, true)
		time.Sleep(29 * time.Second)
		b.holds(two, false)
		time.Sleep(time.Second)
		b.holds(two, true)
		b.holds(one, false)
		if err := one.Release(b.Context()); err != nil {
			b.Error(err)
		}
		b.holds(one, false)
		if err := two.Release(b.Context()); err != nil {
			b.Error(err)
		}
		b.holds(one, true)
	})
}

func TestWhoeverIsFasterHoldsTheLease(t *testing.T) {
	inBubble(t, func(b *bench) {
		one, two := b.lease("one"), b.lease("two")
		b.script.OnCommit = func(ctx context.Context, c storage.Commit) error {
			b.script.OnCommit = nil
			b.holds(one, true)
			return b.file.Commit(ctx, c)
		}
		b.holds(two, false)
	})
}

func TestOneProcessOfAFleetDispatches(t *testing.T) {
	inBubble(t, func(b *bench) {
		first, second := &taker{name: "a"}, &taker{name: "a"}
		b.config.Lease = b.lease("one")
		stopFirst := b.start(first)
		time.Sleep(moment)
		b.config.Lease = b.lease("two")
		stopSecond := b.start(second)
		b.place("one")
		time.Sleep(2 * time.Minute)
		first.expect(b.T, "one@1")
		second.expect(b.T)
		stopFirst()
		b.place("two")
		time.Sleep(time.Minute)
		stopSecond()
		first.expect(b.T, "one@1")
		second.expect(b.T, "two@1")
	})
}
