package storage

import (
	"context"
	"time"
)

// Sleep waits between two attempts at a store, or two looks at it: until d has passed, or
// ctx is done, whose error it returns then.
func Sleep(ctx context.Context, d time.Duration) error { return Wait(ctx, nil, d) }

// Wait is [Sleep] that also ends when there is something to receive from wake.
func Wait(ctx context.Context, wake <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-timer.C:
	}
	return nil
}
