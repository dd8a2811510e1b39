package pool_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"comanda/identity"
	"comanda/pool"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
)

const (
	goodPassword  = "Correct-Horse-7"
	otherPassword = "Another-Horse-8"
)

// testKeys are made once: an RSA key takes longer than most tests.
var testKeys = sync.OnceValues(func() (pool.Keys, error) { return pool.NewKeys("") })

// clock is the time of a test. It moves only when it is told to.
type clock = storagetest.Clock

// outbox keeps what was sent.
type outbox struct {
	mu      sync.Mutex
	to      pool.Message
	purpose pool.Purpose
	code    string
	count   int
	err     error
}

func (o *outbox) SendCode(_ context.Context, m pool.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to, o.purpose, o.code = m, m.Purpose, m.Code
	o.count++
	return o.err
}

// fixture is a pool in a new database.
type fixture struct {
	*pool.Pool
	t     *testing.T
	clock *clock
	mail  *outbox
	store storage.Store
}

func newFixture(t *testing.T, change ...func(*pool.Config)) *fixture {
	t.Helper()
	f := &fixture{
		t: t, mail: &outbox{},
		clock: storagetest.NewClock(time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)),
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "pool.db"), pool.Tables(), sqlite.Options{Now: f.clock.Now})
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	f.store = db
	f.Pool = f.open(change...)
	return f
}

// open opens a further pool on the same database.
func (f *fixture) open(change ...func(*pool.Config)) *pool.Pool {
	f.t.Helper()
	keys, err := testKeys()
	if err != nil {
		f.t.Fatalf("NewKeys: %v", err)
	}
	config := pool.Config{
		Store: f.store, Keys: keys, Now: f.clock.Now, Sender: f.mail,
		Hashing: pool.Hashing{Memory: 64, Time: 1, Threads: 1},
	}
	for _, c := range change {
		c(&config)
	}
	p, err := pool.New(f.t.Context(), config)
	if err != nil {
		f.t.Fatalf("pool.New: %v", err)
	}
	return p
}

func (f *fixture) verifier() *identity.Verifier {
	f.t.Helper()
	v, err := identity.NewVerifier(identity.Config{
		Issuer: f.Issuer(), ClientID: f.ClientID(), AdminGroup: f.AdminGroup(), Keys: f.Pool, Sessions: f.Pool, Now: f.clock.Now,
	})
	if err != nil {
		f.t.Fatalf("NewVerifier: %v", err)
	}
	return v
}

// addUser creates a confirmed user with goodPassword.
func (f *fixture) addUser(username string, attributes ...pool.Attribute) pool.User {
	f.t.Helper()
	u, err := f.AdminCreateUser(f.t.Context(), pool.AdminCreateUserInput{
		Username: username, Attributes: attributes, MessageAction: pool.MessageSuppress, TemporaryPassword: otherPassword,
	})
	if err != nil {
		f.t.Fatalf("AdminCreateUser(%q): %v", username, err)
	}
	if err := f.AdminSetUserPassword(f.t.Context(), username, goodPassword, true); err != nil {
		f.t.Fatalf("AdminSetUserPassword(%q): %v", username, err)
	}
	return u
}

func (f *fixture) tryPassword(username, password string) (pool.AuthOutput, error) {
	return f.InitiateAuth(f.t.Context(), pool.FlowUserPassword, map[string]string{"USERNAME": username, "PASSWORD": password})
}

func (f *fixture) tryRefresh(token string) (pool.AuthOutput, error) {
	return f.InitiateAuth(f.t.Context(), pool.FlowRefreshToken, map[string]string{"REFRESH_TOKEN": token})
}

// signIn returns the tokens of a user with goodPassword.
func (f *fixture) signIn(username string) pool.Tokens {
	f.t.Helper()
	out, err := f.tryPassword(username, goodPassword)
	if err != nil || out.Tokens == nil {
		f.t.Fatalf("sign in as %q: got %+v and error %v, want tokens", username, out, err)
	}
	return *out.Tokens
}

func wantCode(t *testing.T, err error, code pool.Code) {
	t.Helper()
	var got *pool.Error
	if !errors.As(err, &got) || got.Code != code {
		t.Errorf("got error %v, want %s", err, code)
	}
}

func wantMessage(t *testing.T, err error, code pool.Code, message string) {
	t.Helper()
	if !errors.Is(err, &pool.Error{Code: code, Message: message}) {
		t.Errorf("got error %v, want %s: %s", err, code, message)
	}
}

func wantRevoked(t *testing.T, v *identity.Verifier, token, when string) {
	t.Helper()
	_, err := v.Verify(t.Context(), token)
	var refused *identity.UnauthenticatedError
	if !errors.As(err, &refused) || refused.Reason != identity.ReasonRevoked {
		t.Errorf("%s: got error %v for the token, want a revoked one", when, err)
	}
}

func wantLive(t *testing.T, v *identity.Verifier, token, when string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("%s: got error %v for the token, want none", when, err)
	}
}

func attribute(u pool.User, name string) string {
	for _, a := range u.Attributes {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}
