package function

import (
	"context"
	"testing"
	"time"
)

func TestWorkEndsBeforeTheProcessDoes(t *testing.T) {
	now := time.Now().Add(time.Hour) // far from the real one, so that nothing is done yet
	for left, margin := range map[time.Duration]time.Duration{
		time.Second:            100 * time.Millisecond,
		3 * time.Second:        300 * time.Millisecond,
		29 * time.Second:       500 * time.Millisecond,
		15 * time.Minute:       500 * time.Millisecond,
		100 * time.Millisecond: 10 * time.Millisecond,
	} {
		ctx, cancel := context.WithDeadline(t.Context(), now.Add(left))
		defer cancel()
		ctx, cancel = inTime(ctx, now)
		defer cancel()
		if deadline, ok := ctx.Deadline(); !ok || now.Add(left).Sub(deadline) != margin {
			t.Errorf("with %v left: got %v, %v, want %v to spare", left, deadline, ok, margin)
		}
	}
	ctx, cancel := inTime(t.Context(), now)
	defer cancel()
	if deadline, ok := ctx.Deadline(); ok {
		t.Errorf("without a deadline: got %v", deadline)
	}
}
