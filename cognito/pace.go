package cognito

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"comanda/identity"
)

const (
	paceRate  = 50  // unsigned requests a second of one source that are served at once
	paceBurst = 200 // further ones, after a time without any
	paceDelay = time.Second
	paceSlots = 1 << 16
)

// pace slows a source down that sends unsigned requests faster than people do: each
// further one waits a second before it is looked at. So what a source can make the
// server do is bounded by its connections, and a client that is slowed down has
// lost nothing. Sources share a fixed number of places, which no stranger can fill.
type pace struct {
	seed   maphash.Seed
	now    func() time.Time
	mu     sync.Mutex
	places []budget
}

// budget is what the sources of one place have left, in requests, at a time in
// nanoseconds since 1970.
type budget struct {
	left float64
	at   int64
}

func newPace(now func() time.Time) *pace {
	return &pace{seed: maphash.MakeSeed(), now: now, places: make([]budget, paceSlots)}
}

// wait returns when a request of the source may be looked at, or with ctx's error.
func (p *pace) wait(ctx context.Context, s identity.Source) error {
	if p.take(s) {
		return nil
	}
	timer := time.NewTimer(paceDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take takes one request off what the source has left, and reports whether there was one.
func (p *pace) take(s identity.Source) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := &p.places[maphash.String(p.seed, s.Host)%paceSlots]
	now := p.now().UnixNano()
	if b.at == 0 {
		b.left = paceBurst
	} else {
		b.left = min(paceBurst, b.left+paceRate*max(0, time.Duration(now-b.at).Seconds()))
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
