package pool_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"comanda/identity"
	"comanda/pool"
)

func TestSigningUpAndConfirmingByCode(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	out, err := f.SignUp(ctx, pool.SignUpInput{Username: "Ana@Example.com", Password: goodPassword, Attributes: []pool.Attribute{{Name: "name", Value: "Ana"}}})
	if err != nil || out.Confirmed || out.Delivery == nil || out.Delivery.Destination != "A***@E***" {
		t.Fatalf("got %+v and error %v, want an unconfirmed user and a masked address", out, err)
	}
	if f.mail.to.Email != "Ana@Example.com" || f.mail.purpose != pool.PurposeSignUp || len(f.mail.code) != 6 {
		t.Fatalf("sent %+v, want a code of six digits for Ana", f.mail)
	}
	_, err = f.tryPassword("ana@example.COM", goodPassword)
	wantMessage(t, err, pool.CodeUserNotConfirmed, "User is not confirmed.")
	if err := f.ConfirmSignUp(ctx, "ANA@example.com", f.mail.code); err != nil {
		t.Fatalf("ConfirmSignUp: %v", err)
	}
	u, err := f.AdminGetUser(ctx, "ana@example.com")
	if err != nil || u.Status != pool.StatusConfirmed || u.Username != out.Sub || attribute(u, "email_verified") != "true" || attribute(u, "sub") != out.Sub {
		t.Errorf("got %+v and error %v, want a confirmed user named by its sub, with a verified address", u, err)
	}
	f.signIn("ana@example.com")
	wantMessage(t, f.ConfirmSignUp(ctx, "ana@example.com", f.mail.code), pool.CodeNotAuthorized, "User cannot be confirmed. Current status is CONFIRMED")
}

func TestACodeAllowsFiveWrongTriesAndLastsADay(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	signUp := func(name string) {
		if _, err := f.SignUp(ctx, pool.SignUpInput{Username: name, Password: goodPassword}); err != nil {
			t.Fatalf("SignUp: %v", err)
		}
	}
	signUp("a@example.com")
	code := f.mail.code
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	for range 5 {
		wantCode(t, f.ConfirmSignUp(ctx, "a@example.com", wrong), pool.CodeCodeMismatch)
	}
	wantCode(t, f.ConfirmSignUp(ctx, "a@example.com", code), pool.CodeTooManyFailedAttempts)
	signUp("b@example.com")
	f.clock.Move(24 * time.Hour)
	wantCode(t, f.ConfirmSignUp(ctx, "b@example.com", f.mail.code), pool.CodeExpiredCode)
	wantCode(t, f.ConfirmSignUp(ctx, "nobody@example.com", f.mail.code), pool.CodeExpiredCode)
}

func TestWithoutASenderAnAdministratorConfirms(t *testing.T) {
	f := newFixture(t, func(c *pool.Config) { c.Sender = nil })
	out, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "a@example.com", Password: goodPassword})
	if err != nil || out.Delivery == nil {
		t.Fatalf("got %+v and error %v, want delivery details", out, err)
	}
	if err := f.AdminConfirmSignUp(t.Context(), "a@example.com"); err != nil {
		t.Fatalf("AdminConfirmSignUp: %v", err)
	}
	f.signIn("a@example.com")
	wantCode(t, f.AdminConfirmSignUp(t.Context(), "a@example.com"), pool.CodeNotAuthorized)
	wantCode(t, f.AdminConfirmSignUp(t.Context(), "b"), pool.CodeUserNotFound)
}

func TestAFailedDeliveryIsAnsweredAndKeepsTheAccount(t *testing.T) {
	f := newFixture(t)
	f.mail.err = errors.New("smtp is down")
	_, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "a@example.com", Password: goodPassword})
	wantCode(t, err, pool.CodeCodeDeliveryFailure)
	if !errors.Is(err, f.mail.err) {
		t.Errorf("got error %v, want the sender's in it", err)
	}
	if _, err := f.AdminGetUser(t.Context(), "a@example.com"); err != nil {
		t.Errorf("AdminGetUser: %v", err)
	}
}

func TestUsernamesAreUniqueWithoutRegardToCase(t *testing.T) {
	f := newFixture(t)
	u := f.addUser("Straße")
	if u.Username != "Straße" {
		t.Errorf("got username %q, want it as given", u.Username)
	}
	for _, name := range []string{"straße", "STRASSE", "Straße"} {
		_, err := f.SignUp(t.Context(), pool.SignUpInput{Username: name, Password: goodPassword})
		wantMessage(t, err, pool.CodeUsernameExists, "User already exists")
		_, err = f.AdminCreateUser(t.Context(), pool.AdminCreateUserInput{Username: name})
		wantCode(t, err, pool.CodeUsernameExists)
	}
}

func TestThoseWhoSignUpAtOnceGetOneAccount(t *testing.T) {
	f := newFixture(t, func(c *pool.Config) { c.Sender = nil })
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		created int
	)
	for range 6 {
		wg.Go(func() {
			_, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "ana", Password: goodPassword})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				created++
				return
			}
			t.Errorf("SignUp: %v", err)
		})
	}
	wg.Wait()
	users, _, err := f.ListUsers(t.Context(), pool.ListUsersInput{})
	if created != 6 || err != nil || len(users) != 1 {
		t.Errorf("%d of 6 signed up, and there are %d accounts, error %v; want all and one account, as none is confirmed", created, len(users), err)
	}
}

func TestUsernamesAreRefusedThat(t *testing.T) {
	f := newFixture(t)
	for name, username := range map[string]string{
		"are empty": "", "are too long": strings.Repeat("é", 129), "have spaces": "a b", "have control characters": "a\x00",
		"have invisible characters": "a\u200bb", "aren't UTF-8": "a\xff", "look like a sub": "0B4F1D2C-8A77-4E0B-9E36-2F1D2C3B4A5E",
		"are half an address": "a@", "are two addresses": "a@b@c",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.SignUp(t.Context(), pool.SignUpInput{Username: username, Password: goodPassword})
			wantCode(t, err, pool.CodeInvalidParameter)
		})
	}
	for _, username := range []string{"x", strings.Repeat("é", 128), strings.Repeat("\U0001d160", 80), "o'neil", "日本語", "<script>"} {
		if _, err := f.SignUp(t.Context(), pool.SignUpInput{Username: username, Password: goodPassword}); err != nil {
			t.Errorf("SignUp(%q): %v", username, err)
		}
	}
}

func TestAttributesAreRefusedThatAClientMayNotWrite(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"custom:comanda_id", "sub", "email_verified", "custom:role", "cognito:groups", "Email"} {
		_, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "ana", Password: goodPassword, Attributes: []pool.Attribute{{Name: name, Value: "true"}}})
		wantMessage(t, err, pool.CodeNotAuthorized, "A client attempted to write unauthorized attribute")
	}
	for _, a := range []pool.Attribute{{Name: "email", Value: "nowhere"}, {Name: "name", Value: strings.Repeat("x", 2049)}} {
		_, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "ana", Password: goodPassword, Attributes: []pool.Attribute{a}})
		wantCode(t, err, pool.CodeInvalidParameter)
	}
	_, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "a@example.com", Password: goodPassword, Attributes: []pool.Attribute{{Name: "email", Value: "b@example.com"}}})
	wantCode(t, err, pool.CodeInvalidParameter)
	for _, name := range []string{"sub", "custom:other"} {
		_, err := f.AdminCreateUser(t.Context(), pool.AdminCreateUserInput{Username: "ana", Attributes: []pool.Attribute{{Name: name, Value: "x"}}})
		wantCode(t, err, pool.CodeInvalidParameter)
	}
}

func TestAnAdministratorCanNameTheUserInOurRecords(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana", pool.Attribute{Name: identity.ClaimComandaID, Value: "u-17"})
	p, err := f.verifier().Verify(t.Context(), f.signIn("ana").ID)
	if err != nil || p.ID != "u-17" || p.Subject == "u-17" {
		t.Errorf("got %+v and error %v, want id u-17 and another subject", p, err)
	}
}

func TestAVerifiedAddressIsAWayToSignIn(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana", pool.Attribute{Name: "email", Value: "Ana@example.com"}, pool.Attribute{Name: "email_verified", Value: "true"})
	f.addUser("bob", pool.Attribute{Name: "email", Value: "bob@example.com"})
	f.signIn("ana@EXAMPLE.com")
	_, err := f.tryPassword("bob@example.com", goodPassword)
	wantCode(t, err, pool.CodeNotAuthorized)
	_, err = f.AdminCreateUser(t.Context(), pool.AdminCreateUserInput{Username: "ana@example.com"})
	wantCode(t, err, pool.CodeUsernameExists)
	_, err = f.SignUp(t.Context(), pool.SignUpInput{Username: "eve", Password: goodPassword, Attributes: []pool.Attribute{{Name: "email", Value: "ana@example.com"}}})
	if err != nil {
		t.Fatalf("SignUp with somebody else's address, not proved: %v", err)
	}
	wantCode(t, f.ConfirmSignUp(t.Context(), "eve", f.mail.code), pool.CodeAliasExists)
}

func TestADeletedUsersNamesAreFreeAgain(t *testing.T) {
	f := newFixture(t)
	before := f.addUser("a@example.com")
	if err := f.AdminDeleteUser(t.Context(), "A@example.com"); err != nil {
		t.Fatalf("AdminDeleteUser: %v", err)
	}
	wantCode(t, f.AdminDeleteUser(t.Context(), "a@example.com"), pool.CodeUserNotFound)
	if after := f.addUser("a@example.com"); after.Username == before.Username {
		t.Errorf("the new user has the deleted user's sub %s, want another", after.Username)
	}
	f.addUser("ana", pool.Attribute{Name: "email", Value: "ana@example.com"}, pool.Attribute{Name: "email_verified", Value: "true"})
	if err := f.AdminDeleteUser(t.Context(), "ana"); err != nil {
		t.Fatalf("AdminDeleteUser: %v", err)
	}
	f.addUser("ana@example.com")
}

func TestAUserWithMoreSessionsThanACommitHoldsCanBeDeleted(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	var last pool.Tokens
	for range 103 {
		last = f.signIn("ana")
	}
	if err := f.AdminDeleteUser(t.Context(), "ana"); err != nil {
		t.Fatalf("AdminDeleteUser: %v", err)
	}
	wantRevoked(t, f.verifier(), last.ID, "after deletion")
	f.disown()
	for _, table := range []string{"pool-users", "pool-names", "pool-sessions", "pool-attempts"} {
		page, err := f.store.Scan(t.Context(), table, "", 1)
		if err != nil || len(page.Records) != 0 {
			t.Errorf("%s: got %d records and error %v, want none", table, len(page.Records), err)
		}
	}
}

func TestPasswordsFollowThePolicy(t *testing.T) {
	f := newFixture(t)
	const prefix = "Password did not conform with policy: "
	for password, want := range map[string]string{
		"":                                "Password not long enough",
		"Aa1-567":                         "Password not long enough",
		"aa1-5678":                        "Password must have uppercase characters",
		"AA1-5678":                        "Password must have lowercase characters",
		"Aab-cdef":                        "Password must have numeric characters",
		"Aab1cdef":                        "Password must have symbol characters",
		"Aab1 def-":                       "Password must not have white space",
		"Aa1-" + strings.Repeat("x", 253): "Password is too long",
	} {
		_, err := f.SignUp(t.Context(), pool.SignUpInput{Username: "ana", Password: password})
		wantMessage(t, err, pool.CodeInvalidPassword, prefix+want)
	}
	lax := f.open(func(c *pool.Config) { c.Policy = pool.Policy{MinLength: 6} })
	if _, err := lax.SignUp(t.Context(), pool.SignUpInput{Username: "ana", Password: "secret"}); err != nil {
		t.Errorf("SignUp under a policy of six characters: %v", err)
	}
}

func TestTheFirstAdministratorIsMadeOnceInAnEmptyPool(t *testing.T) {
	f := newFixture(t)
	username, password, created, err := f.FirstAdministrator(t.Context())
	if err != nil || !created || username != "admin" || len(password) < 20 {
		t.Fatalf("got %q, a password of %d characters, created %t, error %v, want a new admin", username, len(password), created, err)
	}
	out, err := f.tryPassword("Admin", password)
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	if p, err := f.verifier().Verify(t.Context(), out.Tokens.ID); err != nil || !p.Admin || p.Username != "admin" {
		t.Errorf("got %+v and error %v, want an administrator", p, err)
	}
	if _, _, created, err := f.FirstAdministrator(t.Context()); err != nil || created {
		t.Errorf("the second time: got created %t and error %v, want neither", created, err)
	}
}

func TestListingUsersPagesThroughEachOnce(t *testing.T) {
	f := newFixture(t)
	for i := range 5 {
		if _, err := f.SignUp(t.Context(), pool.SignUpInput{Username: fmt.Sprintf("user-%d", i), Password: goodPassword}); err != nil {
			t.Fatal(err)
		}
	}
	seen, token := map[string]int{}, ""
	for range 10 {
		users, next, err := f.ListUsers(t.Context(), pool.ListUsersInput{Limit: 2, PaginationToken: token, AttributesToGet: []string{"name"}})
		if err != nil {
			t.Fatalf("ListUsers: %v", err)
		}
		for _, u := range users {
			seen[u.Username]++
			if len(u.Attributes) != 0 {
				t.Errorf("got attributes %v, want none but name, which isn't set", u.Attributes)
			}
		}
		if token = next; next == "" {
			break
		}
	}
	if len(seen) != 5 || token != "" {
		t.Errorf("got %v and next token %q, want five users and no more", seen, token)
	}
	for name, in := range map[string]pool.ListUsersInput{
		"no filter": {Filter: `username: "a"`}, "a limit over 60": {Limit: 61}, "a forged token": {PaginationToken: "Zm9yZ2Vk"}, "a token of no base64": {PaginationToken: "!"},
	} {
		_, _, err := f.ListUsers(t.Context(), in)
		if !errors.Is(err, &pool.Error{Code: pool.CodeInvalidParameter}) {
			t.Errorf("%s: got error %v, want InvalidParameterException", name, err)
		}
	}
}

func TestGroups(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addUser("ana")
	precedence := 3
	g, err := f.CreateGroup(ctx, pool.CreateGroupInput{Name: "restaurant-1", Description: "the first", Precedence: &precedence})
	if err != nil || g.Name != "restaurant-1" || *g.Precedence != 3 || !g.Created.Equal(f.clock.Now()) {
		t.Fatalf("got %+v and error %v, want the new group", g, err)
	}
	_, err = f.CreateGroup(ctx, pool.CreateGroupInput{Name: "restaurant-1"})
	wantMessage(t, err, pool.CodeGroupExists, "A group with the name already exists.")
	_, err = f.CreateGroup(ctx, pool.CreateGroupInput{Name: "a b"})
	wantCode(t, err, pool.CodeInvalidParameter)
	for _, group := range []string{"restaurant-1", "apiAdmins", "restaurant-1"} {
		if err := f.AdminAddUserToGroup(ctx, "ana", group); err != nil {
			t.Fatalf("AdminAddUserToGroup(%s): %v", group, err)
		}
	}
	wantMessage(t, f.AdminAddUserToGroup(ctx, "ana", "nowhere"), pool.CodeResourceNotFound, "Group not found.")
	wantCode(t, f.AdminAddUserToGroup(ctx, "bob", "apiAdmins"), pool.CodeUserNotFound)
	first, next, err := f.AdminListGroupsForUser(ctx, pool.ListGroupsInput{Username: "ana", Limit: 1})
	if err != nil || len(first) != 1 || first[0].Name != "apiAdmins" || next == "" {
		t.Fatalf("got %+v, next %q, error %v, want apiAdmins and more", first, next, err)
	}
	second, next, err := f.AdminListGroupsForUser(ctx, pool.ListGroupsInput{Username: "ana", Limit: 1, NextToken: next})
	if err != nil || len(second) != 1 || second[0].Name != "restaurant-1" || next != "" {
		t.Errorf("got %+v, next %q, error %v, want restaurant-1 and no more", second, next, err)
	}
}

func TestGroupsThatNoTokenCouldHoldAreRefused(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	var err error
	for i := 0; err == nil && i < 100; i++ {
		group := fmt.Sprintf("%03d%s", i, strings.Repeat("<", 120))
		if err := f.EnsureGroup(t.Context(), group); err != nil {
			t.Fatal(err)
		}
		err = f.AdminAddUserToGroup(t.Context(), "ana", group)
	}
	wantCode(t, err, pool.CodeLimitExceeded)
	token := f.signIn("ana").ID
	if _, err := f.verifier().Verify(t.Context(), token); err != nil {
		t.Errorf("a token of %d bytes: %v", len(token), err)
	}
}
