package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"comanda/feed"
	"comanda/notification"
	"comanda/storage"
)

// consumerName names the consumer in the feed, for ever.
const consumerName = "webhooks"

// batchBytes is how many bytes of deliveries one commit has at most, well below
// [storage.MaxCommit].
const batchBytes = 2 << 20

// Name implements [feed.Consumer].
func (w *Webhooks) Name() string { return consumerName }

// Asleep implements [feed.Consumer]: without receivers no one wants events.
func (w *Webhooks) Asleep() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.fresh() || len(w.newer) > 0 {
		return false
	}
	for _, r := range w.receivers {
		if !r.Removed && r.Disabled == "" {
			return false
		}
	}
	return true
}

// placeDoc is up to where in a shard there are deliveries.
type placeDoc struct {
	storage.Head
	Sequence feed.Sequence `json:"sequence"`
}

// Consume implements [feed.Consumer]: it stores the deliveries of events, together
// with the place up to which they are. While there is a receiver of a later release it
// stores none, because it can't tell what that one wants.
func (w *Webhooks) Consume(ctx context.Context, shard string, events []feed.Event) error {
	if err := w.load(ctx, false); err != nil {
		return err
	}
	if err := w.unknown(); err != nil {
		return fmt.Errorf("look for the receivers of webhooks: %w", err)
	}
	w.taking <- struct{}{}
	defer func() { <-w.taking }()
	b := batch{w: w, key: storage.Key{Table: deliveryTable.Name, Partition: placesOf, Sort: shard}}
	var err error
	if b.old, err = w.get(ctx, b.key, &b.place); err != nil {
		return fmt.Errorf("read up to where there are deliveries: %w", err)
	}
	for _, e := range events {
		if e.Sequence.Compare(b.place.Sequence) <= 0 {
			continue
		}
		n, err := w.notification(ctx, shard, e)
		if err != nil {
			return err
		}
		if n == nil {
			continue
		}
		if err := b.add(ctx, e.Sequence, *n); err != nil {
			return err
		}
	}
	return b.flush(ctx)
}

// awaitBatches waits for a batch that may not know yet of a change of receivers.
func (w *Webhooks) awaitBatches() {
	w.taking <- struct{}{}
	<-w.taking
}

// notification returns what an event announces. One that can't be put into words
// is a dead letter of the feed.
func (w *Webhooks) notification(ctx context.Context, shard string, e feed.Event) (*notification.Notification, error) {
	n, err := notification.Of(e)
	if err == nil {
		return n, nil
	}
	w.config.Logger.Error("an event could not be put into words and was put to the dead letters", "event", e.ID, "error", err.Error())
	return nil, w.config.Dead.Put(ctx, feed.DeadLetter{
		Consumer: consumerName, Shard: shard, Sequence: e.Sequence, EventID: e.ID, UserID: e.UserID, OrderID: e.OrderID, Time: e.Time, Reason: err.Error(),
	})
}

// batch gathers deliveries for one commit.
type batch struct {
	w      *Webhooks
	key    storage.Key     // of the place
	old    *storage.Record // the place as it is stored
	place  placeDoc        // as it will be
	writes []storage.Write
	bytes  int
}

// add adds the deliveries of one notification, all of which go into one commit.
func (b *batch) add(ctx context.Context, s feed.Sequence, n notification.Notification) error {
	writes, bytes, err := b.w.writes(s, n)
	if err != nil {
		return err
	}
	if len(b.writes)+len(writes)+1 > storage.MaxWrites || b.bytes+bytes > batchBytes {
		if err := b.flush(ctx); err != nil {
			return err
		}
	}
	b.writes = append(b.writes, writes...)
	b.bytes += bytes
	b.place.Format, b.place.Sequence = format, s
	return nil
}

// writes returns the deliveries of a notification to all who want it.
func (w *Webhooks) writes(s feed.Sequence, n notification.Notification) (writes []storage.Write, bytes int, err error) {
	now := w.config.Now().UTC().Truncate(time.Millisecond)
	for _, r := range w.wanting(n.Type) {
		d, err := newDelivery(r, n, s, now).encode()
		if err != nil {
			return nil, 0, err
		}
		writes = append(writes, storage.Write{New: d})
		bytes += len(d.Doc)
	}
	return writes, bytes, nil
}

var errPlace = errors.New("deliveries were made by another process at the same time: this is harmless, and ends when one of them stops")

// flush commits what was gathered and wakes the receivers.
func (b *batch) flush(ctx context.Context) error {
	if len(b.writes) == 0 {
		return nil
	}
	r, err := codec.Encode(b.key, &b.place)
	if err != nil {
		return err
	}
	commit := b.together
	if b.bytes > batchBytes { // one large notification for many receivers
		commit = b.singly
	}
	ok, err := commit(ctx, storage.Write{Old: b.old, New: &r})
	if err != nil {
		return fmt.Errorf("store deliveries: %w", err)
	}
	if !ok {
		return errPlace
	}
	for _, write := range b.writes {
		b.w.wake(write.New.Key.Partition)
	}
	b.old, b.writes, b.bytes = &r, nil, 0
	return nil
}

func (b *batch) together(ctx context.Context, place storage.Write) (bool, error) {
	return b.w.commit(ctx, append(slices.Clone(b.writes), place)...)
}

// singly commits each delivery alone and the place at the end. A delivery that is
// there already was made before a crash; one that was made then and is done is made again.
func (b *batch) singly(ctx context.Context, place storage.Write) (bool, error) {
	for _, write := range b.writes {
		if _, err := b.w.commit(ctx, write); err != nil {
			return false, err
		}
	}
	return b.w.commit(ctx, place)
}
