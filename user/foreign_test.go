package user

import (
	"errors"
	"testing"
	"time"

	"comanda/storage"
)

// foreign is a profile as the workshop's function stores it: what was sent, and
// a time without a zone.
const foreign = `{"name":"Ana Surname","email":"ana@example.com","phone":"+1","timestamp":"2026-03-14T12:00:00.250999"}`

func TestProfilesOfOtherSoftwareAreProfiles(t *testing.T) {
	zero := time.Unix(0, 0).UTC()
	for _, tc := range []struct {
		name, doc string
		at        time.Time
	}{
		{"a time without a zone", foreign, noon},
		{"a time with one", `{"name":"Ana Surname","timestamp":"2026-03-14T13:00:00+01:00"}`, noon.Truncate(time.Second)},
		{"no time", `{"name":"Ana Surname"}`, zero},
		{"a time of another kind", `{"name":"Ana Surname","timestamp":1773489600}`, zero},
		{"text that is no time", `{"name":"Ana Surname","timestamp":"today"}`, zero},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := decode(storage.Record{Key: keyOf("u-1"), Doc: []byte(tc.doc)})
			if err != nil || p.Name != "Ana Surname" || !p.CreatedAt.Equal(tc.at) || !p.UpdatedAt.Equal(tc.at) || p.Version != 1 {
				t.Errorf("got %+v (%v), want Ana of %v, version 1", p, err, tc.at)
			}
		})
	}
	if _, err := decode(storage.Record{Key: keyOf("u-1"), Doc: []byte(`{"name":["Ana"]}`)}); err == nil {
		t.Error("a name of another kind: got no error, want one")
	}
}

// copied stores a profile of other software as a copy of it is: with a version,
// and without claims.
func (r registry) copied(id, doc string) {
	r.t.Helper()
	c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &storage.Record{Key: keyOf(id), Doc: []byte(doc)}}}}
	if err := r.store.Commit(background, c); err != nil {
		r.t.Fatalf("copy %s: %v", id, err)
	}
}

// movers are the changes that a copied profile must survive, and whether it has
// the address of foreign afterwards.
var movers = map[string]struct {
	change func(registry) error
	keeps  bool
}{
	"patch the name": {func(r registry) error {
		name := "Ana Maria"
		_, err := r.Patch(background, "u-1", Patch{Name: &name}, []int{1})
		return err
	}, true},
	"patch the e-mail": {func(r registry) error {
		email := "other@example.com"
		_, err := r.Patch(background, "u-1", Patch{Email: &email}, nil)
		return err
	}, false},
	"put": {func(r registry) error {
		_, err := r.Put(background, "u-1", Content{Name: "Ana", Email: "other@example.com"}, nil)
		return err
	}, false},
	"put without e-mail": {func(r registry) error { _, err := r.Put(background, "u-1", bea, nil); return err }, false},
	"delete":             {func(r registry) error { return r.Delete(background, "u-1", nil) }, false},
}

func TestACopiedProfileOfOtherSoftwareClaimsWithItsFirstChange(t *testing.T) {
	for name, tc := range movers {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			r.copied("u-1", foreign)
			if err := tc.change(r); err != nil {
				t.Fatalf("first change: got %v, want success", err)
			}
			_, err := r.Put(background, "u-2", Content{Name: "Bea", Email: "ANA@example.com"}, nil)
			if tc.keeps {
				wantTaken(t, "the address of the copied profile", err, "email")
			} else {
				wantError(t, "the address that nobody has", err, nil)
			}
			r.audit()
			wantError(t, "delete", r.Delete(background, "u-1", nil), nil)
		})
	}
}

// Until it changes, a profile of other software has no claim: another user can
// take its address, and then keeps it.
func TestACopiedProfileOfOtherSoftwareReleasesNobodyElsesClaim(t *testing.T) {
	for name, tc := range movers {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			r.copied("u-1", foreign)
			r.put("u-2", ana)
			err := tc.change(r)
			if tc.keeps {
				wantTaken(t, "first change", err, "email")
			} else {
				wantError(t, "first change", err, nil)
			}
			r.audit()
			_, err = r.Put(background, "u-3", Content{Name: "Cem", Email: ana.Email}, nil)
			wantTaken(t, "the address of the one who claimed it", err, "email")
		})
	}
}

// lose takes the claim on ana's address away from its owner, and gives it to the profile, if any.
func (r registry) lose(to *Profile) {
	r.t.Helper()
	c := newClaim("email", ana.Email)
	old, err := r.store.Get(background, c.key)
	if err != nil {
		r.t.Fatal(err)
	}
	commit := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &old}}}
	if to != nil {
		claim, claimErr := encodeClaim(c, to.ID)
		record, err := encode(*to)
		if err = errors.Join(claimErr, err); err != nil {
			r.t.Fatal(err)
		}
		commit.Writes[0].New = claim
		commit.Writes = append(commit.Writes, storage.Write{New: record})
	}
	if err := r.store.Commit(background, commit); err != nil {
		r.t.Fatal(err)
	}
}

// A claim that was lost, or that another user has by now, keeps no profile from
// its change, and stays as it is.
func TestAProfileWithoutItsClaimCanBeChanged(t *testing.T) {
	for name, owner := range map[string]*Profile{
		"gone":            nil,
		"somebody else's": {ID: "u-2", Content: Content{Name: "Bea", Email: ana.Email}, CreatedAt: noon, UpdatedAt: noon, Version: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			r.put("u-1", Content{Name: "Ana", Email: ana.Email})
			r.lose(owner)
			wantError(t, "delete", r.Delete(background, "u-1", nil), nil)
		})
	}
}
