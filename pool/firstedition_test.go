package pool

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"comanda/sqlite"
)

// The first edition kept codes in the user and one verifier for the username. What it has
// stored is of use to its users after the upgrade.
func TestWhatTheFirstEditionStoredGoesOn(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "pool.db"), Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	keys, err := NewKeys("")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	p, err := New(t.Context(), Config{Store: db, Keys: keys, Now: func() time.Time { return now }, Hashing: Hashing{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	const password = "Correct-Horse-7"
	stored := func(name string, status Status, purpose Purpose) user {
		t.Helper()
		u, err := p.newUser(name, []Attribute{{attributeEmail, name + "@example.com"}}, true)
		if err != nil {
			t.Fatal(err)
		}
		u.Status = status
		if status == StatusConfirmed {
			u.Attributes[attributeEmailVerified] = "true"
		}
		if u.Password, err = p.newPassword(u.Sub, u.Username, password); err != nil {
			t.Fatal(err)
		}
		u.Password.SRPFolded, u.Password.SRPSub = nil, nil
		u.Code = &code{Purpose: purpose, MAC: p.seal.mac("code", u.Sub, string(purpose), "123456"), Expires: now.Add(time.Hour).UnixMilli()}
		if err := p.createUser(t.Context(), u, alreadyExists()); err != nil {
			t.Fatal(err)
		}
		return u
	}
	signIn := func(name, password string) error {
		_, err := p.InitiateAuth(t.Context(), FlowUserPassword, map[string]string{paramUsername: name, paramPassword: password})
		return err
	}

	stored("new", StatusUnconfirmed, PurposeSignUp)
	if err := p.ConfirmSignUp(t.Context(), "new", "654321"); !errors.Is(err, &Error{Code: CodeCodeMismatch}) {
		t.Errorf("a wrong code of a sign-up: got error %v, want CodeMismatchException", err)
	}
	if err := errors.Join(p.ConfirmSignUp(t.Context(), "new", "123456"), signIn("new", password)); err != nil {
		t.Errorf("the code of a sign-up: %v", err)
	}

	stored("late", StatusUnconfirmed, PurposeSignUp)
	if _, err := p.ResendConfirmationCode(t.Context(), "late"); err != nil {
		t.Fatal(err)
	}
	pending, _, err := p.PendingCodes(t.Context(), "late", "")
	if err != nil || len(pending) != 1 {
		t.Fatalf("got %+v and error %v, want a new code", pending, err)
	}
	if err := errors.Join(p.ConfirmSignUp(t.Context(), "late", pending[0].Code), signIn("late", password)); err != nil {
		t.Errorf("a code that was asked for again: %v", err)
	}

	stored("forgetful", StatusConfirmed, PurposeReset)
	if err := p.ConfirmForgotPassword(t.Context(), "forgetful", "123456", password+"8"); err != nil {
		t.Errorf("the code for a new password: %v", err)
	}
	if err := p.ConfirmForgotPassword(t.Context(), "forgetful", "123456", password); !errors.Is(err, wrongCode()) {
		t.Errorf("the same code again: got error %v, want CodeMismatchException", err)
	}
	if err := signIn("forgetful", password+"8"); err != nil {
		t.Errorf("the new password: %v", err)
	}

	old := stored("Capital", StatusConfirmed, PurposeReset)
	for _, given := range []string{"capital", "capital@example.com", old.Sub} {
		who, err := p.partner(old, given)
		if err != nil || who.name != "Capital" || who.verifier.Sign() <= 0 {
			t.Errorf("%s: got %+v and error %v, want the one verifier that there is", given, who, err)
		}
	}
}
