package feed

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"comanda/order"
	"comanda/storage"
)

// Sequence is the place of a change in its shard: a decimal number of up to 40
// digits, without leading zeros. "" is the place before the first change.
type Sequence string

// Compare returns -1, 0 or 1 as s comes before o, is o, or comes after it.
func (s Sequence) Compare(o Sequence) int {
	return cmp.Or(cmp.Compare(len(s), len(o)), strings.Compare(string(s), string(o)))
}

// Change is one record of a shard as the store's feed has it.
type Change struct {
	Sequence Sequence
	storage.Change
	Err error // why the record can't be read, and may lack everything but its sequence; nil: it can
}

// Event is one committed change of an order.
type Event struct {
	ID       string // of the change: the same at every delivery
	Sequence Sequence
	Time     time.Time // when it was committed, to the millisecond (on a stream: to the second)
	UserID   string
	OrderID  string
	Before   *order.Order // nil: there was none
	After    *order.Order // nil: there is none any more
}

// Read returns the event of a change. The error says why it can't be read as an
// order's, without what is in it; see [Newer].
func Read(c Change) (Event, error) {
	e := Event{ID: c.ID, Sequence: c.Sequence, Time: c.Time, UserID: c.Key.Partition, OrderID: c.Key.Sort}
	if c.Err != nil {
		return e, c.Err
	}
	var err error
	if e.Before, err = image(c.Key, c.Before); err != nil {
		return e, fmt.Errorf("the order before the change: %w", err)
	}
	if e.After, err = image(c.Key, c.After); err != nil {
		return e, fmt.Errorf("the order after the change: %w", err)
	}
	return e, nil
}

// Newer reports whether err says that a later release wrote what can't be read. Such
// a change is no dead letter: it waits for this process to be upgraded.
func Newer(err error) bool {
	_, newer := errors.AsType[*storage.NewerError](err)
	return newer
}

func image(k storage.Key, doc []byte) (*order.Order, error) {
	if doc == nil {
		return nil, nil
	}
	o, err := order.DecodeDoc(k, doc)
	if err != nil {
		return nil, err
	}
	return &o, nil
}
