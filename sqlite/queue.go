package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"comanda/storage"
)

const (
	maxGroup = 1024         // requests of one transaction
	maxQueue = 4 * maxGroup // requests that wait; one more is refused

	// maxYields is how often the writer yields to callers on their way back.
	maxYields = 128
)

// task is what the writer executes in its transaction: a plan or a trim.
type task interface {
	execute(s statements, now time.Time) error
}

// request is a task whose outcome a caller waits for.
type request struct {
	task    task
	outcome chan error // of capacity 1, so that delivering never waits
}

// submit queues a task and waits for its outcome. Once it is queued, an ending
// context leaves the outcome open.
func (w *writer) submit(ctx context.Context, t task) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("commit not sent: %w", err)
	}
	r := request{task: t, outcome: make(chan error, 1)}
	if err := w.enqueue(r); err != nil {
		return err
	}
	select {
	case err := <-r.outcome:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", storage.ErrUnknown, ctx.Err())
	}
}

func (w *writer) enqueue(r request) error {
	w.stopping.RLock()
	defer w.stopping.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- r:
		return nil
	default:
		return errQueue
	}
}

// close refuses further requests and returns when all earlier ones have their
// outcome.
func (w *writer) close() {
	w.stopping.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.stopping.Unlock()
	<-w.done
}

// gather lets callers run who have just got an outcome and are about to come
// back. Without it half of them would just miss each transaction, and twice as
// many syncs would do the same work. It yields the processor and never sleeps,
// so a caller who doesn't come back costs some microseconds.
func (w *writer) gather(expected int) {
	for range maxYields {
		if len(w.queue) >= expected {
			return
		}
		runtime.Gosched()
	}
}

// take adds what is queued to a group.
func (w *writer) take(group []request) []request {
	for len(group) < maxGroup {
		select {
		case r, ok := <-w.queue:
			if !ok {
				return group
			}
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}
