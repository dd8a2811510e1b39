package storage

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound says that there is no record under the key.
	ErrNotFound = errors.New("record not found")

	// ErrBusy says that nothing was applied and that a later try may succeed:
	// the store is throttled, overloaded or shutting down.
	ErrBusy = errors.New("store is busy")

	// ErrFull is an [ErrBusy] that doesn't end by waiting: the store has no room for
	// what is written, until the operator makes some. Reads go on.
	ErrFull error = full{}

	// ErrUnknown says that the commit was either applied entirely or not at
	// all, and that the store can't tell which. Read a written record and
	// compare its Version with the commit's ID.
	ErrUnknown = errors.New("outcome of the commit is unknown")

	// ErrCursor says that a cursor was not made by this engine for this query.
	ErrCursor = errors.New("cursor is not valid")
)

type full struct{}

func (full) Error() string { return "store is full" }
func (full) Unwrap() error { return ErrBusy }

// Conflict says that a commit was refused because a record was not as the
// commit expected. Nothing was applied.
type Conflict struct {
	Key     Key
	Current *Record // the record in the way; nil when there is none under Key
}

// Error names the table, and never the key: keys hold ids of people.
func (c *Conflict) Error() string {
	if c.Current == nil {
		return fmt.Sprintf("conflict in %s: the record is gone", c.Key.Table)
	}
	return fmt.Sprintf("conflict in %s: the record was changed by another commit", c.Key.Table)
}

// LimitError says that a commit exceeds what every engine accepts. Nothing was
// sent.
type LimitError struct {
	What       string // what is too large, with its unit: "document in bytes"
	Got, Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: %d is over the limit of %d", e.What, e.Got, e.Limit)
}
