package notification

import (
	"fmt"
	"time"

	"comanda/feed"
	"comanda/order"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Type names what happened.
type Type string

// The types.
const (
	Placed        Type = "order.placed"
	Edited        Type = "order.edited"
	StatusChanged Type = "order.status_changed"
)

// Types lists every type.
var Types = []Type{Placed, Edited, StatusChanged}

// MaxBody is the most bytes of a notification. A larger one goes out without
// the items of its order, and says so.
const MaxBody = 200 << 10

// Notification is what one event announces.
type Notification struct {
	ID      string // of the event: the same at every delivery
	Type    Type
	UserID  string // of the customer
	OrderID string
	Body    []byte // JSON: type, timestamp and data
}

// body is the JSON of a notification, in the shape that the Standard Webhooks
// specification recommends.
type body struct {
	ID        string `json:"id,omitempty"`
	Type      Type   `json:"type"`
	Timestamp string `json:"timestamp"` // of the change, UTC, in seconds
	Data      data   `json:"data"`
}

type data struct {
	Order          jsontext.Value `json:"order"`
	PreviousStatus order.Status   `json:"previousStatus,omitempty"` // of order.status_changed
	Truncated      bool           `json:"truncated,omitzero"`       // the order's items are left out
}

// Of returns what an event announces, or nil if that is nothing.
func Of(e feed.Event) (*Notification, error) {
	kind := typeOf(e)
	if kind == "" {
		return nil, nil
	}
	text, err := render(e, kind, "")
	if err != nil {
		return nil, err
	}
	return &Notification{ID: e.ID, Type: kind, UserID: e.UserID, OrderID: e.OrderID, Body: text}, nil
}

// fresh is how old an order can be when it is first stored here, for clocks that
// disagree. An older one is a copy.
const fresh = 5 * time.Minute

// typeOf returns what an event is about, "" for nothing that is announced.
func typeOf(e feed.Event) Type {
	before, after := e.Before, e.After
	switch {
	case after == nil:
		return ""
	case before == nil && after.Status == order.Placed && after.Version == 1 && e.Time.Sub(after.OrderTime) < fresh:
		return Placed
	case before == nil:
		return "" // it was placed elsewhere, some time ago, and is copied
	case before.Status != after.Status:
		return StatusChanged
	case after.UpdatedBy.Role == order.Owner && !before.Same(after.Content):
		return Edited // and not erased, which only staff can do
	}
	return ""
}

// render returns the JSON of a notification. The id is in it only where there is
// no other place for it.
func render(e feed.Event, kind Type, id string) ([]byte, error) {
	b := body{ID: id, Type: kind, Timestamp: e.After.UpdatedAt.UTC().Format(time.RFC3339)}
	if kind == StatusChanged {
		b.Data.PreviousStatus = e.Before.Status
	}
	text, err := b.with(*e.After)
	if err != nil || len(text) <= MaxBody {
		return text, err
	}
	shorter := *e.After
	shorter.Items = nil
	b.Data.Truncated = true
	return b.with(shorter)
}

// with returns the JSON of b with an order in it, as far as others may see it.
func (b body) with(o order.Order) ([]byte, error) {
	o.Content, _ = o.WithoutPersonal()
	var err error
	if b.Data.Order, err = o.Render(order.Owner); err != nil {
		return nil, err
	}
	text, err := json.Marshal(&b)
	if err != nil {
		return nil, fmt.Errorf("render a notification: %w", err)
	}
	return text, nil
}
