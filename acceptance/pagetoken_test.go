package acceptance

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// pageTokenScenarios send back page tokens that aren't what the answer had, or
// not where it belongs.
func pageTokenScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	ana, bea := c.signUp(t, "ana"), c.signUp(t, "bea")
	for i := range 6 {
		c.place(t, ana, named(fmt.Sprintf("a-%d", i), soup))
		c.place(t, bea, named(fmt.Sprintf("b-%d", i), pie))
	}
	token := func(u *user, query string) string { return c.get(t, u, "/orders?"+query).str(t, "nextToken") }
	mine := token(ana, "limit=2")
	raw, err := base64.RawURLEncoding.DecodeString(mine)
	if err != nil {
		t.Fatalf("page token %q: %v", mine, err)
	}
	flipped := func(i int) string {
		b := append([]byte(nil), raw...)
		b[i] ^= 1
		return base64.RawURLEncoding.EncodeToString(b)
	}
	foreign, err := base64.RawURLEncoding.DecodeString(token(bea, "limit=2"))
	if err != nil {
		t.Fatal(err)
	}
	const binding = 13 // bytes before the store's cursor
	for _, x := range []struct {
		name, query, token string
		gateway            *want
	}{
		{"nonsense", "", "nonsense", nil},
		{"not base64", "", "%%%", nil},
		{"a letter", "", "A", nil},
		{"truncated by one", "", mine[:len(mine)-1], nil},
		{"its first half", "", mine[:len(mine)/2], nil},
		{"without its cursor", "", base64.RawURLEncoding.EncodeToString(raw[:binding]), nil},
		{"padded", "", mine + "=", nil},
		{"longer", "", mine + "AAAA", nil},
		{"twice itself", "", mine + mine, nil},
		{"100 KB", "", strings.Repeat("A", 100<<10), &want{status: 431}},
		{"with another version", "", flipped(0), nil},
		{"with another binding", "", flipped(5), nil},
		{"of another customer", "", token(bea, "limit=2"), nil},
		{"of another status", "status=PLACED&", mine, nil},
		{"of a filtered list", "", token(ana, "limit=2&status=PLACED"), nil},
		{"of another beginning", "from=2026-01-31&", mine, nil},
		{"of another end", "to=2027-01-31&", mine, nil},
		{"of a list with a beginning", "", token(ana, "limit=2&from=2026-01-31"), nil},
	} {
		s.scenario(t, "a page token is refused: "+x.name, func(t *testing.T) {
			c.get(t, ana, "/orders?"+x.query+"nextToken="+url.QueryEscape(x.token)).
				expect(t, want{status: 400, problem: "invalid-input", violations: []string{"query.nextToken is not from an answer"}, gateway: x.gateway})
		})
	}
	s.scenario(t, "a forged page token never shows another customer's orders", func(t *testing.T) {
		forged := append(append([]byte(nil), raw[:binding]...), foreign[binding:]...)
		c.mineOrRefused(t, ana, base64.RawURLEncoding.EncodeToString(forged))
		for i := binding; i < len(raw); i++ {
			c.mineOrRefused(t, ana, flipped(i))
		}
	})
	s.scenario(t, "a page token goes with every page size", func(t *testing.T) {
		a := c.get(t, ana, "/orders?limit=100&nextToken="+url.QueryEscape(mine)).expect(t, want{status: 200, json: fields{"orders.#": 4}})
		if got := ids(t, a); got[0] != "a-3" {
			t.Errorf("got %v, want them from a-3 on", got)
		}
	})
}

// mineOrRefused fails the test when a forged token gets anything but a refusal
// or one's own orders.
func (c *client) mineOrRefused(t *testing.T, u *user, token string) {
	t.Helper()
	a := c.get(t, u, "/orders?nextToken="+url.QueryEscape(token))
	if a.status == 400 {
		a.expect(t, want{status: 400, problem: "invalid-input"})
		return
	}
	a.expect(t, want{status: 200})
	for i, id := range ids(t, a) {
		if owner := a.str(t, fmt.Sprintf("orders.%d.userId", i)); owner != u.id || !strings.HasPrefix(id, "a-") {
			t.Errorf("order %s of %s is in the list of %s", id, owner, u.id)
		}
	}
}
