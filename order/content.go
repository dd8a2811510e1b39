package order

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"comanda/payload"
)

// Limits of what a customer may send.
const (
	MaxItems    = 100
	MaxQuantity = 10_000
	MaxName     = 200 // characters of an item's or a courier's name
	MaxText     = 500 // characters of a note or an address
	MaxReason   = 200 // characters
	MaxPrice    = 1_000_000 * Unit
	MaxTotal    = 100_000_000 * Unit
)

// TotalPolicy says what to do about a total that isn't the sum of the items.
type TotalPolicy string

// The policies. A total often differs on purpose, by fees and discounts that
// aren't modelled, so Accept is the default.
const (
	AcceptTotal TotalPolicy = "accept" // keep it as sent
	FlagTotal   TotalPolicy = "flag"   // keep it, and say so in the order's flags
	RejectTotal TotalPolicy = "reject" // refuse the order
)

// Placement is a request to place an order.
type Placement struct {
	OrderID string // "" when the body has none
	Content Content
}

// decided are the members of an answer that the service decides. A client may send
// an answer back as it came; they aren't looked at.
var decided = []string{"orderId", "userId", "status", "orderTime", "updatedAt", "version", "flags", "history"}

// ReadPlacement reads the body of a request to place an order. What breaks a
// rule is reported on the values themselves; the result counts only when
// nothing was. Members that the service decides (status, orderTime, userId, …) and
// unknown ones aren't looked at.
func ReadPlacement(body *payload.Value, policy TotalPolicy) Placement {
	var p Placement
	if !body.Object() {
		return p
	}
	if v, ok := body.Optional("orderId"); ok {
		p.OrderID = readOrderID(v)
	}
	p.Content = readContent(body, policy)
	return p
}

// ReadContent reads the body of a request to edit an order: the whole new
// content. An orderId in it isn't looked at, because the path names the order.
func ReadContent(body *payload.Value, policy TotalPolicy) Content {
	if !body.Object() {
		return Content{}
	}
	return readContent(body, policy)
}

// Step is a request by staff to change an order's status. Its JSON is the body
// of that request.
type Step struct {
	Status   Status   `json:"status"`
	Delivery *Courier `json:"delivery,omitempty"` // with Dispatched only
	Reason   string   `json:"reason,omitempty"`
}

// ReadStep reads the body of a request to change an order's status.
func ReadStep(body *payload.Value) Step {
	var s Step
	if !body.Object() {
		return s
	}
	if v, ok := body.Required("status"); ok {
		s.Status = readStatus(v)
	}
	if v, ok := body.Optional("delivery"); ok {
		s.Delivery = readCourier(v)
		if s.Status != "" && s.Status != Dispatched {
			v.Reject("is allowed only with status %s", Dispatched)
		}
	}
	if v, ok := body.Optional("reason"); ok {
		s.Reason = readText(v, 0, MaxReason, (*payload.Value).Line)
	}
	return s
}

func readContent(body *payload.Value, policy TotalPolicy) Content {
	var c Content
	body.Skip(decided...)
	if v, ok := body.Required("restaurantId"); ok {
		c.Restaurant = readID(v)
	}
	if v, ok := body.Required("orderItems"); ok {
		c.Items = readItems(v)
	}
	total, ok := body.Required("totalAmount")
	if ok {
		c.Total = readMoney(total, MaxTotal)
		checkTotal(total, c, policy)
	}
	if v, ok := body.Optional("delivery"); ok {
		c.Delivery = readCourier(v)
	}
	if v, ok := body.Optional("note"); ok {
		c.Note = readText(v, 0, MaxText, (*payload.Value).Lines)
	}
	if v, ok := body.Optional("deliveryAddress"); ok {
		c.Address = readText(v, 0, MaxText, (*payload.Value).Lines)
	}
	return c
}

func checkTotal(v *payload.Value, c Content, policy TotalPolicy) {
	if policy != RejectTotal || !v.Clean() { // a sum of wrong items would mislead
		return
	}
	if sum, err := c.Subtotal(); err == nil && sum != c.Total {
		v.Reject("is %s, but the items sum up to %s", c.Total, sum)
	}
}

func readItems(v *payload.Value) []Item {
	values, ok := v.Array()
	if !ok {
		return nil
	}
	if n := len(values); n < 1 || n > MaxItems {
		v.Reject("must have 1 to %d items, not %d", MaxItems, n)
		return nil
	}
	items := make([]Item, len(values))
	for i, value := range values {
		items[i] = readItem(value)
	}
	return items
}

func readItem(v *payload.Value) Item {
	item := Item{Quantity: 1}
	if !v.Object() {
		return item
	}
	if id, ok := v.Required("id"); ok {
		item.ID = readID(id)
	}
	if name, ok := v.Required("name"); ok {
		item.Name = readText(name, 1, MaxName, (*payload.Value).Name)
	}
	if price, ok := v.Required("price"); ok {
		item.Price = readMoney(price, MaxPrice)
	}
	if quantity, ok := v.Optional("quantity"); ok {
		item.Quantity = readQuantity(quantity)
	}
	return item
}

func readCourier(v *payload.Value) *Courier {
	var c Courier
	if !v.Object() {
		return nil
	}
	if id, ok := v.Required("id"); ok {
		c.ID = readID(id)
	}
	if name, ok := v.Required("name"); ok {
		c.Name = readText(name, 1, MaxName, (*payload.Value).Name)
	}
	return &c
}

func readID(v *payload.Value) ID {
	s, isNumber, ok := v.Scalar()
	if !ok {
		return ID{}
	}
	id, err := ParseID(s, isNumber)
	if err != nil {
		if isNumber {
			v.Reject("%s %v", shown(s), err)
		} else {
			v.Reject("%s %v", payload.Show(s), err)
		}
	}
	return id
}

func readOrderID(v *payload.Value) string {
	s, ok := v.Text()
	if ok && !ValidOrderID(s) {
		v.Reject("%s must be 1 to %d characters of A-Z a-z 0-9 _ -", payload.Show(s), MaxID)
	}
	return s
}

func readStatus(v *payload.Value) Status {
	s, ok := v.Text()
	if !ok {
		return ""
	}
	status, err := ParseStatus(s)
	if err != nil {
		v.Reject("%v", err)
	}
	return status
}

// readText returns the text that read takes from v, if it has so many characters.
func readText(v *payload.Value, least, most int, read func(*payload.Value) (string, bool)) string {
	s, ok := read(v)
	if n := utf8.RuneCountInString(s); ok && (n < least || n > most) {
		v.Reject("must have %d to %d characters, not %d", least, most, n)
	}
	return s
}

func readMoney(v *payload.Value, most Money) Money {
	s, ok := v.Number()
	if !ok {
		return 0
	}
	m, err := ParseMoney(s)
	switch {
	case errors.Is(err, errMoney) || err == nil && (m < 0 || m > most):
		v.Reject("must be 0 to %s, not %s", most, shown(s))
	case err != nil:
		v.Reject("%s %v", shown(s), err)
	}
	return m
}

// readQuantity accepts what equals a whole number, as JSON Schema does: 2.0 is 2.
func readQuantity(v *payload.Value) int {
	s, ok := v.Number()
	if !ok {
		return 0
	}
	m, err := ParseMoney(s)
	if err != nil || m%Unit != 0 || m < Unit || m > MaxQuantity*Unit {
		v.Reject("must be a whole number from 1 to %d, not %s", MaxQuantity, shown(s))
		return 0
	}
	return int(m / Unit)
}

// shown returns a number as the sender spelled it, cut if it is very long.
func shown(number string) string {
	if len(number) > 40 {
		return number[:40] + "… (" + strconv.Itoa(len(number)) + " digits)"
	}
	return number
}
