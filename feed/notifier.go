package feed

import (
	"context"
	"slices"
	"sync/atomic"

	"comanda/storage"
)

// Notifier is a store that tells its subscribers soon after something was committed to
// one table, so that they need not wait for their next look.
type Notifier struct {
	storage.Store
	table       string
	subscribers atomic.Pointer[[]chan struct{}]
}

// NewNotifier returns s with word of its commits to a table.
func NewNotifier(s storage.Store, table string) *Notifier {
	n := &Notifier{Store: s, table: table}
	n.subscribers.Store(&[]chan struct{}{})
	return n
}

// Subscribe returns a channel that receives after commits, once for several of
// them if its reader is slower.
func (n *Notifier) Subscribe() <-chan struct{} {
	c := make(chan struct{}, 1)
	for {
		old := n.subscribers.Load()
		more := slices.Concat(*old, []chan struct{}{c})
		if n.subscribers.CompareAndSwap(old, &more) {
			return c
		}
	}
}

// Commit implements [storage.Store]. Subscribers are told after an error, too: the
// commit may have been applied.
func (n *Notifier) Commit(ctx context.Context, c storage.Commit) error {
	err := n.Store.Commit(ctx, c)
	for _, w := range c.Writes {
		if w.Key().Table == n.table {
			n.tell()
			break
		}
	}
	return err
}

// tell wakes every subscriber that isn't awake.
func (n *Notifier) tell() {
	for _, c := range *n.subscribers.Load() {
		select {
		case c <- struct{}{}:
		default: // it will look anyway
		}
	}
}
