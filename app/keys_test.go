package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"comanda/pool"
	"comanda/sqlite"
	"comanda/storagetest"
)

var testNow = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// testKeys are three generations of one pool's keys, made ten minutes apart, so that each
// signs before the next is made. They are shared, because an RSA key takes longer than
// most tests.
var testKeys = sync.OnceValues(func() (keys [3]pool.Keys, err error) {
	if keys[0], err = pool.NewKeys(""); err != nil {
		return keys, err
	}
	keys[0].Signing[0].Created = testNow
	for i := range keys[1:] {
		if keys[i+1], err = keys[i].Rotated(testNow.Add(time.Duration(i+1)*10*time.Minute), pool.Rotation{}); err != nil {
			return keys, err
		}
	}
	return keys, nil
})

func generations(t *testing.T) [3]pool.Keys {
	t.Helper()
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// shelf is a keyring with what it saved and installed, in order.
type shelf struct {
	*keyring
	time  time.Time
	steps []string
	saved pool.Keys
	fail  error
	log   syncBuffer
}

func newShelf(keys pool.Keys, age time.Duration) *shelf {
	s := &shelf{time: testNow}
	s.keyring = &keyring{
		age: age, keys: keys, now: func() time.Time { return s.time }, logger: slog.New(slog.NewTextHandler(&s.log, nil)),
		save: func(k pool.Keys) error {
			if s.fail == nil {
				s.steps, s.saved = append(s.steps, fmt.Sprintf("save %d", len(k.Signing))), k
			}
			return s.fail
		},
		install: func(k []pool.SigningKey) error {
			s.steps = append(s.steps, fmt.Sprintf("install %d", len(k)))
			return nil
		},
	}
	return s
}

func (s *shelf) expect(t *testing.T, when string, steps ...string) {
	t.Helper()
	if got, want := strings.Join(s.steps, ", "), strings.Join(steps, ", "); got != want {
		t.Errorf("%s: got %q, want %q", when, got, want)
	}
	s.steps = nil
}

func TestAnOldKeyIsReplacedAndDroppedWhenItsLastTokenHasExpired(t *testing.T) {
	s := newShelf(generations(t)[0], 90*24*time.Hour)
	check := func() {
		t.Helper()
		if err := s.check(); err != nil {
			t.Fatalf("check: %v", err)
		}
	}
	check()
	s.time = testNow.Add(90*24*time.Hour - time.Second)
	check()
	s.expect(t, "before 90 days are over")
	s.time = s.time.Add(time.Second)
	check()
	s.expect(t, "after 90 days", "save 2", "install 2")
	if wait := s.saved.Newest().From.Sub(s.time); wait <= pool.KeySetAge {
		t.Errorf("the new key signs after %v, want it shown for longer than key sets are kept", wait)
	}
	s.time = s.saved.Newest().From.Add(pool.MaxTokenTTL + time.Hour - time.Second)
	check()
	s.expect(t, "while the last token of the old key may be good")
	s.time = s.time.Add(time.Second)
	check()
	s.expect(t, "after that", "save 1", "install 1")
	if got := s.saved.Signing[0].ID; got == generations(t)[0].Signing[0].ID {
		t.Errorf("key %s stayed, want the new one", got)
	}
	check()
	s.expect(t, "with nothing to do")
}

func TestAKeyThatCannotBeSavedIsNotUsed(t *testing.T) {
	s := newShelf(generations(t)[0], time.Hour)
	s.time, s.fail = testNow.Add(time.Hour), errors.New("disk full")
	ctx, cancel := context.WithCancel(t.Context())
	ticks := make(chan time.Time)
	var running sync.WaitGroup
	running.Go(func() { s.run(ctx, ticks) })
	ticks <- s.time // the first check is over: a tick is taken after it
	cancel()
	running.Wait()
	s.expect(t, "while nothing can be saved")
	if got := strings.Count(s.log.String(), "disk full"); got != 2 && got != 1 {
		t.Errorf("got %d lines about it, want one for each check: %s", got, s.log.String())
	}
	if len(s.keys.Signing) != 1 {
		t.Errorf("got %d keys in use, want the old one", len(s.keys.Signing))
	}
	s.fail = nil
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "when it can again", "save 2", "install 2")
}

func TestKeysAreNeverReplacedByAgeZero(t *testing.T) {
	s := newShelf(generations(t)[0], 0)
	s.time = testNow.AddDate(10, 0, 0)
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "after ten years")
}

func TestAFileOfKeysIsTakenIfOnlyTheSigningKeysDiffer(t *testing.T) {
	g := generations(t)
	s := newShelf(g[0], 0)
	if err := s.reload(g[1]); err != nil {
		t.Fatalf("reload: %v", err)
	}
	s.expect(t, "another signing key", "save 2", "install 2")
	other := g[1]
	other.SecretAccessKey = strings.Repeat("x", 40)
	if err := s.reload(other); !errors.Is(err, errOtherKeys) {
		t.Errorf("another secret: got error %v, want %v", err, errOtherKeys)
	}
	broken := g[1]
	broken.Signing = nil
	if err := s.reload(broken); err == nil {
		t.Error("no signing key: got no error")
	}
	s.expect(t, "files that are refused")

	racing := g[0]
	racing.Signing = append(racing.Signing[:1:1], g[2].Signing[2])
	if err := s.reload(racing); err != nil {
		t.Fatalf("reload: %v", err)
	}
	s.expect(t, "a file from before the last rotation", "save 3", "install 3")
	ids := []string{g[0].Signing[0].ID, g[1].Signing[1].ID, g[2].Signing[2].ID}
	for i, k := range s.saved.Signing {
		if k.ID != ids[i] {
			t.Errorf("key %d: got %s, want %s: none lost, and the file's newest signs", i, k.ID, ids[i])
		}
	}
}

// checked returns settings that a test knows to be good.
func checked(t testing.TB, s Settings) Checked {
	t.Helper()
	c, err := s.Check()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// house is an app on a store of its own.
type house struct {
	*App
	t     *testing.T
	store *sqlite.Store
	saved pool.Keys
	clock *storagetest.Clock
}

func newHouse(t *testing.T, keys pool.Keys) *house {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "comanda.db"), Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h := &house{t: t, store: db, saved: keys, clock: storagetest.NewClock(testNow)}
	h.open()
	return h
}

// beside returns another server of the same fleet, with a file of keys of its own.
func (h *house) beside() *house {
	h.t.Helper()
	b := &house{t: h.t, store: h.store, saved: h.saved, clock: h.clock}
	b.open()
	return b
}

// open starts, or restarts, the app with the keys that were saved last.
func (h *house) open() {
	h.t.Helper()
	var err error
	h.App, err = New(h.t.Context(), Config{
		Settings: checked(h.t, Defaults()), Engine: Engine{Store: h.store, Ready: func(context.Context) error { return nil }},
		Keys: h.saved, Now: h.clock.Now,
		Logger: slog.New(slog.DiscardHandler), SaveKeys: func(k pool.Keys) error { h.saved = k; return nil },
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) signIn() string { return h.tokens().ID }

func (h *house) tokens() *pool.Tokens {
	h.t.Helper()
	out, err := h.Pool.InitiateAuth(h.t.Context(), pool.FlowUserPassword, map[string]string{"USERNAME": "ana", "PASSWORD": "Correct-Horse-7"})
	if err != nil {
		h.t.Fatalf("sign in: %v", err)
	}
	return out.Tokens
}

func (h *house) get(token string) int {
	r := httptest.NewRequest(http.MethodGet, "/orders", nil)
	r.Header.Set("Authorization", token)
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	return w.Code
}

func (h *house) addAna() {
	h.t.Helper()
	in := pool.AdminCreateUserInput{Username: "ana", TemporaryPassword: "Correct-Horse-7", MessageAction: pool.MessageSuppress}
	if _, err := h.Pool.AdminCreateUser(h.t.Context(), in); err != nil {
		h.t.Fatal(err)
	}
	if err := h.Pool.AdminSetUserPassword(h.t.Context(), "ana", "Correct-Horse-7", true); err != nil {
		h.t.Fatal(err)
	}
}

func TestKeysRotateUnderLoadWithoutRefusingAnybody(t *testing.T) {
	g := generations(t)
	h := newHouse(t, g[0])
	h.addAna()
	tokens := []string{h.signIn()}
	for i, keys := range g[1:] {
		loaded := h.underLoad(tokens, 20)
		if err := h.ReloadKeys(keys); err != nil {
			t.Fatalf("rotation %d: %v", i+1, err)
		}
		h.clock.Move(keys.Newest().From.Sub(h.clock.Now()))
		tokens = append(tokens, h.signIn())
		loaded()
	}
	h.underLoad(tokens, 20)()
	seen := map[string]bool{}
	for _, token := range tokens {
		header, _, _ := strings.Cut(token, ".")
		seen[header] = true
	}
	if len(seen) != 3 {
		t.Errorf("tokens were signed by %d keys, want 3", len(seen))
	}
	if err := h.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.open()
	for i, token := range tokens {
		if status := h.get(token); status != http.StatusOK {
			t.Errorf("after a restart, a token of key %d: got %d, want 200", i+1, status)
		}
	}
}

// underLoad sends requests with all tokens from many goroutines, each at least n
// times and until the function that it returns is called, which waits for the end.
func (h *house) underLoad(tokens []string, n int) func() {
	stop := make(chan struct{})
	var running sync.WaitGroup
	for i := range 4 {
		running.Go(func() {
			for j := 0; ; j++ {
				if status := h.get(tokens[(i+j)%len(tokens)]); status != http.StatusOK {
					h.t.Errorf("got %d while keys rotate, want 200", status)
					return
				}
				select {
				case <-stop:
					if j >= n {
						return
					}
				default:
				}
			}
		})
	}
	return func() { close(stop); running.Wait() }
}

func TestWithoutAPlaceToSaveThemKeysStay(t *testing.T) {
	h := newHouse(t, generations(t)[0])
	h.config.SaveKeys = nil
	if err := h.ReloadKeys(generations(t)[1]); err == nil {
		t.Error("got no error, want one")
	}
}

func TestSettingsOfTheSignInAreRefusedThat(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"--password-policy": func(s *Settings) { s.PasswordPolicy = "5,upper" },
		"--key-rotation":    func(s *Settings) { s.KeyRotation = "90" },
	} {
		s := Defaults()
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got error %v, want one that names it", name, err)
		}
	}
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "36h": 36 * time.Hour, "0": 0, "0d": 0} {
		if got, err := parseAge(text); err != nil || got != want {
			t.Errorf("%s: got %v and error %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "30m", "90days", "never"} {
		if got, err := parseAge(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}
