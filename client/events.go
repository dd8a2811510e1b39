package client

import (
	"cmp"
	"fmt"
	"time"

	"comanda/notification"
	"comanda/order"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tmaxmax/go-sse"
)

// Event is what happened to an order that the user may see.
type Event struct {
	ID             string            // its place: Events goes on after it
	Type           notification.Type // what happened, or Reset
	Timestamp      time.Time
	Order          Order        // after it, without note and delivery address
	PreviousStatus order.Status // with notification.StatusChanged
	Truncated      bool         // the order's items were left out: get the order

	Sent
}

// Reset is the type of an event that says that events were missed, or that what
// the user knows of an order may no longer be so: read the lists again.
const Reset notification.Type = "reset"

// UnmarshalJSONFrom reads what an event carries, and keeps the text.
func (e *Event) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var body struct {
		Type      notification.Type `json:"type"`
		Timestamp time.Time         `json:"timestamp"`
		Data      struct {
			Order          Order        `json:"order"`
			PreviousStatus order.Status `json:"previousStatus"`
			Truncated      bool         `json:"truncated"`
		} `json:"data"`
	}
	if err := e.read(dec, &body); err != nil {
		return err
	}
	e.Type, e.Timestamp, e.Order = body.Type, body.Timestamp, body.Data.Order
	e.PreviousStatus, e.Truncated = body.Data.PreviousStatus, body.Data.Truncated
	return nil
}

// readEvent reads what a message of the stream says.
func readEvent(m sse.Event) (Event, error) {
	var e Event
	err := json.Unmarshal([]byte(m.Data), &e)
	if err != nil {
		err = fmt.Errorf("read event %s: %w", m.LastEventID, err)
	}
	e.ID, e.Type = m.LastEventID, cmp.Or(notification.Type(m.Type), e.Type)
	return e, err
}
