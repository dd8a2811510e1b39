package user

import (
	"context"
	"errors"
	"testing"

	"comanda/storage"
	"comanda/storagetest"
)

// TestACallerWhoLeavesDuringTheCommitIsNotLiedTo has each change on a store that ends
// the caller's context with the commit, after applying it or without.
func TestACallerWhoLeavesDuringTheCommitIsNotLiedTo(t *testing.T) {
	for name, do := range map[string]func(ctx context.Context, s *Service) (Profile, error){
		"create": func(ctx context.Context, s *Service) (Profile, error) {
			p, replayed, err := s.Create(ctx, "admin", Creation{ID: "new", Content: bea}, "key")
			if replayed {
				t.Error("create: got a repetition, want a new profile")
			}
			return p, err
		},
		"put": func(ctx context.Context, s *Service) (Profile, error) { return s.Put(ctx, "u-1", bea, nil) },
		"patch": func(ctx context.Context, s *Service) (Profile, error) {
			return s.Patch(ctx, "u-1", Patch{Name: &bea.Name}, nil)
		},
		"delete": func(ctx context.Context, s *Service) (Profile, error) {
			return Profile{ID: "u-1", deleted: true}, s.Delete(ctx, "u-1", nil)
		},
	} {
		for _, apply := range []bool{true, false} {
			r := newRegistry(t)
			before, err := r.Put(context.Background(), "u-1", Content{Name: "Ana", Email: "ana@example.com"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			leaving := &storagetest.Departing{Store: r.store, Apply: apply}
			p, err := do(leaving.Context(context.Background()), NewService(leaving, r.clock.Now))
			got, readErr := r.Get(context.Background(), "u-1")
			switch {
			case apply && err != nil:
				t.Errorf("%s, applied: got %v, want success", name, err)
			case apply && p.deleted:
				if !errors.Is(readErr, ErrNotFound) {
					t.Errorf("%s, applied: got %+v, %v, want no profile", name, got, readErr)
				}
			case apply:
				if got, err := r.Get(context.Background(), p.ID); err != nil || got.Version != p.Version || got.Content != p.Content {
					t.Errorf("%s, applied: got %+v, %v stored, want %+v", name, got, err, p)
				}
			case !errors.Is(err, storage.ErrUnknown) && !errors.Is(err, storage.ErrBusy):
				t.Errorf("%s, not applied: got %v, want %v or %v", name, err, storage.ErrUnknown, storage.ErrBusy)
			case readErr != nil || got.Content != before.Content || got.Version != before.Version:
				t.Errorf("%s, not applied: got %+v, %v stored, want %+v", name, got, readErr, before)
			}
		}
	}
}
