package webhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"comanda/feed"
	"comanda/storage"
)

// receiverTable has one record for each receiver.
var receiverTable = storage.Table{Name: "webhooks", Partition: "id", Doc: "data"}

// Indexes of the deliveries of one receiver.
const (
	byLane = "by_lane" // all that are to be sent, by order and then by time
	byDue  = "by_due"  // the same, by when they are to be sent
	byDead = "by_dead" // dead letters, by when they became that
)

// deliveryTable has one record for each delivery that hasn't been made. Beside
// them, under the partition of placesOf, it has how far the feed was read.
var deliveryTable = storage.Table{
	Name: "deliveries", Partition: "receiver", Sort: "place", Doc: "data",
	Indexes: []storage.Index{
		{Name: byLane, Partition: "receiver", Sort: "lane"},
		{Name: byDue, Partition: "receiver", Sort: "due"},
		{Name: byDead, Partition: "receiver", Sort: "dead"},
	},
}

// placesOf is no id of a receiver.
const placesOf = "feed"

// Tables returns the tables that webhooks are kept in.
func Tables() []storage.Table { return []storage.Table{receiverTable, deliveryTable} }

// format numbers the documents of both tables; the next one is 2. The first edition
// never looked at it, so that what it would spoil needs another table.
const format = 1

var codec = storage.Codec{Newest: format}

// laneSize is the length of a lane, with which the keys of all deliveries about one order
// begin: of [order.Digest].
const laneSize = 22

// place returns the key of a delivery: text order within a lane is the order of
// sequences, because the number of digits comes first.
func place(lane string, s feed.Sequence) string { return fmt.Sprintf("%s_%02d%s", lane, len(s), s) }

// instant spells a time so that text order is time order: 13 digits of milliseconds.
func instant(t time.Time) string { return fmt.Sprintf("%013d", max(0, t.UnixMilli())) }

// get reads a record into doc. It returns nil when there is none.
func (w *Webhooks) get(ctx context.Context, k storage.Key, doc storage.Document) (*storage.Record, error) {
	r, err := w.config.Store.Get(ctx, k)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &r, codec.Decode(r.Key, r.Doc, doc)
}

// replace commits one write. It reports false when the record isn't old any more.
func (w *Webhooks) replace(ctx context.Context, old, changed *storage.Record) (bool, error) {
	return w.commit(ctx, storage.Write{Old: old, New: changed})
}

// commit is all or nothing. It reports false when a record isn't as expected.
func (w *Webhooks) commit(ctx context.Context, writes ...storage.Write) (bool, error) {
	err := storage.Apply(ctx, w.config.Store, storage.Commit{Writes: writes})
	var conflict *storage.Conflict
	if errors.As(err, &conflict) {
		return false, nil
	}
	return err == nil, err
}
