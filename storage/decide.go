package storage

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Attempts is how often [Decide] has a decision made before it gives up.
const Attempts = 8

// Bounds of the read that finds out what became of a commit. A caller whose time is up
// has little left to tell the outcome: AWS Lambda ends a function half a second later.
const (
	resolveTime = 2 * time.Second
	lateTime    = 250 * time.Millisecond // when the caller's deadline has passed
)

// ErrContended is an [ErrBusy]: each of [Attempts] decisions met a record that
// another writer had changed meanwhile.
var ErrContended error = contended{}

type contended struct{}

func (contended) Error() string {
	return fmt.Sprintf("other writers were faster %d times: try again", Attempts)
}

func (contended) Unwrap() error { return ErrBusy }

// Unresolved is an [ErrUnknown] that is still one after a look at the first
// record which the commit writes.
type Unresolved struct {
	Found *Record // what is there; nil when there is nothing, or it can't be read
	Err   error   // an ErrUnknown, with the error of the read if that failed
}

func (e *Unresolved) Error() string { return e.Err.Error() }

// Unwrap returns the error that was unknown.
func (e *Unresolved) Unwrap() error { return e.Err }

// Decide stores a decision, and has it made anew when a record that it rests on
// was changed meanwhile. The function decide says what to write: it reads what it
// needs, and gets the conflict of the attempt before, nil in the first. A commit
// without writes changes nothing, and ends the work as an error of decide does.
//
// The errors are those of decide, as they are, and of [Apply], but for a conflict,
// which becomes [ErrContended] after [Attempts] decisions.
func Decide(ctx context.Context, s Store, decide func(met *Conflict) (Commit, error)) error {
	var met *Conflict
	for range Attempts {
		c, err := decide(met)
		if err != nil || len(c.Writes) == 0 {
			return err
		}
		switch err := Apply(ctx, s, c); {
		case err == nil:
			return nil
		case !errors.As(err, &met):
			return fmt.Errorf("store a decision: %w", err)
		}
	}
	return fmt.Errorf("store a decision: %w", ErrContended)
}

// Apply commits c under an id of its own, and finds out by reading what became of
// it when the store can't tell. After a success every new record has the Version
// under which it is stored.
//
// The errors are those of [Store], but for [ErrUnknown], which is an [*Unresolved].
func Apply(ctx context.Context, s Store, c Commit) error {
	c.ID = NewCommitID()
	err := s.Commit(ctx, c)
	if errors.Is(err, ErrUnknown) {
		err = resolve(ctx, s, c, err)
	}
	if err != nil {
		return err
	}
	for _, w := range c.Writes {
		if w.New != nil {
			w.New.Version = c.ID
		}
	}
	return nil
}

// resolve reads the first record that c writes. Only the id of c on it is an
// answer. An unchanged record is none, because the commit may still be on its way;
// a record changed by another writer is none, because that may have been after c or
// instead of it; and a deletion leaves nothing to recognize.
//
// The read has a context of its own: an outcome is mostly unknown because the
// caller's has ended.
func resolve(ctx context.Context, s Store, c Commit, unknown error) error {
	limit := resolveTime
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		limit = lateTime
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	for _, w := range c.Writes {
		if w.New == nil {
			continue
		}
		r, err := s.Get(ctx, w.New.Key)
		switch {
		case err == nil && r.Version == c.ID:
			return nil
		case err == nil:
			return &Unresolved{Found: &r, Err: unknown}
		case !errors.Is(err, ErrNotFound):
			unknown = fmt.Errorf("%w (and reading the record: %w)", unknown, err)
		}
		break
	}
	return &Unresolved{Err: unknown}
}
