package storage

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAWaitEndsWithTheFirstOfThree(t *testing.T) {
	const long = time.Hour
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		if err := Sleep(t.Context(), long); err != nil || time.Since(begin) != long {
			t.Errorf("a sleep: got %v after %v, want nil after %v", err, time.Since(begin), long)
		}
		begin = time.Now()
		wake := make(chan struct{}, 1)
		time.AfterFunc(time.Second, func() { wake <- struct{}{} })
		if err := Wait(t.Context(), wake, long); err != nil || time.Since(begin) != time.Second {
			t.Errorf("a wait that is woken: got %v after %v, want nil after 1s", err, time.Since(begin))
		}
		begin = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := Wait(ctx, nil, long); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Minute {
			t.Errorf("a wait whose context ends: got %v after %v, want its error after 1m", err, time.Since(begin))
		}
	})
}
