package keyset

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/identity"
)

// testKeys are made once, because making them takes long.
var testKeys = sync.OnceValue(func() map[string]*rsa.PublicKey {
	keys := map[string]*rsa.PublicKey{}
	for _, id := range []string{"a", "b"} {
		k, err := rsa.GenerateKey(rand.Reader, minBits)
		if err != nil {
			panic(err)
		}
		keys[id] = &k.PublicKey
	}
	return keys
})

// jwk returns a key as a JSON Web Key. extra are more members, which may replace its own.
func jwk(id string, key *rsa.PublicKey, extra map[string]any) map[string]any {
	encode := base64.RawURLEncoding.EncodeToString
	out := map[string]any{
		"kty": "RSA", "kid": id, "alg": "RS256", "use": "sig",
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}
	for name, value := range extra {
		out[name] = value
	}
	return out
}

func setOf(ids ...string) string {
	keys := []any{}
	for _, id := range ids {
		keys = append(keys, jwk(id, testKeys()[id], nil))
	}
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// publisher is a server of key sets, with a clock for those who ask it.
type publisher struct {
	*httptest.Server
	mu       sync.Mutex
	now      time.Time
	answer   func(http.ResponseWriter, *http.Request)
	requests atomic.Int64
}

func newPublisher(t *testing.T, text string) *publisher {
	p := &publisher{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	p.publish(text)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		p.mu.Lock()
		answer := p.answer
		p.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) with(answer func(http.ResponseWriter, *http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

func (p *publisher) publish(text string) {
	p.with(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
}

func (p *publisher) fail() {
	p.with(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) })
}

func (p *publisher) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *publisher) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

func (p *publisher) source(t *testing.T) *Source {
	t.Helper()
	s, err := New(Options{URL: p.URL + "/jwks.json", Now: p.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wants looks a key up, and compares what comes of it and how many requests were
// made so far. err is nil for a key that is to be found.
func (p *publisher) wants(t *testing.T, s *Source, what, kid string, err error, requests int64) {
	t.Helper()
	key, got := s.Key(context.Background(), kid)
	if !errors.Is(got, err) || err == nil && (got != nil || !key.Equal(testKeys()[kid])) {
		t.Errorf("%s: key %s: got %v, %v, want error %v", what, kid, key, got, err)
	}
	if n := p.requests.Load(); n != requests {
		t.Errorf("%s: got %d requests so far, want %d", what, n, requests)
	}
}

func TestKeysAreFetchedOnceAndKept(t *testing.T) {
	p := newPublisher(t, setOf("a", "b"))
	s := p.source(t)
	if n := p.requests.Load(); n != 0 {
		t.Errorf("before a key is wanted: got %d requests, want none", n)
	}
	p.wants(t, s, "the first", "a", nil, 1)
	p.wants(t, s, "the second", "b", nil, 1)
	p.pass(maxAge - time.Second)
	p.wants(t, s, "before they are old", "a", nil, 1)
	p.pass(time.Second)
	p.wants(t, s, "when they are old", "a", nil, 2)
}

func TestARotationLocksNobodyOut(t *testing.T) {
	p := newPublisher(t, setOf("a"))
	s := p.source(t)
	p.wants(t, s, "before", "a", nil, 1)
	p.publish(setOf("a", "b"))
	p.wants(t, s, "the first token of the new key", "b", nil, 2)
	p.wants(t, s, "the old key", "a", nil, 2)
	p.publish(setOf("b"))
	p.pass(maxAge)
	p.wants(t, s, "the old key when it is withdrawn", "a", identity.ErrUnknownKey, 3)
	p.wants(t, s, "the new key", "b", nil, 3)
}

func TestInventedKeysDontCauseARequestEach(t *testing.T) {
	p := newPublisher(t, setOf("a"))
	s := p.source(t)
	p.wants(t, s, "a good one", "a", nil, 1)
	for i := range 100 {
		p.wants(t, s, "an invented one", fmt.Sprintf("x%d", i), identity.ErrUnknownKey, 1+min(int64(i)+1, burst))
	}
	p.publish(setOf("a", "b"))
	p.wants(t, s, "rotated under the attack", "b", identity.ErrUnknownKey, 1+burst)
	p.pass(interval)
	p.wants(t, s, "soon after", "b", nil, 2+burst)
	p.wants(t, s, "the old one", "a", nil, 2+burst)
}

func TestAnOutageKeepsTheKeys(t *testing.T) {
	p := newPublisher(t, setOf("a"))
	s := p.source(t)
	p.wants(t, s, "before", "a", nil, 1)
	p.pass(maxAge)
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"an error":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"no JSON":         func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"an empty set":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) },
		"another object":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) },
		"too much":        func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(" ", maxSet)+setOf("a")) },
		"another address": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) },
		"a cut connection": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"keys":`)
			w.(http.Flusher).Flush() // before an answer, the client would ask again by itself
			panic(http.ErrAbortHandler)
		},
	} {
		p.with(answer)
		requests := p.requests.Load()
		p.wants(t, s, name, "a", nil, requests+1)
		p.wants(t, s, name+", right after", "a", nil, requests+1)
		for i := range burst + 1 { // the last of which is too many
			p.wants(t, s, name+", unknown key", "b", identity.ErrUnavailable, requests+1+min(int64(i)+1, burst))
		}
		p.pass(pause + burst*interval)
	}
	p.pass(maxStale)
	requests := p.requests.Load()
	p.wants(t, s, "after a day", "a", identity.ErrUnavailable, requests+1)
	p.publish(setOf("a"))
	p.pass(shortPause)
	p.wants(t, s, "when it is over", "a", nil, requests+2)
}

func TestWithoutKeysAFailureIsntTheTokensFault(t *testing.T) {
	p := newPublisher(t, "")
	p.fail()
	s := p.source(t)
	p.wants(t, s, "the first try", "a", identity.ErrUnavailable, 1)
	p.wants(t, s, "the next within a second", "a", identity.ErrUnavailable, 1)
	if _, err := s.Key(context.Background(), "a"); errors.Is(err, identity.ErrUnknownKey) || errors.Is(err, identity.ErrUnauthenticated) {
		t.Errorf("got %v, want an error that doesn't refuse the token", err)
	}
	p.publish(setOf("a"))
	p.pass(shortPause)
	p.wants(t, s, "when it is over", "a", nil, 2)
}

// hang makes the server answer only when the test ends or release is called.
func (p *publisher) hang(t *testing.T, then string) (release func()) {
	gate := make(chan struct{})
	var once sync.Once
	release = func() { once.Do(func() { close(gate) }) }
	t.Cleanup(release)
	p.with(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-gate:
			fmt.Fprint(w, then)
		case <-r.Context().Done():
		}
	})
	return release
}

func TestASlowServerHoldsAGoodTokenOnlyBriefly(t *testing.T) {
	p := newPublisher(t, setOf("a"))
	s := p.source(t)
	p.wants(t, s, "before", "a", nil, 1)
	p.pass(maxAge)
	p.hang(t, "")
	ctx, cancel := context.WithTimeout(context.Background(), fetchTime)
	defer cancel()
	if key, err := s.Key(ctx, "a"); err != nil || !key.Equal(testKeys()["a"]) || ctx.Err() != nil {
		t.Errorf("got %v, %v (context: %v), want the old key before the fetch times out", key, err, ctx.Err())
	}
}

func TestAnUnknownKeyWaitsNoLongerThanItsRequest(t *testing.T) {
	p := newPublisher(t, "")
	release := p.hang(t, setOf("a"))
	s := p.source(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Key(ctx, "a"); !errors.Is(err, identity.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want an error that is the context's, and not the token's fault", err)
	}
	release()
	p.wants(t, s, "who joins the same fetch", "a", nil, 1)
}

func TestACrowdCausesOneFetch(t *testing.T) {
	p := newPublisher(t, "")
	release := p.hang(t, setOf("a"))
	s := p.source(t)
	var all sync.WaitGroup
	failures := make(chan error, 50)
	for range cap(failures) {
		all.Go(func() {
			if _, err := s.Key(context.Background(), "a"); err != nil {
				failures <- err
			}
		})
	}
	release()
	all.Wait()
	close(failures)
	for err := range failures {
		t.Errorf("got %v, want the key", err)
	}
	p.wants(t, s, "after the crowd", "a", nil, 1)
}

func TestOnlySigningKeysOfRS256Count(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	good := testKeys()["a"]
	cases := []struct {
		name string
		key  any
		want bool
	}{
		{"as Cognito has it", jwk("k", good, nil), true},
		{"without alg and use", jwk("k", good, map[string]any{"alg": "", "use": ""}), true},
		{"of 1024 bits", jwk("k", &short.PublicKey, nil), false},
		{"for RS512", jwk("k", good, map[string]any{"alg": "RS512"}), false},
		{"for HS256", jwk("k", good, map[string]any{"alg": "HS256"}), false},
		{"for encryption", jwk("k", good, map[string]any{"use": "enc"}), false},
		{"without an id", jwk("", good, nil), false},
		{"with the exponent 1", jwk("k", good, map[string]any{"e": "AQ"}), false},
		{"with an even exponent", jwk("k", good, map[string]any{"e": "BA"}), false},
		{"with a broken modulus", jwk("k", good, map[string]any{"n": "%"}), false},
		{"symmetric", map[string]any{"kty": "oct", "kid": "k", "k": "c2VjcmV0"}, false},
		{"of an unknown type", map[string]any{"kty": "new", "kid": "k"}, false},
		{"no object", 7, false},
	}
	for _, c := range cases {
		text, err := json.Marshal(map[string]any{"keys": []any{c.key, jwk("other", testKeys()["b"], nil)}})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := parse(text)
		if err != nil || keys["other"] == nil {
			t.Errorf("%s: got %v, %v, want the other key all the same", c.name, keys, err)
		}
		if got := len(keys) == 2; got != c.want {
			t.Errorf("%s: got accepted %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAnAddressThatIsNoURLIsRefused(t *testing.T) {
	for _, url := range []string{"", "cognito", "ftp://host/keys", "http://", "://"} {
		if _, err := New(Options{URL: url}); err == nil {
			t.Errorf("%q: got no error", url)
		}
	}
}
