package client

import (
	"strconv"
	"time"

	"comanda/order"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Sent is in everything that a server answers: the text that it was read from.
type Sent struct{ text jsontext.Value }

// JSON returns the text of the value as the server sent it, to the byte: with what
// this release of the package doesn't know, too. It is nil on a value that was made
// here.
func (s Sent) JSON() []byte { return s.text }

// read reads a value and keeps its text. into is the value without methods of its own.
func (s *Sent) read(dec *jsontext.Decoder, into any) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	text := v.Clone()
	if err := json.Unmarshal(text, into); err != nil {
		return err
	}
	s.text = text
	return nil
}

// Placement is an order to be placed: what is asked for, and its name.
type Placement struct {
	// OrderID is unique among the customer's orders. Placing it again with the same
	// content gives the first answer again. "": Place makes one, before it
	// sends anything, so that its own repetitions place one order.
	OrderID string `json:"orderId,omitempty"`

	// Key is an Idempotency-Key, which stands for an OrderID when that is "": for
	// programs that have one from their own callers.
	Key string `json:"-"`

	order.Content
}

// Order is an order, as a customer or as staff may see it.
type Order struct {
	OrderID       string       `json:"orderId"`
	UserID        string       `json:"userId"` // of the customer
	order.Content              // what was asked for
	Status        order.Status `json:"status"`
	OrderTime     time.Time    `json:"orderTime"` // when it was placed
	UpdatedAt     time.Time    `json:"updatedAt"`
	Version       int          `json:"version"` // 1, and one more with each change: name it in a change to make sure that nothing came between
	Flags         []string     `json:"flags,omitempty"`
	History       []Transition `json:"history"` // changes of status, oldest first

	// Replayed says, after Place, that the order had been placed before, and that this is the
	// answer that was given then, whatever became of it since.
	Replayed bool `json:"-"`

	Sent `json:"-"`
}

// Transition is a change of an order's status.
type Transition struct {
	Status order.Status `json:"status"`
	At     time.Time    `json:"at"`
	By     string       `json:"by"` // owner or staff; for staff, the id of who did it
	Reason string       `json:"reason,omitempty"`
}

// TotalDiffers is the flag of an order whose total isn't the sum of its items, on
// servers that flag it.
const TotalDiffers = "total-differs"

// ETag returns the order's entity tag, for a header of [Client.Do].
func (o Order) ETag() string { return etag(o.Version) }

// UnmarshalJSONFrom reads an order and keeps its text.
func (o *Order) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain Order
	*o = Order{}
	return o.read(dec, (*plain)(o))
}

// OrderPage is a part of a list of orders.
type OrderPage struct {
	Orders    []Order `json:"orders"`
	NextToken string  `json:"nextToken,omitempty"` // "": there is no more
}

// CustomerPage is a part of the list of a customer's orders.
type CustomerPage struct {
	User User `json:"user"` // the customer
	OrderPage
}

// AnyVersion makes a change whatever version there is. A change with it isn't
// sent again when no answer came, because another caller's may be in between.
const AnyVersion = 0

// etag returns the entity tag of a version; what isn't stored has none.
func etag(version int) string {
	if version == AnyVersion {
		return ""
	}
	return strconv.Quote(strconv.Itoa(version))
}
