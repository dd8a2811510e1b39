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

// Service creates, reads and changes profiles in a store. Its errors are the
// package's own, or storage's.
type Service struct {
	store storage.Store
	now   func() time.Time
	terms payload.Terms // of the request, see Under

	unreadable func(context.Context, *UnreadableError) // of what lists leave out
	authority  Authority                               // of the caller
}

// NewService returns a service on a store that has [Table] and [Claims]. It does what an
// administrator may; [Service.As] is for other callers.
func NewService(store storage.Store, now func() time.Time) *Service {
	return &Service{
		store: store, now: now, unreadable: func(context.Context, *UnreadableError) {}, authority: Authority{Administrator: true},
	}
}

// As returns the service for a caller of some authority.
func (s *Service) As(a Authority) *Service {
	as := *s
	as.authority = a
	return &as
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
	err = s.decide(ctx, func() (*stored, Profile, error) {
		old, err := s.read(ctx, p.ID)
		if errors.Is(err, ErrNotFound) {
			return nil, p, s.terms.Objection.Err(nil)
		}
		if err == nil {
			replayed = true
			p, err = repeated(old.profile, p)
		}
		return nil, Profile{}, err
	})
	if err != nil {
		return Profile{}, false, err
	}
	return p, replayed, nil
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
		if err := s.authority.check(p.Content, c); err != nil {
			return p, err
		}
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
		after := patch.apply(p.Content)
		return p.put(after, s.instant()), s.authority.check(p.Content, after)
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
	var p Profile
	err := s.decide(ctx, func() (*stored, Profile, error) {
		var old *stored
		r, err := s.read(ctx, id)
		switch {
		case err == nil:
			old = &r
		case !errors.Is(err, ErrNotFound):
			return nil, Profile{}, err
		}
		p, err = decide(r.profile, old != nil)
		switch {
		case err != nil:
			return nil, Profile{}, err
		case match != nil && !r.profile.matches(match) || s.terms.Excludes(r.profile.current()):
			return nil, Profile{}, ErrPrecondition
		case old != nil && p.Version == r.profile.Version:
			return nil, Profile{}, nil
		}
		return old, p, s.terms.Objection.Err(r.profile.has)
	})
	if err != nil {
		return Profile{}, err
	}
	return p, nil
}

// decide stores the profile that decision returns, with its claims, in the place of
// old and its claims; nil for none. A profile without a version is nothing to store.
func (s *Service) decide(ctx context.Context, decision func() (old *stored, p Profile, err error)) error {
	var gained []claim
	var userID string
	return storage.Decide(ctx, s.store, func(met *storage.Conflict) (c storage.Commit, err error) {
		if met != nil {
			if err := s.taken(met, gained, userID); err != nil {
				return c, err
			}
		}
		old, p, err := decision()
		if err != nil || p.Version == 0 {
			return c, err
		}
		userID = p.ID
		c, gained, err = s.replacement(ctx, old, p)
		return c, err
	})
}

// replacement returns the commit that stores p and its claims in the place of
// old's, and the claims that are new.
func (s *Service) replacement(ctx context.Context, old *stored, p Profile) (c storage.Commit, gained []claim, err error) {
	record, err := encode(p)
	if err != nil {
		return c, nil, err
	}
	profile := storage.Write{New: record}
	var had []claim
	if old != nil {
		profile.Old = &old.record
		if !old.profile.foreign {
			had = claims(old.profile.Content)
		}
	}
	gained, writes, err := s.exchange(ctx, had, claims(p.Content), p.ID)
	return storage.Commit{Writes: append([]storage.Write{profile}, writes...)}, gained, err
}

// taken returns a [*TakenError] when what a commit met is another user's claim.
// One's own means that a change of the same profile came between.
func (s *Service) taken(conflict *storage.Conflict, gained []claim, userID string) error {
	for _, g := range gained {
		if g.key != conflict.Key || conflict.Current == nil {
			continue
		}
		held, err := decodeClaim(*conflict.Current)
		if err == nil && held.UserID != userID && !s.displaces(g, held) {
			err = &TakenError{g.field}
		}
		return err
	}
	return nil
}

// displaces reports whether a claim gives way to the caller's: the user pool has proved
// the caller's address, and the claim on it is from a release that asked for no proof.
func (s *Service) displaces(c claim, held claimDoc) bool {
	return !held.Proved && s.authority.Email != "" && c == newClaim("email", s.authority.Email)
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
		w, err := s.claim(ctx, c, userID)
		if err != nil {
			return nil, nil, fmt.Errorf("claim the %s: %w", c.field, err)
		}
		gained = append(gained, c)
		writes = append(writes, w)
	}
	return gained, writes, nil
}

// claim returns the write that takes a claim, in the place of one that gives way.
func (s *Service) claim(ctx context.Context, c claim, userID string) (storage.Write, error) {
	r, err := encodeClaim(c, userID)
	w := storage.Write{New: r}
	if err != nil || s.authority.Email == "" || c != newClaim("email", s.authority.Email) {
		return w, err
	}
	old, err := s.store.Get(ctx, c.key)
	if errors.Is(err, storage.ErrNotFound) {
		return w, nil
	}
	if err != nil {
		return w, err
	}
	held, err := decodeClaim(old)
	if err == nil && held.UserID != userID && s.displaces(c, held) {
		w.Old = &old
	}
	return w, err
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
	claim, err := decodeClaim(r)
	if err != nil || claim.UserID != userID {
		return nil, err
	}
	return &r, nil
}

func (s *Service) instant() time.Time { return s.now().UTC().Truncate(time.Millisecond) }
