package order

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"comanda/payload"
)

// CancelWindow is how long after placing it an owner can cancel an order.
const CancelWindow = 10 * time.Minute

// steps lists where staff can take an order from each status.
var steps = map[Status][]Status{
	Placed:       {Acknowledged, Canceled},
	Acknowledged: {Dispatched, Canceled},
	Dispatched:   {Delivered, Canceled},
}

// ParseStatus returns the status of this name, or an error that lists the names.
func ParseStatus(s string) (Status, error) {
	if slices.Contains(Statuses, Status(s)) {
		return Status(s), nil
	}
	return "", fmt.Errorf("%s is no status: use one of %s", payload.Show(s), strings.Join(names(Statuses), ", "))
}

func names(statuses []Status) (names []string) {
	for _, s := range statuses {
		names = append(names, string(s))
	}
	return names
}

// Place returns the order that a customer gets for a placement.
func Place(userID, orderID string, c Content, policy TotalPolicy, now time.Time) Order {
	now = instant(now)
	return Order{
		UserID: userID, OrderID: orderID, Content: c,
		Status: Placed, Version: 1, OrderTime: now, UpdatedAt: now, UpdatedBy: Actor{userID, Owner},
		Flagged: flagged(c, policy), renderer: currentRenderer,
	}
}

// Repeats reports whether placing c again is a repetition of the placement that
// made o, whatever happened to o since.
func (o Order) Repeats(c Content) bool { return o.placed().Same(c) }

// Edit returns the order with new content. It is allowed to the owner while the
// order is PLACED; otherwise the error is a [*StatusError]. The same content again
// changes nothing.
func (o Order) Edit(c Content, policy TotalPolicy, now time.Time) (Order, error) {
	if o.Status != Placed {
		return o, &StatusError{Action: "edited", Status: o.Status, Open: []Status{Placed}}
	}
	if o.Content.Same(c) {
		return o, nil
	}
	n := o.changed(Actor{o.UserID, Owner}, now)
	n.setContent(c, flagged(c, policy))
	return n, nil
}

// Cancel returns the order canceled by its owner, who can do so while it is
// PLACED (else [*StatusError]) and younger than [CancelWindow] (else
// [*TooOldError]). A canceled order stays as it is. An order time in the future, from
// a clock that went back, counts as age 0.
func (o Order) Cancel(now time.Time) (Order, error) {
	if o.Status == Canceled {
		return o, nil
	}
	if o.Status != Placed {
		return o, &StatusError{Action: "canceled", Status: o.Status, Open: []Status{Placed}}
	}
	if age := max(0, instant(now).Sub(o.OrderTime)); age >= CancelWindow {
		return o, &TooOldError{Age: age, Limit: CancelWindow}
	}
	return o.moved(Canceled, Actor{o.UserID, Owner}, "", now), nil
}

// Advance returns the order after a step by staff: acknowledge, dispatch,
// deliver, or cancel before it is delivered. A step that isn't open is a
// [*StatusError] that names the open ones. Repeating the step that led to the
// current status changes nothing.
func (o Order) Advance(s Step, by Actor, now time.Time) (Order, error) {
	if o.Status == s.Status {
		if s.Delivery != nil && !sameCourier(s.Delivery, o.Delivery) {
			return o, &CourierError{Status: o.Status}
		}
		return o, nil
	}
	if !slices.Contains(steps[o.Status], s.Status) {
		return o, &StatusError{Action: "set to " + string(s.Status), Status: o.Status, Open: steps[o.Status], Steps: true}
	}
	n := o.moved(s.Status, by, s.Reason, now)
	if s.Delivery != nil {
		c := n.Content
		c.Delivery = s.Delivery
		n.setContent(c, n.Flagged)
	}
	return n, nil
}

// Erase returns the order without [Content.WithoutPersonal]'s note and address, of
// the content and of what was placed. Amounts and items stay, because the business
// needs them. Without either it changes nothing.
func (o Order) Erase(by Actor, now time.Time) Order {
	c, found := o.WithoutPersonal()
	p := o.placed()
	placed, inPlaced := p.WithoutPersonal()
	if !found && !inPlaced {
		return o
	}
	n := o.changed(by, now)
	n.Content = c
	if n.placement != nil {
		p.Content = placed
		n.placement = &p
	}
	return n
}

// changed returns o one version later.
func (o Order) changed(by Actor, now time.Time) Order {
	o.Version++
	o.UpdatedAt, o.UpdatedBy = instant(now), by
	o.History = slices.Clip(o.History)
	return o
}

func (o Order) moved(to Status, by Actor, reason string, now time.Time) Order {
	n := o.changed(by, now)
	n.Status = to
	n.History = append(n.History, Transition{Status: to, At: n.UpdatedAt, By: by, Reason: reason})
	return n
}

// setContent replaces the content and keeps what was placed beside it, also
// when both ask for the same again: the first answer has the placed spelling.
func (o *Order) setContent(c Content, isFlagged bool) {
	p := o.placed()
	o.Content, o.Flagged, o.placement = c, isFlagged, &p
}

func flagged(c Content, policy TotalPolicy) bool {
	if policy != FlagTotal {
		return false
	}
	sum, err := c.Subtotal()
	return err != nil || sum != c.Total
}

// instant is a time as orders keep it.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
