package acceptance

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// forger makes tokens out of one that is good.
type forger struct {
	kid    string
	claims jwt.MapClaims
	good   string
}

func newForger(t *testing.T, u *user) forger {
	t.Helper()
	f := forger{claims: jwt.MapClaims{}, good: u.idToken}
	token, _, err := jwt.NewParser().ParseUnverified(u.idToken, f.claims)
	if err != nil {
		t.Fatal(err)
	}
	f.kid = token.Header["kid"].(string)
	return f
}

// sign makes a token with a changed header and changed claims; nil removes.
func (f forger) sign(t *testing.T, method jwt.SigningMethod, key any, header, claims object) string {
	t.Helper()
	changed := maps.Clone(f.claims)
	token := jwt.NewWithClaims(method, changed)
	token.Header["kid"] = f.kid
	for into, changes := range map[*map[string]any]object{(*map[string]any)(&changed): claims, &token.Header: header} {
		for k, v := range changes {
			if (*into)[k] = v; v == nil {
				delete(*into, k)
			}
		}
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// publicKey reads the pool's public key, as every client can.
func (c *client) publicKey(t *testing.T, kid string) *rsa.PublicKey {
	t.Helper()
	p := c.pool()
	resp, err := request{method: "GET", path: "/" + p.id + "/.well-known/jwks.json"}.to(t.Context(), p.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var set struct{ Keys []struct{ Kid, N string } }
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		if k.Kid == kid {
			n, err := base64.RawURLEncoding.DecodeString(k.N)
			if err != nil {
				t.Fatal(err)
			}
			return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
		}
	}
	t.Fatalf("the key set has no key %s", kid)
	return nil
}

// hostile is a token that is refused.
type hostile struct{ name, authorization string }

// refusal is the answer to it.
func (h hostile) refusal() want {
	w := want{status: 401, problem: "unauthenticated", header: map[string]string{"WWW-Authenticate": `Bearer realm="comanda", error="invalid_token"`}}
	if h.authorization == "" {
		w.header = map[string]string{"WWW-Authenticate": `Bearer realm="comanda"`}
	}
	w.gateway = &want{status: 401, header: map[string]string{"WWW-Authenticate": `Bearer realm="comanda"`}} // which can't tell them apart
	if len(h.authorization) > 10<<10 {
		w.gateway = &want{status: 431}
	}
	return w
}

// forgeries are tokens that a client can make that has a token and the public key.
func (c *client) forgeries(t *testing.T, u *user) []hostile {
	f := newForger(t, u)
	public := c.publicKey(t, f.kid)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(f.good, ".")
	admin := []byte(with(string(decoded(t, parts[1])), `"cognito:groups":["apiAdmins"]`))
	pemKey := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	rs, hs := jwt.SigningMethodRS256, jwt.SigningMethodHS256
	return []hostile{
		{"no value", ""}, {"Bearer and nothing", "Bearer"}, {"Bearer and spaces", "Bearer   "},
		{"garbage", "garbage"}, {"garbage of three parts", "a.b.c"}, {"empty parts", ".."}, {"HTTP basic", "Basic YWRtaW46YWRtaW4="},
		{"another scheme", "Token " + f.good}, {"two tokens", f.good + " " + f.good}, {"two tokens with a comma", f.good + ", " + f.good},
		{"alg none", f.sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil)},
		{"alg None without a key", f.sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, object{"alg": "None", "kid": nil}, nil)},
		{"HS256 with the public key as PEM", f.sign(t, hs, pemKey, nil, nil)},
		{"HS256 with the public key as PEM without line end", f.sign(t, hs, []byte(strings.TrimSpace(string(pemKey))), nil, nil)},
		{"HS256 with the public key as DER", f.sign(t, hs, der, nil, nil)},
		{"HS256 with the public key as PKCS #1", f.sign(t, hs, x509.MarshalPKCS1PublicKey(public), nil, nil)},
		{"HS256 with the modulus", f.sign(t, hs, public.N.Bytes(), nil, nil)},
		{"HS256 with an empty key", f.sign(t, hs, []byte{}, nil, nil)},
		{"another key under the known id", f.sign(t, rs, other, nil, nil)},
		{"another key under an unknown id", f.sign(t, rs, other, object{"kid": "unknown"}, nil)},
		{"another key under no id", f.sign(t, rs, other, object{"kid": nil}, nil)},
		{"another key in the header", f.sign(t, rs, other, object{"jwk": object{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(other.N.Bytes()), "e": "AQAB"}}, nil)},
		{"another key behind a URL in the header", f.sign(t, rs, other, object{"jku": "http://127.0.0.1:1/jwks.json"}, nil)},
		{"a key id that is a path", f.sign(t, rs, other, object{"kid": "../../../../dev/null"}, nil)},
		{"a key id that is a number", f.sign(t, rs, other, object{"kid": 7}, nil)},
		{"no signature", parts[0] + "." + parts[1] + "."},
		{"two parts", parts[0] + "." + parts[1]},
		{"another signature", parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2]))},
		{"claims added to the signature of others", parts[0] + "." + base64.RawURLEncoding.EncodeToString(admin) + "." + parts[2]},
		{"a padded signature", f.good + "=="},
		{"a truncated token", f.good[:len(f.good)-4]},
		{"100 KB", strings.Repeat("A", 100<<10)},
		{"100 KB in three parts", parts[0] + "." + strings.Repeat("A", 100<<10) + "." + parts[2]},
		{"an access token", u.accessToken}, {"a refresh token", u.refreshToken},
	}
}

// decoded is one decoded part of a token.
func decoded(t *testing.T, part string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// misissued are tokens with the pool's own signature that say the wrong thing.
func (c *client) misissued(t *testing.T, u *user) []hostile {
	f := newForger(t, u)
	_, key := c.signingKey(t)
	signed := func(header, claims object) string { return f.sign(t, jwt.SigningMethodRS256, key, header, claims) }
	c.send(t, request{method: "GET", path: "/orders", header: map[string]string{"Authorization": signed(nil, object{"jti": "another"})}}).
		expect(t, want{status: 200}) // so that what follows is refused for what it says
	now := c.now()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	return []hostile{
		{"no key id", signed(object{"kid": nil}, nil)}, {"an unknown key id", signed(object{"kid": "x"}, nil)},
		{"RS512", f.sign(t, jwt.SigningMethodRS512, key, nil, nil)}, {"PS256", f.sign(t, jwt.SigningMethodPS256, key, nil, nil)},
		{"a critical extension", signed(object{"crit": []string{"x"}, "x": 1}, nil)},
		{"expired now", signed(nil, object{"exp": at(0)})}, {"expired long ago", signed(nil, object{"exp": 1})},
		{"expiring never", signed(nil, object{"exp": nil})}, {"expiring as text", signed(nil, object{"exp": "9999999999"})}, {"expiring at minus one", signed(nil, object{"exp": -1})},
		{"not yet valid", signed(nil, object{"nbf": at(time.Minute)})}, {"issued in the future", signed(nil, object{"iat": at(time.Minute)})},
		{"another issuer", signed(nil, object{"iss": c.pool().issuer + "/"})}, {"no issuer", signed(nil, object{"iss": nil})}, {"issuers", signed(nil, object{"iss": []string{c.pool().issuer}})},
		{"another audience", signed(nil, object{"aud": "other"})}, {"no audience", signed(nil, object{"aud": nil})},
		{"another use", signed(nil, object{"token_use": "access"})}, {"no use", signed(nil, object{"token_use": nil})},
		{"no subject", signed(nil, object{"sub": nil})}, {"a subject that is a number", signed(nil, object{"sub": 1})}, {"an unknown subject", signed(nil, object{"sub": newID()})},
		{"an unknown sign-in", signed(nil, object{"origin_jti": newID()})}, {"no sign-in", signed(nil, object{"origin_jti": nil})},
		{"groups that are numbers", signed(nil, object{"cognito:groups": []int{1}})},
	}
}

func tokenScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{follow: true})
	u := c.signUp(t, "ana")
	table := c.forgeries(t, u)
	if _, key := c.signingKey(t); key != nil {
		table = append(table, c.misissued(t, u)...)
	}
	// The body comes after the token: it isn't looked at, however wrong it is.
	unread := soup + strings.Repeat(" ", 300<<10)
	for _, x := range table {
		s.scenario(t, "a token is refused: "+x.name, func(t *testing.T) {
			refused := x.refusal()
			header := map[string]string{"Authorization": x.authorization}
			c.send(t, request{method: "POST", path: "/orders", header: header, body: unread}).expect(t, refused)
			c.send(t, request{method: "GET", path: "/users/" + u.id, header: header}).expect(t, refused)
			refused.header = nil
			c.send(t, request{method: "GET", path: "/orders/x", header: map[string]string{"Authorization": "bearer " + x.authorization}}).expect(t, refused)
		})
	}
	s.scenario(t, "every route but the public ones asks for a token", func(t *testing.T) { c.everyRoute(t) })
	s.scenario(t, "a token expires", c.expires)
	s.scenario(t, "nothing was stored", func(t *testing.T) {
		if err := c.pool().signIn(u); err != nil { // the first token has expired, perhaps
			t.Fatal(err)
		}
		c.get(t, u, "/orders").expect(t, want{status: 200, json: fields{"orders.#": 0}})
	})
	s.scenario(t, "the log has no secret and nobody's name", func(t *testing.T) { c.logIsClean(t, table, u) })
}

// everyRoute asks every documented operation without a token.
func (c *client) everyRoute(t *testing.T) {
	doc, err := c.suite.contract()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, op := range doc.operations {
		if _, ok := op.responses["401"]; !ok {
			continue
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(op.path)
		if c.suite.target.lacks(op.id) {
			if a, err := c.try(request{method: op.method, path: path}); err != nil || a.status != 404 {
				t.Errorf("%s %s, which isn't there: got %d, %v, want 404", op.method, path, a.status, err)
			}
			continue
		}
		c.send(t, request{method: op.method, path: path, body: "{"}).expect(t, want{status: 401, problem: "unauthenticated"})
		asked++
	}
	if asked < 7 {
		t.Errorf("only %d operations are documented to ask for a token", asked)
	}
}

func (c *client) expires(t *testing.T) {
	for age, status := range map[time.Duration]int{59 * time.Minute: 200, time.Hour: 401} {
		u := c.signUpBefore(t, "ana", age)
		c.get(t, u, "/orders").expect(t, want{status: status})
		c.get(t, u, "/users/"+u.id).expect(t, want{status: status})
	}
}

// expiryScenarios look at the moment when a token expires.
func expiryScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u := c.signUp(t, "ana")
	s.scenario(t, "a token expires to the millisecond", func(t *testing.T) {
		c.clock().Set(noon.Add(time.Hour - time.Millisecond))
		c.get(t, u, "/orders").expect(t, want{status: 200})
		c.clock().Move(time.Millisecond)
		c.get(t, u, "/orders").expect(t, want{status: 401})
	})
}

// logIsClean looks for secrets and orders in everything that was logged.
func (c *client) logIsClean(t *testing.T, table []hostile, u *user) {
	if c.log() == "" {
		t.Fatal("nothing was logged, not even at level debug")
	}
	secrets := u.secrets()
	secrets["an order"] = "Soup"
	for _, x := range table {
		if len(x.authorization) > 20 { // shorter ones are words
			secrets["a token, "+x.name] = x.authorization
			secrets["the beginning of a token, "+x.name] = x.authorization[:20]
		}
	}
	c.keepsSecret(t, secrets)
}
