package user

import (
	"errors"
	"fmt"
	"testing"

	"comanda/storage"
)

func TestAProfileIsFoundByWhatIsUniqueInIt(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", ana)
	r.put("u-2", Content{Name: "Straße", Username: "Straße", Email: "strasse@example.com"})
	r.put("gone", Content{Name: "G", Email: "gone@example.com", Username: "gone"})
	r.remove("gone")
	for _, c := range []struct {
		key  Key
		want string
	}{
		{Key{Username: "ana"}, "u-1"}, {Key{Username: "ANA"}, "u-1"}, {Key{Email: "Ana@Example.COM"}, "u-1"}, {Key{Username: "STRASSE"}, "u-2"},
		{Key{Username: "an"}, ""}, {Key{Username: "ana@example.com"}, ""}, {Key{Email: "ana"}, ""}, {Key{}, ""},
		{Key{Email: "gone@example.com"}, ""}, {Key{Username: "gone"}, ""},
	} {
		p, err := r.Find(background, c.key)
		if p.ID != c.want || (c.want == "") != errors.Is(err, ErrNotFound) {
			t.Errorf("%+v: got %q, %v, want %q", c.key, p.ID, err, c.want)
		}
	}
	r.put("u-1", bea)
	_, err := r.Find(background, Key{Email: ana.Email})
	wantError(t, "what was given up", err, ErrNotFound)
}

func TestDeletedProfilesLeaveNoGapsInPages(t *testing.T) {
	r := newRegistry(t)
	live := map[string]bool{}
	for i := range 300 {
		id := fmt.Sprintf("u-%03d", i)
		r.put(id, bea)
		if i%100 < 90 {
			r.remove(id)
			continue
		}
		live[id] = true
	}
	for _, limit := range []int{1, 7, 30, 100} {
		var sizes []int
		seen := map[string]bool{}
		for after := storage.Cursor(""); ; {
			page, err := r.List(background, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(page.Users))
			for _, p := range page.Users {
				if seen[p.ID] || !live[p.ID] {
					t.Errorf("pages of %d: %s is there twice, or deleted", limit, p.ID)
				}
				seen[p.ID] = true
			}
			if after = page.Next; after == "" {
				break
			}
		}
		for i, n := range sizes[:len(sizes)-1] {
			if n != limit {
				t.Errorf("pages of %d: page %d has %d users", limit, i, n)
			}
		}
		if len(seen) != len(live) {
			t.Errorf("pages of %d: got %d users, want %d", limit, len(seen), len(live))
		}
	}
}
