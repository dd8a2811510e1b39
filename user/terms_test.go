package user

import (
	"errors"
	"slices"
	"testing"

	"comanda/payload"
)

// under returns the service for a request with this body, and what it asks for. Members
// that no reader knows are objected to.
func under[T any](r registry, body string, reader func(*payload.Value) T) (*Service, T) {
	r.t.Helper()
	var report payload.Report
	v := payload.Parse([]byte(body), &report)
	got := reader(v)
	for _, m := range v.Unknown() {
		m.RejectNew("is unknown")
	}
	if report.Err() != nil {
		r.t.Fatalf("%s: %v", body, report.Err())
	}
	return r.Under(payload.Terms{Objection: report.Objection()}), got
}

func wantBroke(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	var invalid *payload.Invalid
	if !errors.As(err, &invalid) {
		t.Errorf("%s: got error %v, want violations %q", what, err, want)
		return
	}
	var got []string
	for _, v := range invalid.Violations {
		got = append(got, v.Path+" "+v.Message)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: got violations %q, want %q", what, got, want)
	}
}

// ugly has in every text what only the first edition took.
var ugly = Content{Name: "An\x00a", Username: "\u3164", Email: "ana@example.com", Address: "1 Quay\x1bStreet"}

const (
	uglyName, uglyAddress = `"name":"An\u0000a"`, `"address":"1 Quay\u001bStreet"`
	uglyRest              = `"username":"\u3164","email":"ana@example.com",`
	uglyBody              = `{` + uglyName + `,` + uglyRest + uglyAddress + `,"phone":1}`

	aboutName     = "$.name must have no control characters"
	aboutUsername = "$.username must have a visible character"
	aboutAddress  = "$.address must have no control characters but newline and tab"
	aboutPhone    = "$.phone is unknown"
)

func TestRulesForNewProfilesRefuseNewProfiles(t *testing.T) {
	r := newRegistry(t)
	s, creation := under(r, uglyBody, ReadCreation)
	for _, key := range []string{"", "k"} {
		_, _, err := s.Create(background, "admin", creation, key)
		wantBroke(t, "create", err, aboutName, aboutUsername, aboutAddress, aboutPhone)
	}
	s, content := under(r, uglyBody, ReadContent)
	_, err := s.Put(background, "u-1", content, nil)
	wantBroke(t, "put", err, aboutName, aboutUsername, aboutAddress, aboutPhone)
	if page, err := r.List(background, "", 10); err != nil || len(page.Users) != 0 {
		t.Errorf("stored: got %d profiles, %v, want none", len(page.Users), err)
	}
}

func TestARepeatedCreationIsNotRefusedByARuleThatCameLater(t *testing.T) {
	r := newRegistry(t)
	first := r.create("", ugly, "k")
	s, creation := under(r, uglyBody, ReadCreation)
	again, replayed, err := s.Create(background, "admin", creation, "k")
	if err != nil || !replayed {
		t.Fatalf("got replayed %v, %v, want a repetition", replayed, err)
	}
	wantSame(t, "first answer", first.firstAnswer(), again)
	creation.ID = first.ID
	_, _, err = s.Create(background, "admin", creation, "")
	wantError(t, "without the key", err, ErrExists)
	creation.Content.Address = "2\x00"
	_, _, err = s.Create(background, "admin", creation, "k")
	wantError(t, "something else under the key", err, ErrReused)
}

func TestAProfileIsHeldToRulesForWhatChanges(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", ugly)
	put := func(body string) error {
		s, content := under(r, body, ReadContent)
		_, err := s.Put(background, "u-1", content, nil)
		return err
	}
	patch := func(body string) error {
		s, p := under(r, body, ReadPatch)
		_, err := s.Patch(background, "u-1", p, nil)
		return err
	}
	wantError(t, "put the same again", put(uglyBody), nil)
	wantError(t, "patch the same again", patch(uglyBody), nil)
	r.wantContent("u-1", ugly, 1)

	wantBroke(t, "put another name", put(`{"name":"Be\u0000a",`+uglyRest+uglyAddress+`}`), aboutName)
	wantBroke(t, "patch a name of nothing", patch(`{"name":"\u200b","address":null}`), "$.name must have a visible character")
	wantBroke(t, "patch what is unknown", patch(`{"name":"Bea","phone":1}`), aboutPhone)
	r.wantContent("u-1", ugly, 1)

	clean := ugly
	clean.Name = "Ana"
	wantError(t, "put a clean name beside text that is there", put(`{"name":"Ana",`+uglyRest+uglyAddress+`}`), nil)
	r.wantContent("u-1", clean, 2)
	clean.Address = "1 Quay Street\n2nd floor"
	wantError(t, "patch a clean address", patch(`{"address":"1 Quay Street\n2nd floor"}`), nil)
	r.wantContent("u-1", clean, 3)
}

func TestAChangeOfAProfileCanBeUnwantedForAVersion(t *testing.T) {
	r := newRegistry(t)
	unless := func(versions ...int) *Service {
		return r.Under(payload.Terms{Unless: func(v int) bool { return slices.Contains(versions, v) }})
	}
	any := func() *Service { return r.Under(payload.Terms{Unless: func(v int) bool { return v > 0 }}) }
	_, err := any().Put(background, "u-1", ana, nil)
	wantError(t, "put one that isn't there", err, nil)
	_, err = any().Put(background, "u-1", bea, nil)
	wantError(t, "put one that is there", err, ErrPrecondition)
	_, err = any().Put(background, "u-1", ana, nil)
	wantError(t, "put the same as is there", err, ErrPrecondition)
	_, err = unless(1).Patch(background, "u-1", Patch{Name: &bea.Name}, nil)
	wantError(t, "patch", err, ErrPrecondition)
	wantError(t, "delete", any().Delete(background, "u-1", nil), ErrPrecondition)
	r.wantContent("u-1", ana, 1)
	_, err = unless(2).Patch(background, "u-1", Patch{Name: &bea.Name}, []int{1})
	wantError(t, "patch another version", err, nil)
	r.remove("u-1")
	_, err = any().Put(background, "u-1", bea, nil)
	wantError(t, "put one that isn't there any more", err, nil)
	_, err = any().Patch(background, "u-2", Patch{}, nil)
	wantError(t, "patch one that never was", err, ErrNotFound)
}
