package client

import (
	"context"
	"math/rand/v2"
	"time"
)

// Retry says how often a request is sent again that was not answered, or
// answered with 429, 502, 503 or 504. A request that names no version, id or key
// is sent again only when it is known that nothing was done.
type Retry struct {
	Attempts int           // of one operation at most, the first included; 1: no repetition; 0: 4
	Pause    time.Duration // is the longest after the first attempt, and doubles with each; 0: 200 ms
	MaxPause time.Duration // is the longest of all: a server that asks for a longer one isn't asked again; 0: 10 s
}

func (r Retry) withDefaults() Retry {
	if r.Attempts <= 0 {
		r.Attempts = 4
	}
	if r.Pause <= 0 {
		r.Pause = 200 * time.Millisecond
	}
	if r.MaxPause <= 0 {
		r.MaxPause = 10 * time.Second
	}
	return r
}

// pause returns how long to wait after n attempts that failed, the last one with
// e: what the server asks for and a random time, so that clients that failed together
// don't come back together.
func (r Retry) pause(n int, e *Error) time.Duration {
	longest := r.MaxPause
	if doublings := n - 1; doublings < 30 {
		longest = min(longest, r.Pause<<doublings)
	}
	return e.RetryAfter + rand.N(longest)
}

// again waits, and reports whether to make another attempt after n of them.
func (r Retry) again(ctx context.Context, n int, e *Error, repeatable bool) bool {
	if n >= r.Attempts || !e.passing() || e.Unknown() && !repeatable || e.RetryAfter > r.MaxPause {
		return false
	}
	return sleep(ctx, r.pause(n, e))
}

// sleep waits, and reports whether ctx is still good. It doesn't begin to wait when
// ctx ends before.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d || ctx.Err() != nil {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
