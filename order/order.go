package order

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Status is where an order stands.
type Status string

// The statuses, in the order of an order's life.
const (
	Placed       Status = "PLACED"
	Acknowledged Status = "ACKNOWLEDGED"
	Dispatched   Status = "DISPATCHED"
	Delivered    Status = "DELIVERED"
	Canceled     Status = "CANCELED"
)

// Statuses lists every status.
var Statuses = []Status{Placed, Acknowledged, Dispatched, Delivered, Canceled}

// Open reports whether a restaurant still has work to do for an order.
func (s Status) Open() bool { return s == Placed || s == Acknowledged || s == Dispatched }

// Item is one line of an order.
type Item struct {
	ID       ID             `json:"id"` // of the product, within the restaurant
	Name     string         `json:"name"`
	Price    Money          `json:"price"` // of one
	Quantity int            `json:"quantity"`
	Rest     jsontext.Value `json:",embed"` // as in [storage.Head]: stored, and in no answer
}

// Courier delivers an order.
type Courier struct {
	ID   ID             `json:"id"`
	Name string         `json:"name"`
	Rest jsontext.Value `json:",embed"` // as in [Item]
}

// Content is what a customer says about an order, and nothing else. Its members
// are those of documents, requests and answers.
type Content struct {
	Restaurant ID       `json:"restaurantId"`
	Items      []Item   `json:"orderItems"`
	Total      Money    `json:"totalAmount"` // as sent: fees and discounts aren't modelled
	Delivery   *Courier `json:"delivery,omitzero"`
	Note       string   `json:"note,omitempty"`
	Address    string   `json:"deliveryAddress,omitempty"`
}

// Same reports whether two contents ask for the same: ids are compared by their
// text, amounts by their value.
func (c Content) Same(o Content) bool {
	if !c.Restaurant.Same(o.Restaurant) || c.Total != o.Total || c.Note != o.Note || c.Address != o.Address ||
		len(c.Items) != len(o.Items) || !sameCourier(c.Delivery, o.Delivery) {
		return false
	}
	for i, item := range c.Items {
		other := o.Items[i]
		if !item.ID.Same(other.ID) || item.Name != other.Name || item.Price != other.Price || item.Quantity != other.Quantity {
			return false
		}
	}
	return true
}

// has reports whether a text is in the order already, whatever it is there.
func (o Order) has(text string) bool {
	for _, item := range o.Items {
		if item.Name == text {
			return true
		}
	}
	for _, t := range o.History {
		if t.Reason == text {
			return true
		}
	}
	return o.Note == text || o.Address == text || o.Delivery != nil && o.Delivery.Name == text
}

func sameCourier(a, b *Courier) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ID.Same(b.ID) && a.Name == b.Name
}

// WithoutPersonal returns c without what may tell where its customer lives or who
// they are, and whether there was any of it.
func (c Content) WithoutPersonal() (Content, bool) {
	found := c.Note+c.Address != ""
	c.Note, c.Address = "", ""
	return c, found
}

// known returns c without members of items and courier that this release doesn't know.
func (c Content) known() Content {
	if slices.ContainsFunc(c.Items, func(i Item) bool { return i.Rest != nil }) {
		c.Items = slices.Clone(c.Items)
		for i := range c.Items {
			c.Items[i].Rest = nil
		}
	}
	if c.Delivery != nil && c.Delivery.Rest != nil {
		c.Delivery = &Courier{ID: c.Delivery.ID, Name: c.Delivery.Name}
	}
	return c
}

// Subtotal returns the sum of price x quantity over the items.
func (c Content) Subtotal() (Money, error) {
	var sum Money
	for _, item := range c.Items {
		line, err := item.Price.Times(item.Quantity)
		if err != nil {
			return 0, err
		}
		if sum, err = sum.Plus(line); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// Role says in which part a person acts on an order.
type Role string

// The roles. Customers see these words where staff see an id.
const (
	Owner Role = "owner"
	Staff Role = "staff"
)

// Actor is who asks for a change.
type Actor struct {
	ID   string // of the principal
	Role Role
}

// Transition is one change of status.
type Transition struct {
	Status Status
	At     time.Time
	By     Actor
	Reason string

	rest jsontext.Value // as in [Item]
}

// Order is an order as it stands after its latest change.
type Order struct {
	UserID  string // of the customer, who owns it
	OrderID string // unique per customer
	Content
	Status    Status
	Version   int       // 1 when placed, one more with each change
	OrderTime time.Time // when it was placed, UTC, to the millisecond
	UpdatedAt time.Time // when it was changed last, likewise
	UpdatedBy Actor     // who changed it last
	History   []Transition
	Flagged   bool // the total differed from the sum of the items when it was placed or edited

	// placement is what was placed, once the content is something else.
	placement *placement
	renderer  int            // number of the renderer of the first answer
	rest      jsontext.Value // members of the document that this release doesn't know
}

// placement is what the first answer is made of beside the ids and the time.
type placement struct {
	Content
	Flagged bool           `json:"flagged,omitzero"`
	Rest    jsontext.Value `json:",embed"` // as in [Item]
}

// placed returns the order's placement.
func (o Order) placed() placement {
	if o.placement != nil {
		return *o.placement
	}
	return placement{Content: o.Content, Flagged: o.Flagged}
}
