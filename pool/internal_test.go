package pool

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"comanda/sqlite"
	"comanda/storage"
)

func TestIntegersArePaddedAsTwosComplement(t *testing.T) {
	for in, want := range map[int64]string{0: "00", 1: "01", 0x7f: "7f", 0x80: "0080", 0x100: "0100", 0xff00: "00ff00"} {
		if got := fmt.Sprintf("%x", padInt(big.NewInt(in))); got != want {
			t.Errorf("padInt(%#x): got %s, want %s", in, got, want)
		}
	}
}

func TestTheVerifierIsOfUseOnlyToItsUser(t *testing.T) {
	s, err := newSealer(make([]byte, sealKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.seal([]byte("verifier"), "sub-1")
	if got, err := s.open(sealed, "sub-1"); err != nil || string(got) != "verifier" {
		t.Errorf("got %q and error %v, want the verifier", got, err)
	}
	if _, err := s.open(sealed, "sub-2"); !errors.Is(err, errSeal) {
		t.Errorf("got error %v for another user, want %v", err, errSeal)
	}
	if _, err := s.open(nil, "sub-1"); !errors.Is(err, errSeal) {
		t.Errorf("got error %v for nothing, want %v", err, errSeal)
	}
}

func TestADocumentOfALaterFormatIsRefusedWithTheRemedy(t *testing.T) {
	for _, doc := range []string{`{"format":2}`, `{}`} {
		_, err := decode[user](storage.Record{Key: userKey("x"), Doc: []byte(doc)})
		if err == nil || !strings.Contains(err.Error(), "upgrade") {
			t.Errorf("%s: got error %v, want one that says to upgrade", doc, err)
		}
	}
}

func TestDocumentsOfTheFirstFormatStayReadable(t *testing.T) {
	u, err := decode[user](storage.Record{Key: userKey("s"), Doc: []byte(`{"format":1,"sub":"s","login":"Ana","username":"Ana",
		"attributes":{"email":"a@b","email_verified":"true"},"status":"CONFIRMED","groups":["g"],"created":1,"modified":2,
		"generation":3,"sessionsFrom":2,"password":{"memory":19456,"time":2,"threads":1,"salt":"AQ==","hash":"Ag==","srpSalt":"10","srpVerifier":"Aw=="}}`)})
	if err != nil || u.Login != "Ana" || u.Generation != 3 || u.Password.Memory != 19456 || fmt.Sprint(u.names()) != "[ana a@b]" {
		t.Errorf("got %+v and error %v, want the user", u, err)
	}
	s, err := decode[session](storage.Record{Doc: []byte(`{"format":1,"sub":"s","originJti":"j","generation":2,"refresh":"AQ==","authTime":1,"expires":2}`)})
	if err != nil || s.OriginJTI != "j" || s.Generation != 2 || s.Expires != 2 {
		t.Errorf("got %+v and error %v, want the session", s, err)
	}
}

// unsureStore answers ErrUnknown to commits, before or after applying them.
type unsureStore struct {
	storage.Store
	apply  bool
	unsure int
}

func (s *unsureStore) Commit(ctx context.Context, c storage.Commit) error {
	if s.unsure == 0 {
		return s.Store.Commit(ctx, c)
	}
	s.unsure--
	if s.apply {
		if err := s.Store.Commit(ctx, c); err != nil {
			return err
		}
	}
	return fmt.Errorf("lost the connection: %w", storage.ErrUnknown)
}

func TestACommitOfUnknownOutcomeIsResolvedByReading(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "pool.db"), Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	store := &unsureStore{Store: db}
	p := &Pool{store: store, config: Config{Now: time.Now}}
	store.apply, store.unsure = true, 1
	if err := p.EnsureGroup(t.Context(), "applied"); err != nil {
		t.Errorf("got error %v for a commit that was applied, want none", err)
	}
	store.apply, store.unsure = false, 1
	if err := p.EnsureGroup(t.Context(), "lost"); !errors.Is(err, storage.ErrUnknown) {
		t.Errorf("got error %v for a commit that wasn't applied, want ErrUnknown", err)
	}
	if err := p.EnsureGroup(t.Context(), "lost"); err != nil {
		t.Errorf("got error %v for a second try, want none", err)
	}
}

func TestADecisionThatAlwaysMeetsAConflictAnswersBusy(t *testing.T) {
	p := &Pool{store: conflictStore{}}
	tries := 0
	err := p.commit(t.Context(), func() (storage.Commit, error) {
		tries++
		return storage.Commit{Writes: []storage.Write{{New: &storage.Record{}}}}, nil
	})
	if !errors.Is(err, storage.ErrBusy) || tries != maxDecisions {
		t.Errorf("got error %v after %d decisions, want ErrBusy after %d", err, tries, maxDecisions)
	}
}

type conflictStore struct{ storage.Store }

func (conflictStore) Commit(context.Context, storage.Commit) error { return &storage.Conflict{} }

func TestGeneratedPasswordsFollowEveryPolicy(t *testing.T) {
	for _, p := range []Policy{DefaultPolicy(), {MinLength: 99, Upper: true, Lower: true, Digit: true, Symbol: true}} {
		for range 50 {
			if text := p.generate(); p.check(text) != nil || strings.HasPrefix(text, "-") {
				t.Errorf("generated a password of %d characters that the policy refuses: %v", len(text), p.check(text))
			}
		}
	}
}

func BenchmarkLive(b *testing.B) {
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "pool.db"), Tables(), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	keys, err := NewKeys("")
	if err != nil {
		b.Fatal(err)
	}
	p, err := New(b.Context(), Config{Store: db, Keys: keys, Hashing: Hashing{Memory: 8, Time: 1, Threads: 1}})
	if err != nil {
		b.Fatal(err)
	}
	if _, _, _, err := p.FirstAdministrator(b.Context()); err != nil {
		b.Fatal(err)
	}
	u, err := p.findUser(b.Context(), "admin")
	if err != nil {
		b.Fatal(err)
	}
	_, s, _, err := p.beginSession(b.Context(), u.Sub, u.Generation, u.Sub)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := p.Live(b.Context(), u.Sub, s.OriginJTI, u.Generation); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPassword(b *testing.B) {
	h := newHasher(defaultHashing())
	for b.Loop() {
		h.hash("Correct-Horse-7")
	}
}

func BenchmarkSRPVerifier(b *testing.B) {
	g, err := newSRPGroup()
	if err != nil {
		b.Fatal(err)
	}
	salt := newSRPSalt()
	for b.Loop() {
		if _, err := g.verifier(salt, "abc", "ana", "Correct-Horse-7"); err != nil {
			b.Fatal(err)
		}
	}
}
