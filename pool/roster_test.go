package pool_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"comanda/pool"
)

func TestEverybodyAndEveryGroupCanBeReadWithoutKeys(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	want := []string{"bea@example.com [kitchen]"}
	if _, err := f.CreateGroup(ctx, pool.CreateGroupInput{Name: "kitchen", Description: "hot"}); err != nil {
		t.Fatal(err)
	}
	f.addUser("bea@example.com")
	if err := f.AdminAddUserToGroup(ctx, "bea@example.com", "kitchen"); err != nil {
		t.Fatal(err)
	}
	u, err := f.AdminGetUser(ctx, "bea@example.com")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = pool.ReadAccounts(ctx, f.store, func(a pool.Account) error {
		if a.Sub != attribute(u, "sub") || a.Status != u.Status || !a.Enabled || attribute(a.User, "email") != "bea@example.com" {
			t.Errorf("account: got %+v, want %+v", a, u)
		}
		got = append(got, fmt.Sprint(a.Login, " ", a.Groups))
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("accounts: got %v, %v, want %v", got, err, want)
	}
	groups, err := pool.ReadGroups(ctx, f.store)
	if err != nil || len(groups) != 2 || !slices.ContainsFunc(groups, func(g pool.Group) bool { return g.Name == "kitchen" && g.Description == "hot" }) {
		t.Errorf("groups: got %+v, %v, want kitchen and the administrators'", groups, err)
	}
	stop := errors.New("enough")
	if err := pool.ReadAccounts(ctx, f.store, func(pool.Account) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error on the way: got %v, want it back", err)
	}
}
