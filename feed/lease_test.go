package feed

import (
	"context"
	"sync"
	"testing"
	"time"

	"comanda/storage"
	"comanda/storagetest"
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

// failing is the bench's file behind an engine that takes its time for a commit
// and, from a moment on, tries for long and gives up.
func (b *bench) failing(from time.Time, commit time.Duration) *storagetest.Scripted {
	const reading, writing = 18 * time.Second, 18500 * time.Millisecond
	broken := func() bool { return !time.Now().Before(from) }
	return &storagetest.Scripted{
		OnGet: func(ctx context.Context, k storage.Key) (storage.Record, error) {
			if broken() && !sleep(ctx, reading) {
				return storage.Record{}, ctx.Err()
			}
			return b.file.Get(ctx, k)
		},
		OnCommit: func(ctx context.Context, c storage.Commit) error {
			if broken() {
				sleep(ctx, writing)
				return storage.ErrBusy
			}
			if !sleep(ctx, commit) {
				return ctx.Err()
			}
			return b.file.Commit(ctx, c)
		},
	}
}

// shift is when a process has worked last.
type shift struct{ began, ended time.Duration }

// post is work that only one may do at a time, with a shift for each process.
type post struct {
	mu     sync.Mutex
	busy   bool
	shifts map[string]shift
}

func (p *post) change(of func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	of()
}

// lead works whenever a process has the lease, until ctx is done.
func (b *bench) lead(ctx context.Context, l *Lease, p *post, start time.Time) {
	l.While(ctx, b.config.Logger, func(ctx context.Context) {
		s := shift{began: time.Since(start)}
		p.change(func() {
			if p.busy {
				b.Errorf("%s begins to work after %v: the other hasn't ended", l.Holder, s.began)
			}
			p.busy, p.shifts[l.Holder] = true, s
		})
		<-ctx.Done()
		s.ended = time.Since(start)
		p.change(func() { p.busy, p.shifts[l.Holder] = false, s })
	})
}

func TestWhoCanNotRenewTheLeaseStopsWorkBeforeAnotherBegins(t *testing.T) {
	for _, commit := range []time.Duration{0, 9 * time.Second} {
		t.Run("had after "+commit.String(), func(t *testing.T) {
			inBubble(t, func(b *bench) {
				start := time.Now()
				one, two := b.lease("one"), b.lease("two")
				one.Store = b.failing(start.Add(commit+time.Second), commit)
				p := &post{shifts: map[string]shift{}}
				ctx, cancel := context.WithCancel(b.Context())
				var running sync.WaitGroup
				running.Go(func() { b.lead(ctx, one, p, start) })
				time.Sleep(commit + time.Second)
				running.Go(func() { b.lead(ctx, two, p, start) })
				time.Sleep(time.Minute)
				cancel()
				running.Wait()
				if got, want := p.shifts["one"], (shift{commit, 20 * time.Second}); got != want {
					b.Errorf("who can't renew works: got %v, want %v, to two thirds of the lease", got, want)
				}
				if got := p.shifts["two"].began; got == 0 || got > 40*time.Second {
					b.Errorf("the other begins after %v, want within 40s", got)
				}
			})
		})
	}
}
