package pool_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"comanda/pool"
)

func TestADisabledUserIsKeptOutUntilEnabled(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addAna()
	if err := f.AdminDisableUser(ctx, "ana"); err != nil {
		t.Fatalf("AdminDisableUser: %v", err)
	}
	_, err := f.tryPassword("ana", goodPassword)
	wantMessage(t, err, pool.CodeNotAuthorized, "User is disabled.")
	if u, err := f.AdminGetUser(ctx, "ana"); err != nil || u.Enabled || u.Status != pool.StatusConfirmed {
		t.Errorf("got %+v and error %v, want a disabled, confirmed user", u, err)
	}
	if err := f.AdminEnableUser(ctx, "ANA"); err != nil {
		t.Fatalf("AdminEnableUser: %v", err)
	}
	f.signIn("ana")
	wantCode(t, f.AdminDisableUser(ctx, "nobody"), pool.CodeUserNotFound)
	wantCode(t, f.AdminEnableUser(ctx, "nobody"), pool.CodeUserNotFound)
}

func TestAnAdministratorMendsAttributes(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addAna()
	f.addUser("bob@example.com")
	update := func(username string, attributes ...pool.Attribute) {
		t.Helper()
		if err := f.AdminUpdateUserAttributes(ctx, username, attributes); err != nil {
			t.Fatalf("AdminUpdateUserAttributes(%q): %v", username, err)
		}
	}
	update("ana", pool.Attribute{Name: "name", Value: "Ana S"}, pool.Attribute{Name: "email", Value: "new@example.com"})
	u, err := f.AdminGetUser(ctx, "ana")
	if err != nil || attribute(u, "name") != "Ana S" || attribute(u, "email") != "new@example.com" || attribute(u, "email_verified") != "false" {
		t.Errorf("got %+v and error %v, want another name and an unproved address", u, err)
	}
	if _, err := f.AdminGetUser(ctx, "ana.smith@example.com"); err == nil {
		t.Error("the old address still leads to the user")
	}
	update("ana", pool.Attribute{Name: "email_verified", Value: "true"})
	f.signIn("new@example.com")
	wantCode(t, f.AdminUpdateUserAttributes(ctx, "bob@example.com", []pool.Attribute{{Name: "email", Value: "NEW@example.com"}}), pool.CodeAliasExists)

	update("bob@example.com", pool.Attribute{Name: "email", Value: "robert@example.com"}, pool.Attribute{Name: "email_verified", Value: "true"})
	f.signIn("robert@example.com")
	if _, err := f.tryPassword("bob@example.com", goodPassword); err == nil {
		t.Error("the old address still signs in")
	}
	f.addUser("bob@example.com")
}

func TestAttributesAreDeleted(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addAna()
	if err := f.AdminUpdateUserAttributes(ctx, "ana", []pool.Attribute{{Name: "nickname", Value: "A"}}); err != nil {
		t.Fatal(err)
	}
	if err := f.AdminDeleteUserAttributes(ctx, "ana", []string{"email", "nickname", "locale"}); err != nil {
		t.Fatalf("AdminDeleteUserAttributes: %v", err)
	}
	if u, err := f.AdminGetUser(ctx, "ana"); err != nil || len(u.Attributes) != 1 {
		t.Errorf("got %+v and error %v, want sub alone", u, err)
	}
	f.addUser("bob", pool.Attribute{Name: "email", Value: "ana.smith@example.com"}, pool.Attribute{Name: "email_verified", Value: "true"})
}

func TestAttributesStayThat(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addUser("ana", pool.Attribute{Name: "custom:comanda_id", Value: "u-1"})
	f.addUser("bob@example.com")
	for name, change := range map[string]error{
		"name the user in our records": f.AdminUpdateUserAttributes(ctx, "ana", []pool.Attribute{{Name: "custom:comanda_id", Value: "u-2"}}),
		"name the user, by removal":    f.AdminDeleteUserAttributes(ctx, "ana", []string{"custom:comanda_id"}),
		"name the user, emptied":       f.AdminUpdateUserAttributes(ctx, "ana", []pool.Attribute{{Name: "custom:comanda_id"}}),
		"are the sub":                  f.AdminUpdateUserAttributes(ctx, "ana", []pool.Attribute{{Name: "sub", Value: "x"}}),
		"are the sub, by removal":      f.AdminDeleteUserAttributes(ctx, "ana", []string{"sub"}),
		"aren't in the schema":         f.AdminDeleteUserAttributes(ctx, "ana", []string{"custom:role"}),
		"aren't in the schema, new":    f.AdminUpdateUserAttributes(ctx, "ana", []pool.Attribute{{Name: "custom:role", Value: "x"}}),
		"are the username":             f.AdminDeleteUserAttributes(ctx, "bob@example.com", []string{"email"}),
		"would be no address":          f.AdminUpdateUserAttributes(ctx, "bob@example.com", []pool.Attribute{{Name: "email", Value: "bob"}}),
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, change, pool.CodeInvalidParameter) })
	}
	if u, err := f.AdminGetUser(ctx, "ana"); err != nil || attribute(u, "custom:comanda_id") != "u-1" {
		t.Errorf("got %+v and error %v, want the id of creation", u, err)
	}
	wantCode(t, f.AdminUpdateUserAttributes(ctx, "nobody", nil), pool.CodeUserNotFound)
	wantCode(t, f.AdminDeleteUserAttributes(ctx, "nobody", nil), pool.CodeUserNotFound)
}

func TestACodeThatWentToAnEarlierAddressConfirmsNothing(t *testing.T) {
	f := newFixture(t)
	email := pool.Attribute{Name: "email", Value: "ana@example.com"}
	if _, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "ana", Password: goodPassword, Attributes: []pool.Attribute{email}}); err != nil {
		t.Fatal(err)
	}
	email.Value = "other@example.com"
	if err := f.AdminUpdateUserAttributes(t.Context(), "ana", []pool.Attribute{email}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, f.ConfirmSignUp(t.Context(), "ana", f.mail.code), pool.CodeExpiredCode)
}

// listAll pages through a list, and returns the usernames and the pages it took.
func listAll(t *testing.T, list func(token string) ([]pool.User, string, error)) (names []string, pages int) {
	t.Helper()
	for token := ""; ; pages++ {
		users, next, err := list(token)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users {
			names = append(names, u.Username)
		}
		if token = next; token == "" {
			slices.Sort(names)
			return names, pages + 1
		}
	}
}

func TestUsersAreListedByFilter(t *testing.T) {
	f := newFixture(t)
	ana := f.addUser("Ana", pool.Attribute{Name: "name", Value: `Ana "A" \ B`}, pool.Attribute{Name: "email", Value: "Ana@Example.com"})
	f.addUser("anatol", pool.Attribute{Name: "name", Value: "Anatol"}, pool.Attribute{Name: "family_name", Value: "B"})
	f.addUser("ben")
	if err := f.AdminDisableUser(t.Context(), "ben"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "new", Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string][]string{
		`username = "ana"`: {"Ana"}, `username ^= "AN"`: {"Ana", "anatol"}, ` username="nobody" `: nil,
		`email = "ana@example.com"`: {"Ana"}, `email ^= "ana@"`: {"Ana"}, `email ^= ""`: {"Ana"},
		`name ^= "Ana"`: {"Ana", "anatol"}, `name = "ana"`: nil, `name = "Ana \"A\" \\ B"`: {"Ana"}, `family_name = "B"`: {"anatol"},
		`cognito:user_status = "unconfirmed"`: {"new"}, `cognito:user_status ^= "CON"`: {"Ana", "anatol", "ben"},
		`status = "Disabled"`: {"ben"}, `status = "Enabled"`: {"Ana", "anatol", "new"}, `status = "enabled"`: nil,
		`sub = "` + attribute(ana, "sub") + `"`: {"Ana"}, `sub ^= "` + attribute(ana, "sub")[:20] + `"`: {"Ana"}, `sub = "ana"`: nil,
	} {
		names, _ := listAll(t, func(token string) ([]pool.User, string, error) {
			return f.ListUsers(t.Context(), pool.ListUsersInput{Filter: filter, PaginationToken: token, Limit: 2})
		})
		if !slices.Equal(names, want) {
			t.Errorf("%s: got %q, want %q", filter, names, want)
		}
	}
	for _, filter := range []string{`name`, `name = ana`, `name = "a" and email = "b"`, `name > "a"`, `custom:comanda_id = "x"`, `address = "x"`, `name = "a`, `name = "a\"`, ` `} {
		_, _, err := f.ListUsers(t.Context(), pool.ListUsersInput{Filter: filter})
		if wantCode(t, err, pool.CodeInvalidParameter); t.Failed() {
			t.Fatalf("filter %s", filter)
		}
	}
	users, _, err := f.ListUsers(t.Context(), pool.ListUsersInput{Filter: `username = "ana"`, AttributesToGet: []string{"email"}})
	if err != nil || len(users) != 1 || len(users[0].Attributes) != 1 {
		t.Errorf("got %+v and error %v, want the address alone", users, err)
	}
}

func TestTheUsersOfAGroupAreListedInPages(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if err := f.EnsureGroup(ctx, "restaurant-1"); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for i := range 30 {
		name := fmt.Sprintf("user-%02d", i)
		if _, err := f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: name, MessageAction: pool.MessageSuppress}); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			want[name] = true
			if err := f.AdminAddUserToGroup(ctx, name, "restaurant-1"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, limit := range []int{0, 1, 4} {
		names, pages := listAll(t, func(token string) ([]pool.User, string, error) {
			return f.ListUsersInGroup(ctx, pool.ListUsersInGroupInput{GroupName: "restaurant-1", NextToken: token, Limit: limit})
		})
		if !slices.Equal(names, slices.Sorted(maps.Keys(want))) || limit > 0 && pages < 10/limit {
			t.Errorf("limit %d: got %q in %d pages, want %d users", limit, names, pages, len(want))
		}
	}
	_, _, err := f.ListUsersInGroup(ctx, pool.ListUsersInGroupInput{GroupName: "nowhere"})
	wantMessage(t, err, pool.CodeResourceNotFound, "Group not found.")
	_, _, err = f.ListUsersInGroup(ctx, pool.ListUsersInGroupInput{GroupName: "restaurant-1", Limit: 61})
	wantCode(t, err, pool.CodeInvalidParameter)
	_, _, err = f.ListUsersInGroup(ctx, pool.ListUsersInGroupInput{GroupName: "restaurant-1", NextToken: "!"})
	wantCode(t, err, pool.CodeInvalidParameter)
}
