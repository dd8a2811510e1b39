package user

import (
	"errors"
	"strings"
	"testing"

	"comanda/payload"
	"comanda/storage"
)

// wantProof wants err to be about one field, and to say nothing of who has what is in it.
func wantProof(t *testing.T, err error, path string) {
	t.Helper()
	var invalid *payload.Invalid
	if !errors.As(err, &invalid) || len(invalid.Violations) != 1 || invalid.Violations[0].Path != path || strings.Contains(invalid.Violations[0].Message, "other") {
		t.Errorf("got error %v, want one about %s", err, path)
	}
}

func TestACustomerClaimsWhatTheUserPoolHasProvedOnly(t *testing.T) {
	r := newRegistry(t)
	boss := "ceo@corp.example"
	if _, err := r.Put(background, "u-boss", Content{Name: "Boss", Email: boss}, nil); err != nil {
		t.Fatal(err)
	}
	customer := r.As(Authority{Email: "Ana@Example.com", Username: "Ana"})
	unproved := r.As(Authority{Username: "eve"})
	for _, email := range []string{boss, "free@corp.example"} { // whether a user has it or not
		_, err := unproved.Put(background, "u-eve", Content{Name: "Eve", Email: email}, nil)
		wantProof(t, err, "$.email")
		_, err = customer.Put(background, "u-ana", Content{Name: "Ana", Email: email}, nil)
		wantProof(t, err, "$.email")
	}
	_, err := customer.Put(background, "u-ana", Content{Name: "Ana", Username: "admin"}, nil)
	wantProof(t, err, "$.username")
	p, err := customer.Put(background, "u-ana", Content{Name: "Ana", Email: "ana@example.com", Username: "ANA"}, nil)
	if err != nil || p.Email != "ana@example.com" {
		t.Fatalf("got %+v and error %v, want the caller's own claims", p, err)
	}
	name, none := "Ana B", ""
	if _, err := unproved.Patch(background, "u-ana", Patch{Name: &name}, nil); err != nil {
		t.Errorf("a change of something else: %v", err)
	}
	_, err = customer.Patch(background, "u-ana", Patch{Email: &boss}, nil)
	wantProof(t, err, "$.email")
	if _, err := unproved.Patch(background, "u-ana", Patch{Email: &none, Username: &none}, nil); err != nil {
		t.Errorf("giving both up: %v", err)
	}
	r.audit()
}

func TestAnAddressThatWasClaimedWithoutProofGoesToWhoeverHasIt(t *testing.T) {
	r := newRegistry(t)
	mail := "ana@example.com"
	if _, err := r.Put(background, "u-squatter", Content{Name: "Eve", Email: mail}, nil); err != nil {
		t.Fatal(err)
	}
	unprove(t, r, mail)
	owner := r.As(Authority{Email: mail, Username: "ana"})
	if _, err := owner.Put(background, "u-ana", Content{Name: "Ana", Email: mail}, nil); err != nil {
		t.Fatalf("the owner: %v", err)
	}
	name, other := "Eve B", "eve@example.com"
	if _, err := r.As(Authority{}).Patch(background, "u-squatter", Patch{Name: &name}, nil); err != nil {
		t.Errorf("the squatter, of something else: %v", err)
	}
	if _, err := r.Patch(background, "u-squatter", Patch{Email: &other}, nil); err != nil {
		t.Errorf("the squatter's address, by an administrator: %v", err)
	}
	var taken *TakenError
	if _, err := r.Put(background, "u-3", Content{Name: "C", Email: mail}, nil); !errors.As(err, &taken) {
		t.Errorf("got error %v, want the address to be the owner's", err)
	}
	if _, err := r.As(Authority{Email: mail}).Put(background, "u-4", Content{Name: "D", Email: mail}, nil); !errors.As(err, &taken) {
		t.Errorf("got error %v, want a proved claim to stay", err)
	}
}

// unprove makes the claim on an address one of the first edition.
func unprove(t *testing.T, r registry, email string) {
	t.Helper()
	c := newClaim("email", email)
	old, err := r.store.Get(background, c.key)
	if err != nil {
		t.Fatal(err)
	}
	held, err := decodeClaim(old)
	if err != nil {
		t.Fatal(err)
	}
	held.Proved = false
	record, err := codec.Encode(c.key, &held)
	if err != nil {
		t.Fatal(err)
	}
	err = r.store.Commit(background, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &old, New: &record}}})
	if err != nil {
		t.Fatal(err)
	}
}
