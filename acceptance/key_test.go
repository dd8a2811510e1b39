package acceptance

import (
	"strings"
	"testing"
)

// keyScenarios are about the header Idempotency-Key.
func keyScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u := c.signUp(t, "ana")
	send := func(t *testing.T, u *user, key, body string) answer {
		return c.send(t, request{method: "POST", path: "/orders", as: u, body: body, header: map[string]string{"Idempotency-Key": key}})
	}
	s.scenario(t, "a key bare and in quotes is the same key", func(t *testing.T) {
		first := send(t, u, "bare", soup).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
		for _, spelling := range []string{"bare", `"bare"`, ` "bare" `} {
			if err := send(t, u, spelling, soup).isReplay(first); err != nil {
				t.Errorf("%q: %v", spelling, err)
			}
		}
	})
	s.scenario(t, "a quoted key may have escapes", func(t *testing.T) {
		first := send(t, u, `a"b\c`, soup).expect(t, want{status: 200})
		if err := send(t, u, `"a\"b\\c"`, soup).isReplay(first); err != nil {
			t.Error(err)
		}
	})
	s.scenario(t, "parameters of a quoted key aren't part of it", func(t *testing.T) {
		first := send(t, u, "plain", soup).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
		for _, spelling := range []string{`"plain"`, `"plain";v=1`, `"plain"; attempt=2; from="here; now"`, ` "plain" ;a`} {
			if err := send(t, u, spelling, soup).isReplay(first); err != nil {
				t.Errorf("%q: %v", spelling, err)
			}
		}
		send(t, u, "plain;v=1", soup).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
		admin := c.signUp(t, "admin", "apiAdmins")
		for i, spelling := range []string{"user", `"user"`, `"user";v=1`} {
			c.send(t, request{method: "POST", path: "/users", as: admin, body: `{"name":"John Doe"}`, header: map[string]string{"Idempotency-Key": spelling}}).
				expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": map[bool]string{true: "true"}[i > 0]}})
		}
	})
	s.scenario(t, "a key with another order is refused", func(t *testing.T) {
		send(t, u, "once", soup).expect(t, want{status: 200})
		send(t, u, "once", pie).expect(t, want{status: 422, problem: "key-reused"})
	})
	s.scenario(t, "other keys are other orders", func(t *testing.T) {
		seen := map[string]string{}
		for _, key := range []string{"K", "k", "k ", "k.", "1", "01"} {
			id := send(t, u, key, soup).expect(t, want{status: 200}).str(t, "orderId")
			if other, ok := seen[id]; ok && strings.TrimSpace(key) != other {
				t.Errorf("keys %q and %q are one order", key, other)
			}
			seen[id] = strings.TrimSpace(key)
		}
	})
	s.scenario(t, "two customers' equal keys are two orders", func(t *testing.T) {
		other := c.signUp(t, "bea")
		mine := send(t, u, "shared", soup).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
		theirs := send(t, other, "shared", pie).expect(t, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}})
		if mine.str(t, "orderId") == theirs.str(t, "orderId") {
			t.Error("both orders have the same id")
		}
	})
	s.scenario(t, "a key isn't looked at when there is an order id", func(t *testing.T) {
		id := newID()
		for _, key := range []string{"x", "y", "", strings.Repeat("z", 300), "a\nb"} {
			send(t, u, key, named(id, soup)).expect(t, want{status: 200, json: fields{"orderId": id}})
		}
		other := newID()
		send(t, u, "x", named(other, soup)).expect(t, want{status: 200, json: fields{"orderId": other}, header: map[string]string{"Idempotent-Replayed": ""}})
	})
	s.scenario(t, "an order id of null is none", func(t *testing.T) {
		first := send(t, u, "null", soup).expect(t, want{status: 200})
		if err := send(t, u, "null", with(soup, `"orderId":null`)).isReplay(first); err != nil {
			t.Error(err)
		}
	})
	s.scenario(t, "the id that a key stands for can be named", func(t *testing.T) {
		first := send(t, u, "named", soup).expect(t, want{status: 200})
		if err := c.post(t, u, "/orders", named(first.str(t, "orderId"), soup)).isReplay(first); err != nil {
			t.Error(err)
		}
	})
	c.keyForms(t, u)
}

func (c *client) keyForms(t *testing.T, u *user) {
	refused := want{status: 400, problem: "invalid-input", violations: []string{"header.Idempotency-Key 1 to 255"}}
	before := len(c.list(t, u, "?limit=100"))
	form := func(name, key string, w want) exchange {
		return exchange{name, request{method: "POST", path: "/orders", body: pie, header: map[string]string{"Idempotency-Key": key}}, w}
	}
	c.exchanges(t, u, []exchange{
		form("a key of 256 characters is refused", strings.Repeat("k", 256), refused),
		form("a quoted key of 256 characters is refused", `"`+strings.Repeat("k", 256)+`"`, refused),
		form("an empty key is refused", "", refused),
		form("an empty quoted key is refused", `""`, refused),
		form("two keys are refused", "a\nb", refused),
		form("the same key twice is refused", "a\na", refused),
		form("a key beyond ASCII is refused", "schlüssel", refused),
		form("a key with a tab is refused", "a\tb", refused),
	})
	if after := len(c.list(t, u, "?limit=100")); after != before {
		t.Errorf("refused keys left %d orders", after-before)
	}
	long := strings.Repeat("k", 255)
	c.exchanges(t, u, []exchange{
		form("a key of 255 characters is accepted", long, want{status: 200, header: map[string]string{"Idempotent-Replayed": ""}}),
		form("the same key in quotes is a repetition", `"`+long+`"`, want{status: 200, header: map[string]string{"Idempotent-Replayed": "true"}}),
	})
}
