package user

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"comanda/storage"
)

var errRead = errors.New("read failed")

// cut lets the next commit end with an unknown outcome: apply says whether it
// is applied, and then happens what another writer does before we read.
func (r registry) cut(apply bool, then func(r registry)) {
	r.store.OnCommit = func(ctx context.Context, c storage.Commit) error {
		r.store.OnCommit = nil
		if apply {
			if err := r.store.Store.Commit(ctx, c); err != nil {
				r.t.Errorf("commit: %v", err)
			}
		}
		if then != nil {
			then(r)
		}
		return fmt.Errorf("cut off: %w", storage.ErrUnknown)
	}
}

// failReads lets all readings fail until it is undone.
func (r registry) failReads() {
	r.store.OnGet = func(context.Context, storage.Key) (storage.Record, error) { return storage.Record{}, errRead }
}

func TestAnUnknownOutcomeIsSuccessOnlyIfOurOwnCommitIsFound(t *testing.T) {
	cases := []struct {
		name  string
		apply bool
		then  func(r registry)
		want  error
	}{
		{"applied", true, nil, nil},
		{"not applied", false, nil, storage.ErrUnknown},
		{"applied, but the reading fails", true, registry.failReads, storage.ErrUnknown},
		{"not applied, and the reading fails", false, registry.failReads, storage.ErrUnknown},
		{"applied, and changed by another since", true, func(r registry) { r.put("u-1", Content{Name: "Other"}) }, storage.ErrUnknown},
		{"not applied, and changed by another", false, func(r registry) { r.put("u-1", Content{Name: "Other"}) }, storage.ErrUnknown},
	}
	name := "Ana Maria"
	changes := map[string]func(r registry) error{
		"create": func(r registry) error {
			_, _, err := r.Create(background, "admin", Creation{ID: "u-1", Content: bea}, "k-1")
			return err
		},
		"put":    func(r registry) error { _, err := r.Put(background, "u-1", bea, nil); return err },
		"patch":  func(r registry) error { _, err := r.Patch(background, "u-1", Patch{Name: &name}, nil); return err },
		"delete": func(r registry) error { return r.Delete(background, "u-1", nil) },
	}
	for what, change := range changes {
		for _, tc := range cases {
			t.Run(what+" "+tc.name, func(t *testing.T) {
				r := newRegistry(t)
				if what != "create" {
					r.put("u-1", ana)
				}
				r.cut(tc.apply, tc.then)
				wantError(t, what, change(r), tc.want)
				r.store.OnGet = nil
			})
		}
	}
}

func TestRepeatingARequestAfterAnUnknownOutcomeSettlesIt(t *testing.T) {
	for _, apply := range []bool{true, false} {
		r := newRegistry(t)
		r.cut(apply, registry.failReads)
		_, _, err := r.Create(background, "admin", Creation{Content: ana}, "k-1")
		wantError(t, "create", err, storage.ErrUnknown)
		r.store.OnGet = nil
		p, replayed, err := r.Create(background, "admin", Creation{Content: ana}, "k-1")
		if err != nil || replayed != apply {
			t.Fatalf("applied %v: got replayed %v, %v", apply, replayed, err)
		}
		r.cut(apply, registry.failReads)
		_, err = r.Put(background, p.ID, bea, nil)
		wantError(t, "put", err, storage.ErrUnknown)
		r.store.OnGet = nil
		if p := r.put(p.ID, bea); p.Version != 2 || p.Content != bea {
			t.Errorf("applied %v: got %+v, want version 2", apply, p)
		}
	}
}

// A conflict that the store reports about our own record, or about a claim that
// went away between, is decided again and not answered.
func TestAConflictIsDecidedAgainWithWhatIsThereNow(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", Content{Name: "1", Email: "a@example.com"})
	email := "b@example.com"
	r.store.OnCommit = func(ctx context.Context, c storage.Commit) error {
		r.store.OnCommit = nil
		r.put("u-1", Content{Name: "1", Email: "c@example.com"}) // releases a, which c wants to release too
		return r.store.Store.Commit(ctx, c)
	}
	p, err := r.Patch(background, "u-1", Patch{Email: &email}, nil)
	if err != nil || p.Version != 3 || p.Email != email {
		t.Errorf("got %+v, %v, want version 3 with %s", p, err, email)
	}
	r.store.OnGet = func(ctx context.Context, k storage.Key) (storage.Record, error) {
		if k.Table == Claims.Name {
			r.store.OnGet = nil
			r.put("u-1", Content{Name: "1", Email: "d@example.com"})
		}
		return r.store.Store.Get(ctx, k)
	}
	wantError(t, "delete", r.Delete(background, "u-1", nil), nil)
	if left := r.scan(Claims.Name); len(left) != 0 {
		t.Errorf("got %d claims, want none", len(left))
	}
}

func TestOnesOwnNewClaimInTheWayIsNotSomebodyElses(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", bea)
	r.store.OnCommit = func(context.Context, storage.Commit) error {
		r.store.OnCommit = nil
		r.put("u-1", ana)
		claim, err := r.store.Store.Get(background, newClaim("email", ana.Email).key)
		if err != nil {
			return err
		}
		return &storage.Conflict{Key: claim.Key, Current: &claim}
	}
	p, err := r.Patch(background, "u-1", Patch{Email: &ana.Email}, nil)
	if err != nil || p.Version != 2 || p.Content != ana {
		t.Errorf("got %+v, %v, want the profile as the other change left it", p, err)
	}
}
