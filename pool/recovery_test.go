package pool_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"comanda/pool"
)

// addAna creates a confirmed user with goodPassword and a verified address.
func (f *fixture) addAna() pool.User {
	f.t.Helper()
	return f.addUser("ana", pool.Attribute{Name: "email", Value: "ana.smith@example.com"}, pool.Attribute{Name: "email_verified", Value: "true"})
}

// forget asks for a code and returns it.
func (f *fixture) forget(username string) string {
	f.t.Helper()
	f.mail.code = ""
	if _, err := f.ForgotPassword(f.t.Context(), username); err != nil {
		f.t.Fatalf("ForgotPassword(%q): %v", username, err)
	}
	return f.mail.code
}

// wrongCode returns a code of the same form that isn't it.
func wrongCode(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestAForgottenPasswordIsReplacedByACodeAndEverySessionEnds(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addAna()
	v, before := f.verifier(), f.signIn("ana")
	wantLive(t, v, before.ID, "before")
	for range 5 {
		if _, err := f.tryPassword("ana", otherPassword); err == nil {
			t.Fatal("a wrong password signs in")
		}
	}
	delivery, err := f.ForgotPassword(ctx, "ANA")
	if err != nil || delivery.Destination != "a***@e***" || delivery.Medium != "EMAIL" || delivery.Attribute != "email" {
		t.Fatalf("got %+v and error %v, want a masked address", delivery, err)
	}
	if f.mail.to.Email != "ana.smith@example.com" || f.mail.to.Username != "ana" || f.mail.purpose != pool.PurposeReset || len(f.mail.code) != 6 {
		t.Fatalf("sent %+v, want a code of six digits for ana", f.mail)
	}
	wantLive(t, v, before.ID, "while nobody has used the code")
	wantCode(t, f.ConfirmForgotPassword(ctx, "ana", f.mail.code, "weak"), pool.CodeInvalidPassword)
	if err := f.ConfirmForgotPassword(ctx, "ana.smith@example.com", f.mail.code, otherPassword); err != nil {
		t.Fatalf("ConfirmForgotPassword: %v", err)
	}
	wantRevoked(t, v, before.ID, "after")
	_, err = f.tryRefresh(before.Refresh)
	wantMessage(t, err, pool.CodeNotAuthorized, "Refresh Token has been revoked")
	if out, err := f.tryPassword("ana", otherPassword); err != nil || out.Tokens == nil {
		t.Errorf("got %+v and error %v with the new password, want tokens at once, whatever was wrong before", out, err)
	}
	wantCode(t, f.ConfirmForgotPassword(ctx, "ana", f.mail.code, goodPassword), pool.CodeCodeMismatch)
}

func TestARecoveryTellsNothingAboutUsersWho(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addAna()
	f.addUser("unverified", pool.Attribute{Name: "email", Value: "u@example.com"})
	f.addUser("bare")
	f.addUser("off", pool.Attribute{Name: "email", Value: "off@example.com"}, pool.Attribute{Name: "email_verified", Value: "true"})
	if err := f.AdminDisableUser(ctx, "off"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.SignUp(ctx, pool.SignUpInput{Username: "new@example.com", Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	for name, username := range map[string]string{
		"don't exist": "nobody", "don't exist by address": "nobody@example.com", "don't exist by sub": "0b4f1d2c-8a77-4e0b-9e36-2f1d2c3b4a5e",
		"have no proved address": "unverified", "have no address": "bare", "are disabled": "off", "aren't confirmed": "new@example.com",
	} {
		t.Run(name, func(t *testing.T) {
			f.t, f.mail.code = t, ""
			first, err := f.ForgotPassword(ctx, username)
			if err != nil || first.Medium != "EMAIL" || len(first.Destination) != len("a***@e***") || f.mail.code != "" {
				t.Fatalf("got %+v, error %v and code sent %t, want what looks like a delivery and none", first, err, f.mail.code != "")
			}
			if again, err := f.ForgotPassword(ctx, username); err != nil || *again != *first {
				t.Errorf("got %+v and error %v the second time, want %+v", again, err, first)
			}
			wantMessage(t, f.ConfirmForgotPassword(ctx, username, wrongCode(f.mail.code), otherPassword), pool.CodeCodeMismatch, "Invalid verification code provided, please try again.")
			for range 3 {
				f.forget(username)
			}
			_, err = f.ForgotPassword(ctx, username)
			wantMessage(t, err, pool.CodeLimitExceeded, "Attempt limit exceeded, please try after some time.")
		})
	}
}

func TestTheAnswerToAnAddressIsInTheAskersSpelling(t *testing.T) {
	f := newFixture(t)
	f.addAna()
	known, err := f.ForgotPassword(t.Context(), "ANA.Smith@example.com")
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := f.ForgotPassword(t.Context(), "ANA.Smyth@example.com")
	if err != nil || *known != *unknown || known.Destination != "A***@e***" {
		t.Errorf("got %+v for a known address and %+v, error %v for another, want the same", known, unknown, err)
	}
}

func TestAResetCodeIsRefusedThat(t *testing.T) {
	for name, spoil := range map[string]func(*fixture, string){
		"is an hour old": func(f *fixture, _ string) { f.clock.Move(time.Hour) },
		"was tried wrongly five times": func(f *fixture, code string) {
			for range 5 {
				wantCode(t, f.ConfirmForgotPassword(t.Context(), "ana", wrongCode(code), otherPassword), pool.CodeCodeMismatch)
			}
		},
		"has a successor": func(f *fixture, _ string) {
			f.clock.Move(31 * time.Minute)
			f.forget("ana")
		},
		"went to an earlier address": func(f *fixture, _ string) {
			change := []pool.Attribute{{Name: "email", Value: "other@example.com"}, {Name: "email_verified", Value: "true"}}
			if err := f.AdminUpdateUserAttributes(t.Context(), "ana", change); err != nil {
				t.Fatal(err)
			}
		},
		"belongs to somebody disabled": func(f *fixture, _ string) {
			if err := f.AdminDisableUser(t.Context(), "ana"); err != nil {
				t.Fatal(err)
			}
		},
		"was overtaken by a change": func(f *fixture, _ string) {
			if err := f.ChangePassword(t.Context(), f.signIn("ana").Access, goodPassword, goodPassword+"x"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.addAna()
			code := f.forget("ana")
			spoil(f, code)
			if code == f.mail.code && name == "has a successor" {
				t.Fatal("the new code is the old one")
			}
			wantMessage(t, f.ConfirmForgotPassword(t.Context(), "ana", code, otherPassword), pool.CodeCodeMismatch, "Invalid verification code provided, please try again.")
			if out, err := f.tryPassword("ana", otherPassword); err == nil {
				t.Errorf("got %+v, want the password not set", out)
			}
		})
	}
}

func TestACodeOfASignUpIsSentAnew(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if _, err := f.SignUp(ctx, pool.SignUpInput{Username: "ana@example.com", Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for range 5 {
		delivery, err := f.ResendConfirmationCode(ctx, "ana@example.com")
		if err != nil || delivery.Destination != "a***@e***" || f.mail.purpose != pool.PurposeSignUp {
			t.Fatalf("got %+v, error %v and purpose %s, want another code", delivery, err, f.mail.purpose)
		}
		codes = append(codes, f.mail.code)
	}
	if len(slices.Compact(slices.Clone(codes))) != 1 {
		t.Errorf("got codes %v, want the same one again: asking for another must not take away the one that is about to be used", codes)
	}
	_, err := f.ResendConfirmationCode(ctx, "ANA@example.com")
	wantMessage(t, err, pool.CodeLimitExceeded, "Attempt limit exceeded, please try after some time.")
	f.clock.Move(time.Hour)
	if _, err := f.ResendConfirmationCode(ctx, "ana@example.com"); err != nil {
		t.Fatalf("an hour later: %v", err)
	}
	f.clock.Move(12 * time.Hour)
	if _, err := f.ResendConfirmationCode(ctx, "ana@example.com"); err != nil || f.mail.code == codes[4] {
		t.Fatalf("half a day later: got error %v and code %s, want another one", err, f.mail.code)
	}
	wantCode(t, f.ConfirmSignUp(ctx, "ana@example.com", codes[4]), pool.CodeCodeMismatch)
	if err := f.ConfirmSignUp(ctx, "ana@example.com", f.mail.code); err != nil {
		t.Fatalf("ConfirmSignUp: %v", err)
	}
	_, err = f.ResendConfirmationCode(ctx, "ana@example.com")
	wantMessage(t, err, pool.CodeInvalidParameter, "User is already confirmed.")
	f.mail.code = ""
	if delivery, err := f.ResendConfirmationCode(ctx, "nobody@example.com"); err != nil || delivery.Destination != "n***@e***" || f.mail.code != "" {
		t.Errorf("got %+v and error %v for nobody, want what looks like a delivery", delivery, err)
	}
	if _, err := f.SignUp(ctx, pool.SignUpInput{Username: "bare", Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	_, err = f.ResendConfirmationCode(ctx, "bare")
	wantCode(t, err, pool.CodeInvalidParameter)
}

func TestACodeThatCouldNotBeSentIsLoggedAndNotAnswered(t *testing.T) {
	var log bytes.Buffer
	f := newFixture(t, func(c *pool.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	f.addAna()
	f.mail.err = errors.New("smtp is down")
	delivery, err := f.ForgotPassword(t.Context(), "ana")
	if err != nil || delivery.Medium != "EMAIL" {
		t.Errorf("got %+v and error %v, want the answer for a name that no user has", delivery, err)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "smtp is down") || strings.Contains(got, f.mail.code) {
		t.Errorf("got log %q, want the failure once and no code", got)
	}
}

func TestChangingThePasswordKeepsTheCallersSessionAndEndsTheOthers(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addAna()
	v, caller, other := f.verifier(), f.signIn("ana"), f.signIn("ana")
	wantLive(t, v, caller.ID, "before")
	wantLive(t, v, other.ID, "before")
	if err := f.ChangePassword(ctx, caller.Access, goodPassword, otherPassword); err != nil {
		t.Fatalf("ChangePassword: %v", err)
	}
	wantLive(t, v, caller.ID, "after, the caller's token")
	wantLive(t, f.verifier(), caller.ID, "after, to a verifier that hasn't seen it")
	wantRevoked(t, v, other.ID, "after, from another sign-in")
	if _, err := f.GetUser(ctx, caller.Access); err != nil {
		t.Errorf("GetUser by the caller's token: %v", err)
	}
	_, err := f.tryRefresh(other.Refresh)
	wantMessage(t, err, pool.CodeNotAuthorized, "Refresh Token has been revoked")
	out, err := f.tryRefresh(caller.Refresh)
	if err != nil {
		t.Fatalf("refresh the caller's session: %v", err)
	}
	wantLive(t, v, out.Tokens.ID, "after, refreshed")
	if _, err := f.tryPassword("ana", goodPassword); err == nil {
		t.Error("the old password signs in")
	}
	if err := f.ChangePassword(ctx, caller.Access, otherPassword, goodPassword); err != nil {
		t.Fatalf("ChangePassword by a token that has outlived one: %v", err)
	}
	wantLive(t, v, caller.ID, "after the second change")
	wantRevoked(t, v, out.Tokens.ID, "after the second change, of the generation between")
	if err := f.AdminSetUserPassword(ctx, "ana", otherPassword, true); err != nil {
		t.Fatal(err)
	}
	wantRevoked(t, v, caller.ID, "after an administrator set the password")
}

func TestATokenThatOutlivedAPasswordEndsWithAGroup(t *testing.T) {
	f := newFixture(t)
	f.addAna()
	if err := f.AdminAddUserToGroup(t.Context(), "ana", "apiAdmins"); err != nil {
		t.Fatal(err)
	}
	v, caller := f.verifier(), f.signIn("ana")
	if err := f.ChangePassword(t.Context(), caller.Access, goodPassword, otherPassword); err != nil {
		t.Fatal(err)
	}
	if err := f.AdminRemoveUserFromGroup(t.Context(), "ana", "apiAdmins"); err != nil {
		t.Fatal(err)
	}
	wantRevoked(t, v, caller.ID, "after leaving the group")
	if out, err := f.tryRefresh(caller.Refresh); err != nil || claimsOf(t, out.Tokens.ID)["cognito:groups"] != nil {
		t.Errorf("got %+v and error %v from the refresh token, want tokens without the group", out, err)
	}
}

func TestAPasswordIsNotChangedBy(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.addAna()
	tokens := f.signIn("ana")
	wantCode(t, f.ChangePassword(ctx, tokens.Access, goodPassword, "weak"), pool.CodeInvalidPassword)
	wantCode(t, f.ChangePassword(ctx, tokens.ID, goodPassword, otherPassword), pool.CodeNotAuthorized)
	for range 5 {
		wantMessage(t, f.ChangePassword(ctx, tokens.Access, otherPassword, otherPassword), pool.CodeNotAuthorized, "Incorrect username or password.")
	}
	wantCode(t, f.ChangePassword(ctx, tokens.Access, goodPassword, otherPassword), pool.CodeLimitExceeded)
	f.clock.Move(time.Second)
	if err := f.GlobalSignOut(ctx, tokens.Access); err != nil {
		t.Fatal(err)
	}
	wantMessage(t, f.ChangePassword(ctx, tokens.Access, goodPassword, otherPassword), pool.CodeNotAuthorized, "Access Token has been revoked")
	f.signIn("ana")
}
