package pool_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"comanda/pool"
)

const strangersPassword = "Strangers-Horse-9"

// signUpFrom signs up from an address and returns the code that was sent.
func (f *fixture) signUpFrom(address, username, password string, attributes ...pool.Attribute) string {
	f.t.Helper()
	_, err := f.SignUp(from(f.t.Context(), address), pool.SignUpInput{Username: username, Password: password, Attributes: attributes})
	if err != nil {
		f.t.Fatalf("SignUp of %s from %s: %v", username, address, err)
	}
	return f.mail.code
}

// The person who confirms gets what was chosen with the code, whatever others have signed up before
// and after under the same address.
func TestAStrangersSignUpGivesWay(t *testing.T) {
	const home, elsewhere, phone = "192.0.2.1", "203.0.113.5", "198.51.100.7"
	name := pool.Attribute{Name: "name", Value: "Ana"}
	for test, play := range map[string]func(f *fixture, ctx context.Context) error{
		"that came before": func(f *fixture, ctx context.Context) error {
			f.signUpFrom(elsewhere, "ana@example.com", strangersPassword, pool.Attribute{Name: "name", Value: "Eve"})
			return f.ConfirmSignUp(ctx, "ana@example.com", f.signUpFrom(home, "ANA@example.com", goodPassword, name))
		},
		"that came after": func(f *fixture, ctx context.Context) error {
			code := f.signUpFrom(home, "ana@example.com", goodPassword, name)
			f.signUpFrom(elsewhere, "ana@example.com", strangersPassword)
			return f.ConfirmSignUp(ctx, "ana@example.com", code)
		},
		"that came after, when the owner confirms on a telephone": func(f *fixture, _ context.Context) error {
			code := f.signUpFrom(home, "ana@example.com", goodPassword, name)
			f.signUpFrom(elsewhere, "ana@example.com", strangersPassword)
			return f.ConfirmSignUp(from(f.t.Context(), phone), "ana@example.com", code)
		},
		"that came after as often as an hour allows": func(f *fixture, ctx context.Context) error {
			code := f.signUpFrom(home, "ana@example.com", goodPassword, name)
			for i := range 4 {
				f.signUpFrom(fmt.Sprintf("203.0.113.%d", i), "ana@example.com", strangersPassword)
			}
			_, err := f.SignUp(from(f.t.Context(), "203.0.113.9"), pool.SignUpInput{Username: "ana@example.com", Password: strangersPassword})
			wantCode(f.t, err, pool.CodeLimitExceeded)
			return f.ConfirmSignUp(ctx, "ana@example.com", code)
		},
		"whose code came by the same mail": func(f *fixture, ctx context.Context) error {
			theirs := f.signUpFrom(elsewhere, "ana@example.com", strangersPassword)
			ours := f.signUpFrom(home, "ana@example.com", goodPassword, name)
			wantCode(f.t, f.ConfirmSignUp(ctx, "ana@example.com", theirs), pool.CodeCodeMismatch)
			return f.ConfirmSignUp(ctx, "ana@example.com", ours)
		},
		"and asking for the code again sends the owner's": func(f *fixture, ctx context.Context) error {
			code := f.signUpFrom(home, "ana@example.com", goodPassword, name)
			f.signUpFrom(elsewhere, "ana@example.com", strangersPassword)
			if _, err := f.ResendConfirmationCode(ctx, "ana@example.com"); err != nil || f.mail.code != code {
				f.t.Errorf("got code %s and error %v, want %s again", f.mail.code, err, code)
			}
			return f.ConfirmSignUp(ctx, "ana@example.com", f.mail.code)
		},
		"and asking from a third place sends none": func(f *fixture, ctx context.Context) error {
			code := f.signUpFrom(home, "ana@example.com", goodPassword, name)
			f.signUpFrom(elsewhere, "ana@example.com", strangersPassword)
			sent := f.mail.total()
			if d, err := f.ResendConfirmationCode(from(f.t.Context(), phone), "ana@example.com"); err != nil || d.Destination != "a***@e***" || f.mail.total() != sent {
				f.t.Errorf("got %+v, error %v and %d more mails, want what looks like a delivery and none", d, err, f.mail.total()-sent)
			}
			return f.ConfirmSignUp(ctx, "ana@example.com", code)
		},
		"however old the owner's code is": func(f *fixture, ctx context.Context) error {
			f.signUpFrom(home, "ana@example.com", goodPassword, name)
			f.clock.Move(20 * time.Hour)
			f.signUpFrom(elsewhere, "ana@example.com", strangersPassword)
			if _, err := f.ResendConfirmationCode(ctx, "ana@example.com"); err != nil {
				return err
			}
			f.clock.Move(20 * time.Hour)
			return f.ConfirmSignUp(ctx, "ana@example.com", f.mail.code)
		},
		"to an administrator's invitation": func(f *fixture, ctx context.Context) error {
			f.signUpFrom(elsewhere, "ana@example.com", strangersPassword)
			_, err := f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: "ana@example.com", MessageAction: pool.MessageSuppress, Attributes: []pool.Attribute{name, {Name: "email_verified", Value: "true"}}})
			if err == nil {
				err = f.AdminSetUserPassword(ctx, "ana@example.com", goodPassword, true)
			}
			return err
		},
	} {
		t.Run(test, func(t *testing.T) {
			f := newFixture(t)
			if err := play(f, from(t.Context(), home)); err != nil {
				t.Fatal(err)
			}
			f.signIn("ana@example.com")
			if out, err := f.tryPassword("ana@example.com", strangersPassword); err == nil {
				t.Errorf("got %+v for the stranger's password, want it refused", out)
			}
			u, err := f.AdminGetUser(t.Context(), "ana@example.com")
			if err != nil || attribute(u, "name") != "Ana" || attribute(u, "email_verified") != "true" {
				t.Errorf("got %+v and error %v, want what the owner gave", u, err)
			}
			users, _, err := f.ListUsers(t.Context(), pool.ListUsersInput{})
			if err != nil || len(users) != 1 {
				t.Errorf("got %d users and error %v, want one", len(users), err)
			}
		})
	}
}

// The password of a sign-up that waits isn't its source's entry into the account.
func TestAnUnconfirmedSignUpMakesItsSourceNoneOfTheOwners(t *testing.T) {
	f := newFixture(t)
	f.signUpFrom("203.0.113.5", "ana@example.com", strangersPassword)
	try := func(password string) error {
		_, err := f.InitiateAuth(from(t.Context(), "203.0.113.5"), pool.FlowUserPassword, map[string]string{"USERNAME": "ana@example.com", "PASSWORD": password})
		return err
	}
	wantCode(t, try(strangersPassword), pool.CodeUserNotConfirmed)
	if n := pool.KnownSources(t, f.Pool, "ana@example.com"); n != 0 {
		t.Errorf("got %d sources of the owner, want none", n)
	}
}

func TestCodesWaitForTheOperatorWithoutASender(t *testing.T) {
	f := newFixture(t, func(c *pool.Config) { c.Sender = nil })
	ctx := t.Context()
	if _, err := f.SignUp(ctx, pool.SignUpInput{Username: "ana@example.com", Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	waiting := func(username string, purpose pool.Purpose) string {
		t.Helper()
		all, _, err := f.PendingCodes(ctx, username, "")
		if err != nil || len(all) != 1 || all[0].Purpose != purpose || all[0].Email != username {
			t.Fatalf("got %+v and error %v, want one for %s", all, err, purpose)
		}
		return all[0].Code
	}
	if err := f.ConfirmSignUp(ctx, "ana@example.com", waiting("ana@example.com", pool.PurposeSignUp)); err != nil {
		t.Errorf("ConfirmSignUp: %v", err)
	}
	if _, err := f.ForgotPassword(ctx, "ana@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := f.ConfirmForgotPassword(ctx, "ana@example.com", waiting("ana@example.com", pool.PurposeReset), otherPassword); err != nil {
		t.Errorf("ConfirmForgotPassword: %v", err)
	}
	if _, err := f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: "ben@example.com"}); err != nil {
		t.Fatal(err)
	}
	out, err := f.tryPassword("ben@example.com", waiting("ben@example.com", pool.PurposeInvitation))
	if err != nil || out.Challenge == nil {
		t.Errorf("got %+v and error %v for the temporary password, want the challenge", out, err)
	}
	if err := f.AdminSetUserPassword(ctx, "ben@example.com", goodPassword, true); err != nil {
		t.Fatal(err)
	}
	if all, _, err := f.PendingCodes(ctx, "", ""); err != nil || len(all) != 0 {
		t.Errorf("got %+v and error %v after all were used, want none", all, err)
	}
}

func TestARandomRevocationMakesNoTokenBeLookedUpAgain(t *testing.T) {
	f := newFixture(t)
	f.addAna()
	tokens := f.signIn("ana")
	sub := claimsOf(t, tokens.ID)["sub"].(string)
	before := f.Epoch(sub)
	for _, do := range []func() error{
		func() error { return f.RevokeToken(t.Context(), tokens.Refresh[:len(tokens.Refresh)-3]+"AAA") },
		func() error { return f.RevokeToken(t.Context(), "random") },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, f.ConfirmForgotPassword(t.Context(), "ana", "000000", otherPassword), pool.CodeCodeMismatch)
	wantCode(t, f.ChangePassword(t.Context(), tokens.Access, otherPassword, otherPassword), pool.CodeNotAuthorized)
	if f.Epoch(sub) != before {
		t.Error("what ended no token changed the epoch")
	}
	others := 0
	for i := range 200 {
		if id := fmt.Sprint(i); f.Epoch(id) != 0 {
			others++
		}
	}
	if err := f.RevokeToken(t.Context(), tokens.Refresh); err != nil || f.Epoch(sub) == before {
		t.Errorf("got error %v and the epoch changed %t, want it changed", err, f.Epoch(sub) != before)
	}
	for i := range 200 {
		if id := fmt.Sprint(i); f.Epoch(id) != 0 {
			others++
		}
	}
	if others > 10 {
		t.Errorf("the epochs of %d of 200 others changed, want those of one in a thousand", others)
	}
}
