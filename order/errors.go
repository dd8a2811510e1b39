package order

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrNotFound says that the customer has no order with this id.
	ErrNotFound = errors.New("order not found")

	// ErrReused says that the order id, or the idempotency key, was used before
	// for an order with other content.
	ErrReused = errors.New("the order id or idempotency key was already used for an order with other content: use a new one")

	// ErrPrecondition says that the order's version isn't one that the caller
	// made a condition.
	ErrPrecondition = errors.New("the order was changed since: read it again, and send its ETag in If-Match")
)

// StatusError says that an order's status doesn't allow what was asked.
type StatusError struct {
	Action string   // what was asked: "edited", "canceled", "set to DELIVERED"
	Status Status   // what the order is
	Open   []Status // in which statuses it would be allowed, or which steps are open
	Steps  bool     // Open holds steps
}

func (e *StatusError) Error() string {
	open := make([]string, len(e.Open))
	for i, s := range e.Open {
		open[i] = string(s)
	}
	switch {
	case e.Steps && len(open) == 0:
		return fmt.Sprintf("the order is %s and can't be %s: no step is open", e.Status, e.Action)
	case e.Steps:
		return fmt.Sprintf("the order is %s and can't be %s: open steps are %s", e.Status, e.Action, strings.Join(open, ", "))
	default:
		return fmt.Sprintf("the order is %s and can't be %s: that is possible only while it is %s", e.Status, e.Action, strings.Join(open, ", "))
	}
}

// TooOldError says that an order is too old to be canceled by its owner.
type TooOldError struct {
	Age, Limit time.Duration
}

func (e *TooOldError) Error() string {
	return fmt.Sprintf("the order was placed %s ago and can't be canceled: that is possible for %s", e.Age.Truncate(time.Second), e.Limit)
}

// CourierError says that a dispatched order is with another courier.
type CourierError struct {
	Status Status
}

func (e *CourierError) Error() string {
	return fmt.Sprintf("the order is %s with another courier already", e.Status)
}

// UnreadableError says that a stored order can't be read: other software wrote
// it, or a later release, or something has damaged it. It is nothing that a caller can help.
type UnreadableError struct {
	OrderID string
	Err     error // what is wrong with the document
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("stored order %.64q can't be read: %v", e.OrderID, e.Err)
}

// Unwrap returns what is wrong with the document.
func (e *UnreadableError) Unwrap() error { return e.Err }
