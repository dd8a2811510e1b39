package user

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

// spellings are one address and one username, written in every way that counts
// as the same: in other cases, and with accents composed and decomposed.
var spellings = []Content{
	{Name: "1", Email: "josé.ñandú@example.com", Username: "straße"},
	{Name: "2", Email: "jose\u0301.n\u0303andu\u0301@example.com", Username: "STRASSE"},
	{Name: "3", Email: "JOSÉ.ÑANDÚ@EXAMPLE.COM", Username: "Straße"},
	{Name: "4", Email: "JOSE\u0301.N\u0303ANDU\u0301@Example.Com", Username: "strasse"},
}

// together calls do n times at once and returns what each call returned.
func together(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	group.Wait()
	return errs
}

func TestOneOfManyWhoWantAnAddressGetsIt(t *testing.T) {
	const creators = 32
	for _, tc := range []struct {
		field string
		of    func(c Content) Content
	}{
		{"email", func(c Content) Content { return Content{Name: c.Name, Email: c.Email} }},
		{"username", func(c Content) Content { return Content{Name: c.Name, Username: c.Username} }},
	} {
		t.Run(tc.field, func(t *testing.T) {
			r := newRegistry(t)
			errs := together(creators, func(i int) error {
				c := tc.of(spellings[i%len(spellings)])
				if i%2 == 0 {
					_, err := r.Put(background, fmt.Sprintf("u-%d", i), c, nil)
					return err
				}
				_, _, err := r.Create(background, "admin", Creation{Content: c}, "")
				return err
			})
			won := 0
			for _, err := range errs {
				var taken *TakenError
				switch {
				case err == nil:
					won++
				case !errors.As(err, &taken) || taken.Field != tc.field:
					t.Errorf("got %v, want that the %s is taken", err, tc.field)
				}
			}
			if stored := len(r.scan(Table.Name)); won != 1 || stored != 1 {
				t.Errorf("got %d winners and %d profiles, want one of each", won, stored)
			}
		})
	}
}

func TestAnAddressIsFreeAfterItIsChangedRemovedOrItsProfileDeleted(t *testing.T) {
	none, other := "", "other@example.com"
	for name, release := range map[string]func(r registry) error{
		"put without": func(r registry) error { _, err := r.Put(background, "u-1", bea, nil); return err },
		"patched to none": func(r registry) error {
			_, err := r.Patch(background, "u-1", Patch{Email: &none, Username: &none}, nil)
			return err
		},
		"patched to others": func(r registry) error {
			_, err := r.Patch(background, "u-1", Patch{Email: &other, Username: &other}, nil)
			return err
		},
		"deleted": func(r registry) error { return r.Delete(background, "u-1", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			r.put("u-1", spellings[0])
			_, err := r.Put(background, "u-2", spellings[1], nil)
			wantTaken(t, "before", err, "email")
			if err := release(r); err != nil {
				t.Fatal(err)
			}
			r.put("u-2", spellings[1])
		})
	}
}

func TestAnotherSpellingOfOnesOwnAddressIsNoConflict(t *testing.T) {
	r := newRegistry(t)
	for i, c := range spellings {
		r.put("u-1", c)
		r.wantContent("u-1", c, i+1)
	}
	if claims := r.scan(Claims.Name); len(claims) != 2 {
		t.Errorf("got %d claims, want 2", len(claims))
	}
}

func TestAUsernameAndAnAddressOfTheSameTextAreTwoClaims(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", Content{Name: "1", Email: "a@b"})
	r.put("u-2", Content{Name: "2", Username: "a@b"})
	_, err := r.Put(background, "u-3", Content{Name: "3", Email: "A@B"}, nil)
	wantTaken(t, "e-mail", err, "email")
	_, err = r.Put(background, "u-3", Content{Name: "3", Username: "A@B"}, nil)
	wantTaken(t, "username", err, "username")
}

func TestTwoUsersSwapAddressesByWayOfAThird(t *testing.T) {
	r := newRegistry(t)
	a, b, between := "a@example.com", "b@example.com", "c@example.com"
	r.put("u-1", Content{Name: "1", Email: a})
	r.put("u-2", Content{Name: "2", Email: b})
	_, err := r.Patch(background, "u-1", Patch{Email: &b}, nil)
	wantTaken(t, "at once", err, "email")
	for _, step := range []struct {
		id    string
		email *string
	}{{"u-1", &between}, {"u-2", &a}, {"u-1", &b}} {
		if _, err := r.Patch(background, step.id, Patch{Email: step.email}, nil); err != nil {
			t.Fatalf("%s to %s: %v", step.id, *step.email, err)
		}
	}
	r.wantContent("u-1", Content{Name: "1", Email: b}, 3)
	r.wantContent("u-2", Content{Name: "2", Email: a}, 2)
	_, err = r.Put(background, "u-3", Content{Name: "3", Email: between}, nil)
	wantError(t, "the third address", err, nil)
}

// Both may be refused, because each asks for what the other still has; the
// audit finds out whether one ever got what the other kept.
func TestTwoUsersWhoSwapAddressesAtOnceNeverShareOne(t *testing.T) {
	r := newRegistry(t)
	emails := []string{"a@example.com", "b@example.com"}
	r.put("u-0", Content{Name: "0", Email: emails[0]})
	r.put("u-1", Content{Name: "1", Email: emails[1]})
	for range 10 {
		for _, err := range together(2, func(i int) error {
			p, err := r.Get(background, fmt.Sprintf("u-%d", i))
			if err != nil {
				return err
			}
			wanted := emails[0]
			if p.Email == emails[0] {
				wanted = emails[1]
			}
			_, err = r.Patch(background, p.ID, Patch{Email: &wanted}, nil)
			return err
		}) {
			wantTaken(t, "swap", err, "email")
		}
		r.audit()
	}
}

func TestManyEqualCreationsUnderOneKeyAreOneProfileAndOneAnswer(t *testing.T) {
	for _, id := range []string{"", "u-1"} {
		r := newRegistry(t)
		const creators = 32
		answers := make([]string, creators)
		first := make([]bool, creators)
		errs := together(creators, func(i int) error {
			p, replayed, err := r.Create(background, "admin", Creation{ID: id, Content: ana}, "k-1")
			if err != nil {
				return err
			}
			b, err := p.Render()
			answers[i], first[i] = string(b), !replayed
			return err
		})
		created := 0
		for i, err := range errs {
			if err != nil || answers[i] != answers[0] {
				t.Errorf("got %s, %v, want %s", answers[i], err, answers[0])
			}
			if first[i] {
				created++
			}
		}
		if stored := len(r.scan(Table.Name)); created != 1 || stored != 1 {
			t.Errorf("id %q: got %d creations and %d profiles, want one of each", id, created, stored)
		}
	}
}
