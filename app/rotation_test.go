package app

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"comanda/administration"
	"comanda/pool"
)

// keptSet is the key set as a service has fetched it.
type keptSet struct {
	kids  map[string]bool
	until time.Time // by its Cache-Control
}

// fetch returns the key set as the server answers it now.
func (h *house) fetch() keptSet {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+h.saved.PoolID+"/.well-known/jwks.json", nil))
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		h.t.Fatal(err)
	}
	_, age, _ := strings.Cut(w.Header().Get("Cache-Control"), "max-age=")
	seconds, err := strconv.Atoi(age)
	if err != nil {
		h.t.Fatalf("Cache-Control: got %q, want a max-age", w.Header().Get("Cache-Control"))
	}
	kept := keptSet{map[string]bool{}, h.clock.Now().Add(time.Duration(seconds) * time.Second)}
	for _, k := range set.Keys {
		kept.kids[k.ID] = true
	}
	return kept
}

// kidOf returns the id of the key that signed a token.
func kidOf(t *testing.T, token string) string {
	t.Helper()
	part, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var header struct {
		ID string `json:"kid"`
	}
	if err := json.Unmarshal(text, &header); err != nil {
		t.Fatal(err)
	}
	return header.ID
}

// refresh returns fresh tokens of a sign-in.
func (h *house) refresh(token string) *pool.Tokens {
	h.t.Helper()
	out, err := h.Pool.InitiateAuth(h.t.Context(), pool.FlowRefreshToken, map[string]string{"REFRESH_TOKEN": token})
	if err != nil {
		h.t.Fatalf("refresh: %v", err)
	}
	return out.Tokens
}

func (h *house) rotate(how pool.Rotation) administration.RotatedKeys {
	h.t.Helper()
	rotated, err := h.Administration().RotateKeys(h.t.Context(), how)
	if err != nil {
		h.t.Fatal(err)
	}
	return rotated
}

func (h *house) restart() {
	h.t.Helper()
	if err := h.Close(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.open()
}

// TestServicesThatKeepTheKeySetVerifyEveryToken has a service fetch the key set in every half
// minute of an hour, and keep it as long as it may. Each new token must be in all sets that are
// kept at that time, whatever happens to the keys in that hour.
func TestServicesThatKeepTheKeySetVerifyEveryToken(t *testing.T) {
	for name, happens := range map[string]func(h *house, minute int){
		"the operator rotates, twice": func(h *house, minute int) {
			if minute == 10 || minute == 12 || minute == 30 {
				h.rotate(pool.Rotation{})
			}
		},
		"the operator waits longer": func(h *house, minute int) {
			if minute == 10 {
				h.rotate(pool.Rotation{Wait: 20 * time.Minute})
			}
		},
		"the key is old": func(h *house, minute int) {
			if minute == 10 {
				h.keyring.age = time.Minute
			}
			if err := h.keyring.check(); err != nil {
				h.t.Fatal(err)
			}
			h.keyring.age = 0
		},
		"the server restarts": func(h *house, minute int) {
			if minute == 10 {
				h.rotate(pool.Rotation{})
			}
			if minute >= 10 && minute < 20 {
				h.restart()
			}
		},
		"a file is carried over": func(h *house, minute int) {
			if minute == 10 {
				next, err := h.saved.Rotated(h.clock.Now(), pool.Rotation{})
				if err != nil {
					h.t.Fatal(err)
				}
				if err := h.ReloadKeys(next); err != nil {
					h.t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, generations(t)[0])
			h.addAna()
			refresh := h.tokens().Refresh
			var kept []keptSet
			signers := map[string]bool{}
			for half := range 120 {
				happens(h, half/2)
				kid := kidOf(t, h.refresh(refresh).ID)
				signers[kid] = true
				for _, set := range kept {
					if h.clock.Now().Before(set.until) && !set.kids[kid] {
						t.Fatalf("minute %d: a token is signed by a key that a service doesn't know, which may keep its key set until %v", half/2, set.until)
					}
				}
				kept = append(kept, h.fetch())
				h.clock.Move(30 * time.Second)
			}
			if len(signers) < 2 {
				t.Errorf("tokens were signed by %d keys, want a new one to have signed", len(signers))
			}
		})
	}
}

// TestAFleetHasTheTimeToCarryTheKeysOver has every server accept what any of them has signed.
func TestAFleetHasTheTimeToCarryTheKeysOver(t *testing.T) {
	a := newHouse(t, generations(t)[0])
	a.addAna()
	b := a.beside()
	refresh := a.tokens().Refresh
	signers := map[string]bool{}
	for minute := range 60 {
		switch minute {
		case 10:
			a.rotate(pool.Rotation{Wait: 30 * time.Minute})
		case 35:
			if err := b.ReloadKeys(a.saved); err != nil {
				t.Fatal(err)
			}
		}
		for from, server := range map[string]*house{"one": a, "the other": b} {
			token := server.refresh(refresh).ID
			signers[kidOf(t, token)] = true
			if got, other := a.get(token), b.get(token); got != http.StatusOK || other != http.StatusOK {
				t.Fatalf("minute %d: a token of %s: got %d and %d, want it good at both", minute, from, got, other)
			}
		}
		a.clock.Move(time.Minute)
	}
	if len(signers) != 2 {
		t.Errorf("tokens were signed by %d keys, want 2", len(signers))
	}
}

func TestAKeyThatWaitsIsTheOneThatWasAskedFor(t *testing.T) {
	h := newHouse(t, generations(t)[0])
	first := h.rotate(pool.Rotation{})
	h.clock.Move(time.Minute)
	if again := h.rotate(pool.Rotation{Wait: time.Hour}); again != first {
		t.Errorf("asked again: got %+v, want %+v as before", again, first)
	}
	h.clock.Move(pool.KeySetAge)
	if next := h.rotate(pool.Rotation{}); next.ID == first.ID {
		t.Errorf("asked when it signs: got %+v, want another", next)
	}
}

// TestLeakedKeysEndAtOnce also has tokens that the server remembers as good.
func TestLeakedKeysEndAtOnce(t *testing.T) {
	h := newHouse(t, generations(t)[1])
	h.addAna()
	leaked := h.saved
	before := h.tokens()
	if got := h.get(before.ID); got != http.StatusOK {
		t.Fatalf("before: got %d, want 200", got)
	}
	rotated := h.rotate(pool.Rotation{AtOnce: true})
	refused := func(when string) {
		t.Helper()
		if got := h.get(before.ID); got != http.StatusUnauthorized {
			t.Errorf("%s, a token from before: got %d, want 401", when, got)
		}
		if _, err := h.Pool.GetUser(t.Context(), before.Access); err == nil {
			t.Errorf("%s, an access token from before is good", when)
		}
		if set := h.fetch(); len(set.kids) != 1 || !set.kids[rotated.ID] {
			t.Errorf("%s: got key set %v, want the new key alone", when, set.kids)
		}
	}
	refused("at once")
	again := h.refresh(before.Refresh)
	if kid, got := kidOf(t, again.ID), h.get(again.ID); kid != rotated.ID || got != http.StatusOK {
		t.Errorf("refreshed: got %d for a token of key %s, want 200 and key %s", got, kid, rotated.ID)
	}
	h.restart()
	refused("after a restart")
	if err := h.ReloadKeys(leaked); err != nil {
		t.Fatal(err)
	}
	refused("after a file from before was put back")
	if got := h.get(again.ID); got != http.StatusOK {
		t.Errorf("at the end, the refreshed token: got %d, want 200", got)
	}
}

// TestALeakEndsWhileRequestsRun asks for tokens to be refused as soon as the rotation was answered,
// while others bring them back into the server's memory.
func TestALeakEndsWhileRequestsRun(t *testing.T) {
	h := newHouse(t, generations(t)[0])
	h.addAna()
	tokens := []string{h.signIn(), h.signIn(), h.signIn()}
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				h.get(tokens[i%len(tokens)])
			}
		}
	}()
	h.rotate(pool.Rotation{AtOnce: true})
	for range 100 {
		for i, token := range tokens {
			if got := h.get(token); got != http.StatusUnauthorized {
				t.Fatalf("token %d: got %d after its key has ended, want 401", i, got)
			}
		}
	}
	close(stop)
	<-ended
}
