package pool

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"testing"

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
	for _, doc := range []string{`{"format":2,"sub":"s"}`, `{"format":2,"sub":7}`} {
		_, err := decode[user](storage.Record{Key: userKey("x"), Doc: []byte(doc)})
		var newer *storage.NewerError
		if !errors.As(err, &newer) || !strings.Contains(err.Error(), "upgrade") {
			t.Errorf("%s: got error %v, want one that says to upgrade", doc, err)
		}
	}
	if _, err := decode[user](storage.Record{Key: userKey("x"), Doc: []byte(`{}`)}); err == nil {
		t.Error("a document without a format: got a user, want an error")
	}
}

func TestDocumentsOfTheFirstFormatAreWrittenAsTheyAlwaysWere(t *testing.T) {
	precedence := 3
	secret := &password{Memory: 8, Time: 1, Threads: 2, Salt: []byte{1}, Hash: []byte{2, 3}, SRPSalt: "ab", SRPVerifier: []byte{4}}
	for _, tc := range []struct {
		document storage.Document
		want     string
	}{
		{&user{Head: first, Sub: "s", Login: "Ana<&>", Username: "Ana", Attributes: map[string]string{"name": "A\u2028<b>", "email": "a@b", "custom:x": "1"}, Status: StatusConfirmed,
			Groups: []string{"a", "b"}, Created: 1, Modified: 2, Generation: 3, SessionsFrom: 4, Password: secret, Code: &code{Purpose: "signup", MAC: []byte{9}, Expires: 7}},
			`{"format":1,"sub":"s","login":"Ana\u003c\u0026\u003e","username":"Ana","attributes":{"custom:x":"1","email":"a@b","name":"A\u2028\u003cb\u003e"},"status":"CONFIRMED",` +
				`"groups":["a","b"],"created":1,"modified":2,"generation":3,"sessionsFrom":4,"password":{"memory":8,"time":1,"threads":2,"salt":"AQ==","hash":"AgM=",` +
				`"srpSalt":"ab","srpVerifier":"BA=="},"code":{"purpose":"signup","mac":"CQ==","expires":7,"tries":0}}`},
		{&user{Head: first, Sub: "s", Login: "l", Username: "l", Status: StatusUnconfirmed, Disabled: true, Password: &password{Expires: 5}},
			`{"format":1,"sub":"s","login":"l","username":"l","status":"UNCONFIRMED","disabled":true,"created":0,"modified":0,"generation":0,"sessionsFrom":0,` +
				`"password":{"memory":0,"time":0,"threads":0,"salt":null,"hash":null,"srpSalt":"","srpVerifier":null,"expires":5}}`},
		{&name{first, "s"}, `{"format":1,"sub":"s"}`},
		{&group{Head: first, Name: "g&", Description: "<d>", RoleARN: "arn", Precedence: &precedence, Created: 1, Modified: 2},
			`{"format":1,"name":"g\u0026","description":"\u003cd\u003e","roleArn":"arn","precedence":3,"created":1,"modified":2}`},
		{&group{Head: first, Name: "g"}, `{"format":1,"name":"g","created":0,"modified":0}`},
		{&session{Head: first, Sub: "s", OriginJTI: "j", Generation: 1, Kept: 2, Refresh: []byte{1}, AuthTime: 3, Expires: 4},
			`{"format":1,"sub":"s","originJti":"j","generation":1,"kept":2,"refresh":"AQ==","authTime":3,"expires":4}`},
		{&session{Head: first, Sub: "s", OriginJTI: "j", Refresh: []byte{1}}, `{"format":1,"sub":"s","originJti":"j","generation":0,"refresh":"AQ==","authTime":0,"expires":0}`},
		{&owner{first, "p", "m"}, `{"format":1,"poolId":"p","mac":"m"}`},
	} {
		r, err := encode(userKey("s"), tc.document)
		if err != nil || string(r.Doc) != tc.want {
			t.Errorf("%T:\n got %s, %v\nwant %s", tc.document, r.Doc, err, tc.want)
		}
	}
}

func TestMembersThatThisReleaseDoesntKnowAreKept(t *testing.T) {
	u, err := decode[user](storage.Record{Doc: []byte(`{"format":1,"sub":"s","login":"Ana","username":"Ana","status":"CONFIRMED","created":1,"modified":2,"generation":3,"sessionsFrom":2,"mfa":{"a":1.50}}`)})
	if err != nil {
		t.Fatal(err)
	}
	u.Disabled = true
	r, err := encodeUser(u.clone())
	if err != nil || !strings.Contains(string(r.Doc), `"mfa":{"a":1.50}`) || !strings.Contains(string(r.Doc), `"disabled":true`) {
		t.Errorf("got %s, %v, want the change and the member", r.Doc, err)
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

func TestADecisionThatAlwaysMeetsAConflictAnswersBusy(t *testing.T) {
	p := &Pool{store: conflictStore{}}
	tries := 0
	err := p.commit(t.Context(), func() (storage.Commit, error) {
		tries++
		return storage.Commit{Writes: []storage.Write{{New: &storage.Record{}}}}, nil
	})
	if !errors.Is(err, storage.ErrBusy) || tries != storage.Attempts {
		t.Errorf("got error %v after %d decisions, want ErrBusy after %d", err, tries, storage.Attempts)
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
