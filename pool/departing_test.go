package pool_test

import (
	"errors"
	"fmt"
	"testing"

	"comanda/pool"
	"comanda/storage"
	"comanda/storagetest"
)

// TestACallerWhoLeavesDuringTheCommitIsNotLiedTo changes a user's groups on a store that
// ends the caller's context with the commit, after applying it or without.
func TestACallerWhoLeavesDuringTheCommitIsNotLiedTo(t *testing.T) {
	for _, apply := range []bool{true, false} {
		f := newFixture(t)
		ctx := t.Context()
		if _, err := f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: "ana", TemporaryPassword: goodPassword}); err != nil {
			t.Fatal(err)
		}
		leaving := &storagetest.Departing{Store: f.store, Apply: apply}
		p := f.open(func(c *pool.Config) { c.Store = leaving })
		groups := func() string {
			t.Helper()
			found, _, err := f.AdminListGroupsForUser(ctx, pool.ListGroupsInput{Username: "ana"})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, g := range found {
				names = append(names, g.Name)
			}
			return fmt.Sprint(names)
		}
		for _, step := range []struct {
			name          string
			do            func() error
			before, after string
		}{
			{"create a group", func() error { return p.EnsureGroup(leaving.Context(ctx), "cooks") }, "[]", "[]"},
			{"join a group", func() error { return p.AdminAddUserToGroup(leaving.Context(ctx), "ana", "cooks") }, "[]", "[cooks]"},
			{"leave a group", func() error { return p.AdminRemoveUserFromGroup(leaving.Context(ctx), "ana", "cooks") }, "[cooks]", "[]"},
		} {
			err := step.do()
			switch {
			case apply && err != nil:
				t.Errorf("%s, applied: got %v, want success", step.name, err)
			case !apply && !errors.Is(err, storage.ErrUnknown) && !errors.Is(err, storage.ErrBusy):
				t.Errorf("%s, not applied: got %v, want %v or %v", step.name, err, storage.ErrUnknown, storage.ErrBusy)
			}
			if want := step.after; apply && groups() != want {
				t.Errorf("%s, applied: got the groups %s, want %s", step.name, groups(), want)
			}
			if apply {
				continue
			}
			if got := groups(); got != step.before {
				t.Errorf("%s, not applied: got the groups %s, want %s", step.name, got, step.before)
			}
			if err := step.do(); !errors.Is(err, storage.ErrUnknown) {
				t.Errorf("%s, not applied again: got %v, want %v", step.name, err, storage.ErrUnknown)
			}
			leaving.Apply = true
			if err := step.do(); err != nil || groups() != step.after {
				t.Errorf("%s, applied at last: got %v and the groups %s, want %s", step.name, err, groups(), step.after)
			}
			leaving.Apply = false
		}
	}
}
