package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"comanda/storage"
)

// DifferentError says that the destination has another record under a key.
type DifferentError struct{ Key storage.Key }

// Error names the key and what to do.
func (e *DifferentError) Error() string {
	return "the destination has another record under " + Name(e.Key) +
		": nothing was overwritten; copy into an empty destination"
}

// Waits before a record is tried again, which double from the first to the
// longest. Together they are about half a minute, after which a store that still
// is busy needs its owner.
const (
	tries       = 12
	firstPause  = 50 * time.Millisecond
	longestWait = 5 * time.Second
)

// put makes sure that a record is in the destination. A commit whose outcome is unknown is
// simply made again: if it was applied, the record in its way is our own. New
// reports whether this call wrote it, as far as is known.
func (c *copier) put(ctx context.Context, r storage.Record) (written bool, err error) {
	r.Version = ""
	for n := range tries {
		err = c.to.Commit(ctx, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
		conflict, refused := errors.AsType[*storage.Conflict](err)
		switch {
		case err == nil:
			return true, nil
		case refused && conflict.Current != nil && c.keep:
			return false, nil // the comparison at the end says which others are there
		case refused && conflict.Current != nil:
			return false, same(r, *conflict.Current)
		case errors.Is(err, storage.ErrFull):
			return false, fmt.Errorf("copy record %s: %w: make room and run the command again, it goes on", Name(r.Key), err)
		case ctx.Err() != nil || !refused && !errors.Is(err, storage.ErrBusy) && !errors.Is(err, storage.ErrUnknown):
			return false, fmt.Errorf("copy record %s: %w", Name(r.Key), err)
		}
		if err := c.sleep(ctx, min(firstPause<<n, longestWait)); err != nil {
			return false, err
		}
	}
	return false, fmt.Errorf("copy record %s, tried %d times: %w: run the command again later, it goes on", Name(r.Key), tries, err)
}

// same returns a [*DifferentError] unless two records are the same to their readers.
func same(want, got storage.Record) error {
	a, err := parts(want)
	if err != nil {
		return err
	}
	b, err := parts(got)
	if err != nil {
		return err
	}
	if !equalParts(a, b) {
		return &DifferentError{want.Key}
	}
	return nil
}

func equalParts(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }
