package user

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"comanda/payload"
	"comanda/storage"

	"github.com/google/uuid"
)

// maxAttempts is how often a change is decided again because another writer was
// faster.
const maxAttempts = 8

// Service creates, reads and changes profiles in a store. Its errors are the
// package's own, or storage's.
type Service struct {
	store storage.Store
	now   func() time.Time
	terms payload.Terms // of the request, see Under

	unreadable func(context.Context, *UnreadableError) // of what lists leave out
}

// NewService returns a service on a store that has [Table] and [Claims].
func NewService(store storage.Store, now func() time.Time) *Service {
	return &Service{store: store, now: now, unreadable: func(context.Context, *UnreadableError) {}}
}

// ReportUnreadable names the function that is told of each stored profile that a
// list left out because it can't be read. It must be called before the service is used.
func (s *Service) ReportUnreadable(report func(context.Context, *UnreadableError)) {
	s.unreadable = report
}

// Under returns the service for one request, which keeps its terms. A change
// that they exclude is [ErrPrecondition], one that they object to a [*payload.Invalid]. What only
// repeats what is there is answered all the same, however strict rules have become since.
func (s *Service) Under(t payload.Terms) *Service {
	under := *s
	under.terms = t
	return &under
}

// keySpace separates ids made from idempotency keys from every other name-based UUID.
var keySpace = uuid.MustParse("0f4c0c63-2d2c-4b8e-8d43-0b6a9d9b7c55")

// Create stores a new profile on behalf of the caller by. Under an idempotency
// key ("" for none) a repetition returns the first answer again, with replayed
// true, and other content is [ErrReused]. A taken id is [ErrExists], a taken address or
// username a [*TakenError].
func (s *Service) Create(ctx context.Context, by string, c Creation, key string) (p Profile, replayed bool, err error) {
	p = Profile{ID: c.ID, Content: c.Content, CreatedAt: s.instant(), Version: 1}
	p.UpdatedAt = p.CreatedAt
	if key != "" {
		p.key = digest(by, key)
	}
	switch {
	case p.ID == "" && key != "":
		p.ID = uuid.NewSHA1(keySpace, []byte(p.key)).String()
	case p.ID == "":
		id, err := uuid.NewV7()
		if err != nil {
			return Profile{}, false, fmt.Errorf("make a user id: %w", err)
		}
		p.ID = id.String()
	}
	for range maxAttempts {
		old, err := s.read(ctx, p.ID)
		if err == nil {
			first, err := repeated(old.profile, p)
			return first, err == nil, err
		}
		if !errors.Is(err, ErrNotFound) {
			return Profile{}, false, err
		}
		if err := s.terms.Objection.Err(nil); err != nil {
			return Profile{}, false, err
		}
		switch stored, err := s.commit(ctx, nil, p); {
		case err != nil:
			return Profile{}, false, fmt.Errorf("create user: %w", err)
		case stored:
			return p, false, nil
		}
	}
	return Profile{}, false, fmt.Errorf("create user: %w", ErrContended)
}

// repeated returns the first answer to the request that created old, if p is a
// repetition of it.
func repeated(old, p Profile) (Profile, error) {
	switch {
	case p.key == "" || old.key != p.key || old.deleted:
		return Profile{}, ErrExists
	case old.createdWith() != p.Content:
		return Profile{}, ErrReused
	}
	return old.firstAnswer(), nil
}

// Get returns a profile, or [ErrNotFound].
func (s *Service) Get(ctx context.Context, id string) (Profile, error) {
	r, err := s.read(ctx, id)
	if err == nil && r.profile.deleted {
		err = ErrNotFound
	}
	return r.profile, err
}

// Put creates a profile, or replaces its content. match lists the versions on which the
// caller insists; nil means any.
func (s *Service) Put(ctx context.Context, id string, c Content, match []int) (Profile, error) {
	return s.change(ctx, id, match, func(p Profile, exists bool) (Profile, error) {
		if !exists {
			return Profile{ID: id, Content: c, CreatedAt: s.instant(), UpdatedAt: s.instant(), Version: 1}, nil
		}
		return p.put(c, s.instant()), nil
	})
}

// Patch changes parts of a profile, or is [ErrNotFound].
func (s *Service) Patch(ctx context.Context, id string, patch Patch, match []int) (Profile, error) {
	return s.change(ctx, id, match, func(p Profile, exists bool) (Profile, error) {
		if !exists || p.deleted {
			return p, ErrNotFound
		}
		return p.put(patch.apply(p.Content), s.instant()), nil
	})
}

// Delete removes a profile and releases its claims, or is [ErrNotFound].
// Deleting a deleted one changes nothing.
func (s *Service) Delete(ctx context.Context, id string, match []int) error {
	_, err := s.change(ctx, id, match, func(p Profile, exists bool) (Profile, error) {
		switch {
		case !exists:
			return p, ErrNotFound
		case p.deleted:
			return p, nil
		}
		return p.tombstone(s.instant()), nil
	})
	return err
}

// stored is a profile with the record that it was read from.
type stored struct {
	profile Profile
	record  storage.Record
}

func (s *Service) read(ctx context.Context, id string) (stored, error) {
	if !ValidID(id) {
		return stored{}, ErrNotFound
	}
	r, err := s.store.Get(ctx, keyOf(id))
	if errors.Is(err, storage.ErrNotFound) {
		return stored{}, ErrNotFound
	}
	if err != nil {
		return stored{}, fmt.Errorf("read user: %w", err)
	}
	p, err := decode(r)
	return stored{p, r}, err
}

// change reads a profile, lets decide say what becomes of it, and stores that
// with its claims on the condition that nothing of it was changed meanwhile.
func (s *Service) change(ctx context.Context, id string, match []int, decide func(p Profile, exists bool) (Profile, error)) (Profile, error) {
	for range maxAttempts {
		var old *stored
		r, err := s.read(ctx, id)
		switch {
		case err == nil:
			old = &r
		case !errors.Is(err, ErrNotFound):
			return Profile{}, err
		}
		p, err := decide(r.profile, old != nil)
		if err != nil {
			return Profile{}, err
		}
		if match != nil && !r.profile.matches(match) || s.terms.Excludes(r.profile.current()) {
			return Profile{}, ErrPrecondition
		}
		if old != nil && p.Version == r.profile.Version {
			return p, nil
		}
		if err := s.terms.Objection.Err(r.profile.has); err != nil {
			return Profile{}, err
		}
		switch stored, err := s.commit(ctx, old, p); {
		case err != nil:
			return Profile{}, fmt.Errorf("change user: %w", err)
		case stored:
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("change user: %w", ErrContended)
}

// commit stores p and its claims in the place of old's. It returns false when
// something was changed meanwhile and the change is to be decided again.
func (s *Service) commit(ctx context.Context, old *stored, p Profile) (bool, error) {
	record, err := encode(p)
	if err != nil {
		return false, err
	}
	c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: record}}}
	var had []claim
	if old != nil {
		c.Writes[0].Old = &old.record
		if !old.profile.foreign {
			had = claims(old.profile.Content)
		}
	}
	gained, writes, err := s.exchange(ctx, had, claims(p.Content), p.ID)
	if err != nil {
		return false, err
	}
	c.Writes = append(c.Writes, writes...)
	err = s.store.Commit(ctx, c)
	var conflict *storage.Conflict
	switch {
	case errors.As(err, &conflict):
		return false, taken(conflict, gained, p.ID)
	case errors.Is(err, storage.ErrUnknown):
		if r, readErr := s.store.Get(ctx, record.Key); readErr == nil && r.Version == c.ID {
			return true, nil
		}
		return false, err
	}
	return err == nil, err
}

// taken returns a [*TakenError] when what a commit met is somebody else's claim.
// One's own means that a change of the same profile came between.
func taken(conflict *storage.Conflict, gained []claim, userID string) error {
	for _, g := range gained {
		if g.key != conflict.Key || conflict.Current == nil {
			continue
		}
		owner, err := decodeClaim(*conflict.Current)
		if err != nil {
			return err
		}
		if owner != userID {
			return &TakenError{g.field}
		}
	}
	return nil
}

// exchange returns the writes that release the claims in had and take those in
// wanted, and which are new. A claim that isn't the user's any more needs no release: it
// went together with the profile, whose write then meets a conflict, or was lost.
func (s *Service) exchange(ctx context.Context, had, wanted []claim, userID string) (gained []claim, writes []storage.Write, err error) {
	for _, c := range had {
		if slices.Contains(wanted, c) {
			continue
		}
		r, err := s.held(ctx, c, userID)
		if err != nil {
			return nil, nil, fmt.Errorf("read the claim on the %s: %w", c.field, err)
		}
		if r != nil {
			writes = append(writes, storage.Write{Old: r})
		}
	}
	for _, c := range wanted {
		if slices.Contains(had, c) {
			continue
		}
		r, err := encodeClaim(c, userID)
		if err != nil {
			return nil, nil, err
		}
		gained = append(gained, c)
		writes = append(writes, storage.Write{New: r})
	}
	return gained, writes, nil
}

// held returns the record of a claim if it is the user's, or nil.
func (s *Service) held(ctx context.Context, c claim, userID string) (*storage.Record, error) {
	r, err := s.store.Get(ctx, c.key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	owner, err := decodeClaim(r)
	if err != nil || owner != userID {
		return nil, err
	}
	return &r, nil
}

func (s *Service) instant() time.Time { return s.now().UTC().Truncate(time.Millisecond) }
