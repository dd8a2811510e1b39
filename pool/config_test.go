package pool_test

import (
	"strings"
	"testing"
	"time"

	"comanda/pool"
)

func TestAPoolIsNotOpenedWith(t *testing.T) {
	f := newFixture(t)
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		change func(*pool.Config)
		want   string
	}{
		{"no store", func(c *pool.Config) { c.Store = nil }, "no store"},
		{"no keys", func(c *pool.Config) { c.Keys = pool.Keys{} }, "pool id"},
		{"a policy of five characters", func(c *pool.Config) { c.Policy = pool.Policy{MinLength: 5} }, "at least 5"},
		{"tokens for a minute", func(c *pool.Config) { c.TokenTTL = time.Minute }, "1m0s"},
		{"refresh tokens that end before the others", func(c *pool.Config) { c.RefreshTokenTTL = time.Minute }, "refresh"},
		{"a hash without passes", func(c *pool.Config) { c.Hashing = pool.Hashing{Memory: 64} }, "0 passes"},
		{"a negative recheck", func(c *pool.Config) { c.Recheck = -1 }, "recheck"},
		{"a group name with a space", func(c *pool.Config) { c.AdminGroup = "a b" }, "administrators' group"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := pool.Config{Store: f.store, Keys: keys}
			c.change(&config)
			if _, err := pool.New(t.Context(), config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
	_, err = pool.New(t.Context(), pool.Config{TokenTTL: time.Second, Recheck: -1})
	if err == nil || !strings.Contains(err.Error(), "recheck") || !strings.Contains(err.Error(), "no store") {
		t.Errorf("got error %v, want every bad value in one", err)
	}
}

func TestPasswordPoliciesAreReadFromText(t *testing.T) {
	for text, want := range map[string]pool.Policy{
		"8,upper,lower,digit,symbol": pool.DefaultPolicy(),
		"12":                         {MinLength: 12},
		"6,symbol,lower":             {MinLength: 6, Symbol: true, Lower: true},
	} {
		got, err := pool.ParsePolicy(text)
		if err != nil || got != want {
			t.Errorf("%s: got %+v and error %v, want %+v", text, got, err, want)
		}
		if again, err := pool.ParsePolicy(got.String()); err != nil || again != want {
			t.Errorf("%s: read again from %q: got %+v and error %v, want the same", text, got, again, err)
		}
	}
	for text, want := range map[string]string{
		"": "begin with a number", "upper,8": "begin with a number", "5": "between 6 and 99", "100,upper": "between 6 and 99",
		"8,upper,upper": "each once", "8,Upper": "one of upper", "8,": "one of upper", "8, upper": "one of upper",
	} {
		if _, err := pool.ParsePolicy(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", text, err, want)
		}
	}
}

func TestTheAdministratorsGroupHasTheNameOfTheSetting(t *testing.T) {
	f := newFixture(t, func(c *pool.Config) { c.AdminGroup = "chefs" })
	f.addUser("ana")
	if err := f.AdminAddUserToGroup(t.Context(), "ana", "chefs"); err != nil {
		t.Fatalf("AdminAddUserToGroup: %v", err)
	}
	if p, err := f.verifier().Verify(t.Context(), f.signIn("ana").ID); err != nil || !p.Admin {
		t.Errorf("got %+v and error %v, want an administrator", p, err)
	}
}
