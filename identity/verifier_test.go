package identity_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"comanda/identity"
)

const (
	testIssuer = "http://127.0.0.1:8080/local_abc"
	testClient = "client1"
	testKID    = "key-1"
)

var (
	testNow = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	testKey = sync.OnceValue(newKey)
	evilKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

type staticKeys struct{ err error }

func (s staticKeys) Key(_ context.Context, kid string) (*rsa.PublicKey, error) {
	if s.err != nil {
		return nil, s.err
	}
	if kid != testKID {
		return nil, identity.ErrUnknownKey
	}
	return &testKey().PublicKey, nil
}

type fakeSessions struct {
	epoch atomic.Uint64
	asked atomic.Int64
	mu    sync.Mutex
	err   error
}

func (f *fakeSessions) Epoch(string) uint64 { return f.epoch.Load() }

func (f *fakeSessions) Live(_ context.Context, subject, originJTI string, generation int64) error {
	f.asked.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if subject != "sub-1" || originJTI != "origin-1" || generation != 3 {
		return errors.New("asked about another token")
	}
	return f.err
}

func (f *fakeSessions) answer(err error) {
	f.mu.Lock()
	f.err = err
	f.mu.Unlock()
	f.epoch.Add(1)
}

func goodClaims() jwt.MapClaims {
	return jwt.MapClaims{
		"sub": "sub-1", "iss": testIssuer, "aud": testClient, "token_use": "id",
		"origin_jti": "origin-1", "comanda:generation": 3,
		"iat": testNow.Unix(), "exp": testNow.Add(time.Hour).Unix(),
		"cognito:username": "ana", "name": "Ana", "email": "ana@example.com",
		"cognito:groups": []string{"restaurant-1", "apiAdmins"},
	}
}

// with returns good claims with changes; a nil value removes a claim.
func with(changes map[string]any) jwt.MapClaims {
	c := goodClaims()
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func sign(t testing.TB, claims jwt.Claims, header map[string]any) string {
	return signWith(t, jwt.SigningMethodRS256, testKey(), claims, header)
}

func signWith(t testing.TB, method jwt.SigningMethod, key any, claims jwt.Claims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = testKID
	for k, v := range header {
		if v == nil {
			delete(token.Header, k)
			continue
		}
		token.Header[k] = v
	}
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatalf("sign a token: %v", err)
	}
	return s
}

func newVerifier(t testing.TB, change func(*identity.Config)) *identity.Verifier {
	t.Helper()
	config := identity.Config{
		Issuer: testIssuer, ClientID: testClient, AdminGroup: "apiAdmins",
		Keys: staticKeys{}, Now: func() time.Time { return testNow },
	}
	if change != nil {
		change(&config)
	}
	v, err := identity.NewVerifier(config)
	if err != nil {
		t.Fatalf("NewVerifier: %v", err)
	}
	return v
}

func wantReason(t *testing.T, err error, want identity.Reason) {
	t.Helper()
	var refused *identity.UnauthenticatedError
	if !errors.As(err, &refused) {
		t.Fatalf("got error %v, want an *UnauthenticatedError with reason %q", err, want)
	}
	if refused.Reason != want {
		t.Errorf("got reason %q, want %q", refused.Reason, want)
	}
	if !errors.Is(err, identity.ErrUnauthenticated) {
		t.Errorf("error %v doesn't match ErrUnauthenticated", err)
	}
}

func TestAGoodTokenNamesItsPrincipalHoweverItIsSent(t *testing.T) {
	token := sign(t, goodClaims(), nil)
	for _, header := range []string{token, "Bearer " + token, "bearer " + token, "BEARER\t" + token, "  Bearer   " + token + " "} {
		v := newVerifier(t, nil)
		for range 2 { // the second time from the cache
			got, err := v.Verify(t.Context(), header)
			if err != nil {
				t.Fatalf("Verify(%.12q…): %v", header, err)
			}
			if got.ID != "sub-1" || got.Username != "ana" || got.Name != "Ana" || got.Email != "ana@example.com" || !got.Admin {
				t.Errorf("got principal %+v, want ana with admin rights", got)
			}
			if !got.StaffOf("1") || got.Restaurants[0] != "1" {
				t.Errorf("got restaurants %q, want staff of 1", got.Restaurants)
			}
		}
	}
}

func TestATokenIsRefusedFor(t *testing.T) {
	good := sign(t, goodClaims(), nil)
	parts := strings.Split(good, ".")
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"key-1"}`))
	claim := func(name string, value any) string { return sign(t, with(map[string]any{name: value}), nil) }
	publicAsSecret := testKey().N.Bytes()
	cases := []struct {
		name, header string
		want         identity.Reason
	}{
		{"no header", "", identity.ReasonMissing},
		{"only white space", "  ", identity.ReasonMissing},
		{"a scheme without a token", "Bearer ", identity.ReasonMissing},
		{"another scheme", "Basic YWxhZGRpbg==", identity.ReasonMalformed},
		{"text", "token", identity.ReasonMalformed},
		{"empty parts", "..", identity.ReasonMalformed},
		{"a fourth part", good + ".x", identity.ReasonMalformed},
		{"too many bytes", strings.Repeat("a", identity.MaxToken+1), identity.ReasonTooLong},
		{"no algorithm", header + "." + parts[1] + ".", identity.ReasonAlgorithm},
		{"the public key used as an HMAC secret", signWith(t, jwt.SigningMethodHS256, publicAsSecret, goodClaims(), nil), identity.ReasonAlgorithm},
		{"RS512", signWith(t, jwt.SigningMethodRS512, testKey(), goodClaims(), nil), identity.ReasonAlgorithm},
		{"PS256", signWith(t, jwt.SigningMethodPS256, testKey(), goodClaims(), nil), identity.ReasonAlgorithm},
		{"no kid", sign(t, goodClaims(), map[string]any{"kid": nil}), identity.ReasonKey},
		{"a kid that isn't text", sign(t, goodClaims(), map[string]any{"kid": 1}), identity.ReasonKey},
		{"an unknown kid", sign(t, goodClaims(), map[string]any{"kid": "key-2"}), identity.ReasonKey},
		{"a critical extension", sign(t, goodClaims(), map[string]any{"crit": []string{"exp"}}), identity.ReasonMalformed},
		{"another key's signature", signWith(t, jwt.SigningMethodRS256, evilKey(), goodClaims(), nil), identity.ReasonSignature},
		{"no signature", parts[0] + "." + parts[1] + ".", identity.ReasonSignature},
		{"another issuer", claim("iss", testIssuer+"/"), identity.ReasonIssuer},
		{"no issuer", claim("iss", nil), identity.ReasonIssuer},
		{"another audience", claim("aud", "client2"), identity.ReasonAudience},
		{"other audiences", claim("aud", []string{"a", "b"}), identity.ReasonAudience},
		{"no audience", claim("aud", nil), identity.ReasonAudience},
		{"an access token", claim("token_use", "access"), identity.ReasonTokenUse},
		{"an access token as it is, without an audience", sign(t, with(map[string]any{"aud": nil, "token_use": "access"}), nil), identity.ReasonTokenUse},
		{"no token use", claim("token_use", nil), identity.ReasonTokenUse},
		{"no subject", claim("sub", nil), identity.ReasonSubject},
		{"a subject that isn't text", claim("sub", 7), identity.ReasonSubject},
		{"no expiry", claim("exp", nil), identity.ReasonMalformed},
		{"an expiry that isn't a number", claim("exp", "tomorrow"), identity.ReasonMalformed},
		{"an expiry beyond all time", claim("exp", 1e300), identity.ReasonMalformed},
		{"expiry this second", claim("exp", testNow.Unix()), identity.ReasonExpired},
		{"issue in the future", claim("iat", testNow.Add(identity.Leeway+time.Second).Unix()), identity.ReasonNotYetValid},
		{"validity in the future", claim("nbf", testNow.Add(time.Hour).Unix()), identity.ReasonNotYetValid},
		{"groups that aren't text", claim("cognito:groups", []any{1}), identity.ReasonMalformed},
		{"a generation that isn't whole", claim("comanda:generation", 1.5), identity.ReasonMalformed},
	}
	v := newVerifier(t, nil)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				_, err := v.Verify(t.Context(), c.header)
				wantReason(t, err, c.want)
				if len(c.header) > 6 && strings.Contains(err.Error(), c.header[:6]) {
					t.Errorf("error %q quotes the token", err)
				}
			}
		})
	}
}

func TestClocksThatDisagreeALittleAndManyAudiencesAreAccepted(t *testing.T) {
	v := newVerifier(t, nil)
	for name, changes := range map[string]map[string]any{
		"issued within the leeway": {"iat": testNow.Add(identity.Leeway).Unix()},
		"among other audiences":    {"aud": []string{"other", testClient}},
		"fraction of a second":     {"exp": float64(testNow.Unix()) + 0.5},
	} {
		if _, err := v.Verify(t.Context(), sign(t, with(changes), nil)); err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
	}
}

func TestARememberedTokenStillExpires(t *testing.T) {
	now := testNow
	v := newVerifier(t, func(c *identity.Config) { c.Now = func() time.Time { return now } })
	token := sign(t, goodClaims(), nil)
	for _, step := range []struct {
		after time.Duration
		want  identity.Reason
	}{{0, ""}, {time.Hour - time.Millisecond, ""}, {time.Hour, identity.ReasonExpired}, {2 * time.Hour, identity.ReasonExpired}} {
		now = testNow.Add(step.after)
		_, err := v.Verify(t.Context(), token)
		if step.want == "" && err != nil {
			t.Errorf("after %v: got error %v, want none", step.after, err)
		}
		if step.want != "" {
			wantReason(t, err, step.want)
		}
	}
}

func TestSessionsAreAskedOnlyWhenTheEpochHasChanged(t *testing.T) {
	sessions := &fakeSessions{}
	v := newVerifier(t, func(c *identity.Config) { c.Sessions = sessions })
	token := sign(t, goodClaims(), nil)
	verify := func() error { _, err := v.Verify(t.Context(), token); return err }
	for range 3 {
		if err := verify(); err != nil {
			t.Fatalf("Verify: %v", err)
		}
	}
	if got := sessions.asked.Load(); got != 1 {
		t.Errorf("sessions were asked %d times about one epoch, want 1", got)
	}
	sessions.answer(nil)
	for range 3 {
		if err := verify(); err != nil {
			t.Fatalf("Verify after somebody else was signed out: %v", err)
		}
	}
	if got := sessions.asked.Load(); got != 2 {
		t.Errorf("sessions were asked %d times about two epochs, want 2", got)
	}
	sessions.answer(identity.ErrRevoked)
	wantReason(t, verify(), identity.ReasonRevoked)
	wantReason(t, verify(), identity.ReasonRevoked)
}

func TestAFailureToAskIsNotTheCallersFault(t *testing.T) {
	busy := errors.New("store is busy")
	sessions := &fakeSessions{}
	v := newVerifier(t, func(c *identity.Config) { c.Sessions = sessions })
	token := sign(t, goodClaims(), nil)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	sessions.answer(busy)
	if _, err := v.Verify(t.Context(), token); !errors.Is(err, busy) || errors.Is(err, identity.ErrUnauthenticated) {
		t.Errorf("got error %v, want the store's and no refusal", err)
	}
	sessions.answer(nil)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("got error %v when sessions answer again, want none", err)
	}
	v = newVerifier(t, func(c *identity.Config) { c.Keys = staticKeys{err: busy} })
	if _, err := v.Verify(t.Context(), token); !errors.Is(err, busy) || errors.Is(err, identity.ErrUnauthenticated) {
		t.Errorf("got error %v, want the key source's and no refusal", err)
	}
}

func TestAFullCacheStillVerifiesEveryToken(t *testing.T) {
	v := newVerifier(t, func(c *identity.Config) { c.CacheSize = 1 })
	var tokens []string
	for i := range 10 {
		tokens = append(tokens, sign(t, with(map[string]any{"jti": i}), nil))
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 20 {
				if _, err := v.Verify(context.Background(), tokens[(g+i)%len(tokens)]); err != nil {
					t.Errorf("Verify: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAVerifierIsNotMadeWithout(t *testing.T) {
	for name, config := range map[string]identity.Config{
		"an issuer":          {ClientID: "c", Keys: staticKeys{}},
		"a client id":        {Issuer: "i", Keys: staticKeys{}},
		"keys":               {Issuer: "i", ClientID: "c"},
		"a sane cache bound": {Issuer: "i", ClientID: "c", Keys: staticKeys{}, CacheSize: -1},
	} {
		if _, err := identity.NewVerifier(config); err == nil {
			t.Errorf("NewVerifier without %s succeeded, want an error", name)
		}
	}
}

func FuzzAuthorization(f *testing.F) {
	good := sign(f, goodClaims(), nil)
	for _, s := range []string{"", "Bearer", "bearer x", good, "Bearer " + good, good[:len(good)-2], "e30.e30.", "bnVsbA.bnVsbA.x", "Bearer\x00"} {
		f.Add(s)
	}
	v := newVerifier(f, nil)
	f.Fuzz(func(t *testing.T, header string) {
		got, err := v.Verify(context.Background(), header)
		if err != nil && !errors.Is(err, identity.ErrUnauthenticated) {
			t.Errorf("got error %v, want a refusal", err)
		}
		if err == nil && got.ID != "sub-1" {
			t.Errorf("got principal %q from a token that nobody signed", got.ID)
		}
	})
}

func BenchmarkVerifyRemembered(b *testing.B) {
	sessions := &fakeSessions{}
	v := newVerifier(b, func(c *identity.Config) { c.Sessions = sessions; c.Now = time.Now })
	header := "Bearer " + sign(b, with(map[string]any{"exp": time.Now().Add(time.Hour).Unix(), "iat": nil}), nil)
	if _, err := v.Verify(b.Context(), header); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := v.Verify(context.Background(), header); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkVerifyNew(b *testing.B) {
	header := sign(b, goodClaims(), nil)
	for b.Loop() {
		b.StopTimer()
		v := newVerifier(b, nil)
		b.StartTimer()
		if _, err := v.Verify(b.Context(), header); err != nil {
			b.Fatal(err)
		}
	}
}
