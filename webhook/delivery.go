package webhook

import (
	"time"

	"comanda/feed"
	"comanda/notification"
	"comanda/order"
	"comanda/storage"
)

// How long things take.
const (
	lifetime = 24 * time.Hour      // that a delivery is tried
	deadTime = 30 * 24 * time.Hour // that a dead letter is kept
	overlap  = 24 * time.Hour      // that an old secret signs beside a new one
)

// deliveryDoc is the stored form of a delivery.
type deliveryDoc struct {
	storage.Head
	Message  string            `json:"message"` // webhook-id: of the event
	Type     notification.Type `json:"type"`
	UserID   string            `json:"userId"`
	OrderID  string            `json:"orderId"`
	Body     []byte            `json:"body"`    // as it is sent, each time the same bytes
	Created  time.Time         `json:"created"` // the lifetime begins
	Due      time.Time         `json:"due"`     // when it is sent next
	Attempts int               `json:"attempts"`
	Reason   string            `json:"reason,omitempty"` // why the last attempt failed
	Died     time.Time         `json:"died,omitzero"`
}

// delivery is one notification on its way to one receiver.
type delivery struct {
	deliveryDoc
	key    storage.Key
	record *storage.Record // nil: not stored yet
}

// newDelivery returns the delivery of a notification that is due at once.
func newDelivery(receiver string, n notification.Notification, s feed.Sequence, now time.Time) delivery {
	return delivery{
		deliveryDoc: deliveryDoc{
			Head: storage.Head{Format: format}, Message: n.ID, Type: n.Type, UserID: n.UserID, OrderID: n.OrderID, Body: n.Body, Created: now, Due: now,
		},
		key: storage.Key{Table: deliveryTable.Name, Partition: receiver, Sort: place(order.Digest(n.UserID, n.OrderID), s)},
	}
}

func readDelivery(r storage.Record) (delivery, error) {
	d := delivery{key: r.Key, record: &r}
	return d, codec.Decode(r.Key, r.Doc, &d.deliveryDoc)
}

// laneOf returns what the keys of all deliveries about the order begin with.
func laneOf(k storage.Key) string { return k.Sort[:min(laneSize, len(k.Sort))] }

// expired reports whether it was tried for long enough.
func (d delivery) expired(now time.Time) bool { return !now.Before(d.Created.Add(lifetime)) }

// encode returns the record, with its places in the indexes.
func (d delivery) encode() (*storage.Record, error) {
	r, err := codec.Encode(d.key, &d.deliveryDoc)
	at := func(t time.Time) storage.IndexKey {
		return storage.IndexKey{Partition: d.key.Partition, Sort: instant(t) + "_" + d.key.Sort}
	}
	if d.Died.IsZero() {
		r.Index = map[string]storage.IndexKey{byLane: {Partition: d.key.Partition, Sort: d.key.Sort}, byDue: at(d.Due)}
	} else {
		r.Index = map[string]storage.IndexKey{byDead: at(d.Died)}
	}
	return &r, err
}

// failed returns d after a failed attempt, due again after a pause or, at the end
// of its lifetime, dead.
func (d delivery) failed(reason string, now time.Time, pause time.Duration) delivery {
	d.Attempts++
	d.Reason = reason
	if d.expired(now) {
		return d.dead(reason, now)
	}
	d.Due = now.Add(pause)
	return d
}

// dead returns d as a dead letter.
func (d delivery) dead(reason string, now time.Time) delivery {
	d.Reason, d.Died = reason, now
	return d
}

// again returns a dead letter as a delivery that is due, with a lifetime before it.
func (d delivery) again(now time.Time) delivery {
	d.Died, d.Created, d.Due, d.Attempts = time.Time{}, now, now, 0
	return d
}
