package feed

import (
	"context"

	"comanda/storage"
)

// Watch returns a store that is s, and a channel that receives soon after it has
// committed something to a table, so that consumers need not wait for their next look.
func Watch(s storage.Store, table string) (storage.Store, <-chan struct{}) {
	w := &watched{s, table, make(chan struct{}, 1)}
	return w, w.changed
}

type watched struct {
	storage.Store
	table   string
	changed chan struct{}
}

// Commit implements [storage.Store].
func (w *watched) Commit(ctx context.Context, c storage.Commit) error {
	err := w.Store.Commit(ctx, c)
	for _, write := range c.Writes {
		if write.Key().Table == w.table {
			select {
			case w.changed <- struct{}{}: // also after an error: it may have been applied
			default:
			}
			break
		}
	}
	return err
}
