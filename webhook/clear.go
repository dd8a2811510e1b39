package webhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"comanda/feed"
	"comanda/storage"
)

// bulk is how many deliveries are changed in one commit at most.
const bulk = 50

// rewrite replaces deliveries that a query finds by what change makes of them, if
// it says so, and returns how many.
func (w *Webhooks) rewrite(ctx context.Context, q storage.Query, change func(delivery) (delivery, bool)) (done int, err error) {
	return w.each(ctx, q, func(rec storage.Record) (storage.Write, bool, error) {
		d, err := readDelivery(rec)
		if err != nil {
			return storage.Write{}, false, err
		}
		d, wanted := change(d)
		if !wanted {
			return storage.Write{}, false, nil
		}
		r, err := d.encode()
		return storage.Write{Old: d.record, New: r}, true, err
	})
}

// remove removes the deliveries that a query finds.
func (w *Webhooks) remove(ctx context.Context, q storage.Query) error {
	_, err := w.each(ctx, q, func(r storage.Record) (storage.Write, bool, error) {
		return storage.Write{Old: &r}, true, nil
	})
	return err
}

// each commits a write for every record that a query finds, and returns how many
// were written. A record that another process has changed meanwhile is left to it, and one
// of a later release as it is, which is an error in the end.
func (w *Webhooks) each(ctx context.Context, q storage.Query, write func(storage.Record) (storage.Write, bool, error)) (done int, err error) {
	q.Limit = bulk
	var newer error
	pages := storage.Pages("", func(after storage.Cursor) (storage.Page, error) {
		q.After = after
		return w.config.Store.Query(ctx, q)
	})
	for page, err := range pages {
		var writes []storage.Write
		if err == nil {
			writes, err = collect(page.Records, write, &newer)
		}
		if err != nil {
			return done, err
		}
		n, err := w.flush(ctx, writes)
		if done += n; err != nil {
			return done, err
		}
	}
	return done, newer
}

// collect returns the writes that are wanted for records.
func collect(records []storage.Record, write func(storage.Record) (storage.Write, bool, error), newer *error) (writes []storage.Write, err error) {
	for _, rec := range records {
		if err := codec.Decode(rec.Key, rec.Doc, &storage.Head{}); feed.Newer(err) {
			*newer = err
			continue
		}
		one, wanted, err := write(rec)
		if err != nil {
			return nil, err
		}
		if wanted {
			writes = append(writes, one)
		}
	}
	return writes, nil
}

// flush commits writes, as many together as batchBytes allow, and returns how many
// were written.
func (w *Webhooks) flush(ctx context.Context, writes []storage.Write) (done int, err error) {
	for len(writes) > 0 {
		fit, bytes := 0, 0
		for _, one := range writes {
			if one.New != nil {
				bytes += len(one.New.Doc)
			}
			if fit > 0 && bytes > batchBytes {
				break
			}
			fit++
		}
		n, err := w.together(ctx, writes[:fit])
		if done += n; err != nil {
			return done, err
		}
		writes = writes[fit:]
	}
	return done, nil
}

// together commits writes at once or, when one of them is in the way, each alone.
func (w *Webhooks) together(ctx context.Context, writes []storage.Write) (done int, err error) {
	if len(writes) == 0 {
		return 0, nil
	}
	if ok, err := w.commit(ctx, writes...); ok || err != nil {
		return len(writes), err
	}
	for _, one := range writes {
		ok, err := w.commit(ctx, one)
		if err != nil {
			return done, err
		}
		if ok {
			done++
		}
	}
	return done, nil
}

// forget removes the deliveries of a receiver, and then the receiver.
func (w *Webhooks) forget(ctx context.Context, s stored) error {
	w.awaitBatches()
	err := w.remove(ctx, storage.Query{Table: deliveryTable.Name, Partition: s.ID})
	if err == nil {
		_, err = w.replace(ctx, &s.record, nil)
	}
	if err != nil {
		return fmt.Errorf("remove what was to be sent to %s: %w", s.ID, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.receivers, s.ID)
	return nil
}

// sweep removes dead letters that were kept for long enough.
func (w *Webhooks) sweep(ctx context.Context, now time.Time) error {
	var errs []error
	for _, s := range w.snapshot() {
		q := storage.Query{Table: deliveryTable.Name, Index: byDead, Partition: s.ID, To: instant(now.Add(-deadTime))}
		if err := w.unlessNewer(w.remove(ctx, q)); err != nil {
			errs = append(errs, fmt.Errorf("remove old dead letters of %s: %w", s.ID, err))
		}
	}
	return errors.Join(errs...)
}
