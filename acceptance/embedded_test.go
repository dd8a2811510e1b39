package acceptance

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"comanda/app"
	"comanda/pool"
	"comanda/sqlite"
	"comanda/telemetry"
)

// embedded is the program on its embedded store: what `comanda serve` runs, in
// this process, on a real file and a real port, with a clock that can be moved.
type embedded struct {
	keys pool.Keys // of every server, because making them takes long
}

func newEmbedded(t *testing.T) *embedded {
	t.Helper()
	keys, err := pool.NewKeys("")
	if err != nil {
		t.Fatal(err)
	}
	return &embedded{keys}
}

func (*embedded) name() string            { return "embedded" }
func (*embedded) differs(difference) bool { return false }

func (e *embedded) open(t *testing.T, o options) server {
	t.Helper()
	s := &embeddedServer{keys: e.keys, options: o, dir: t.TempDir(), time: newClock(), logged: &logBuffer{}}
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

type embeddedServer struct {
	keys    pool.Keys
	options options
	dir     string
	time    *clock
	logged  *logBuffer

	store *sqlite.Store
	app   *app.App
	base  string
}

func (s *embeddedServer) start(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	logger := telemetry.NewLogger(s.logged, slog.LevelDebug, true, "comanda")
	var err error
	s.store, err = sqlite.Open(ctx, filepath.Join(s.dir, "comanda.db"), app.Tables(), sqlite.Options{Now: s.time.Now, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	settings := app.Defaults()
	settings.Listen = "127.0.0.1:0"
	settings.CORSOrigins = s.options.corsOrigins
	if s.options.totalPolicy != "" {
		settings.TotalPolicy = s.options.totalPolicy
	}
	parts := app.Parts{
		Store: s.store, Ready: s.ready, Failed: s.store.Failed(),
		Keys: s.keys, Now: s.time.Now, Logger: logger, Version: "acceptance",
	}
	if s.options.wrap != nil {
		parts.Store = s.options.wrap(s.store)
	}
	if s.app, err = app.New(ctx, settings, parts); err != nil {
		t.Fatal(err)
	}
	if err := s.app.Start(); err != nil {
		t.Fatal(err)
	}
	s.base = s.app.URL()
}

func (s *embeddedServer) ready(context.Context) error {
	if s.options.ready != nil {
		return s.options.ready()
	}
	return s.store.Err()
}

// stop closes the server. It does nothing when a scenario has closed it.
func (s *embeddedServer) stop(t *testing.T) {
	t.Helper()
	if s.app == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	web.CloseIdleConnections()
	if err := s.app.Close(ctx); err != nil {
		t.Errorf("close the server: %v", err)
	}
	if err := s.store.Close(); err != nil {
		t.Errorf("close the store: %v", err)
	}
	s.app = nil
}

func (s *embeddedServer) restart(t *testing.T) {
	t.Helper()
	before := s.base
	s.stop(t)
	s.start(t)
	if s.base == before {
		t.Errorf("the server is at %s again, want another address", s.base)
	}
}

func (s *embeddedServer) url() string    { return s.base }
func (s *embeddedServer) now() time.Time { return s.time.Now() }
func (s *embeddedServer) clock() *clock  { return s.time }
func (s *embeddedServer) log() string    { return s.logged.String() }

func (s *embeddedServer) signingKey(t *testing.T) (string, *rsa.PrivateKey) {
	t.Helper()
	return signingKeyOf(t, s.keys)
}

// signingKeyOf returns the key that signs new tokens.
func signingKeyOf(t *testing.T, k pool.Keys) (string, *rsa.PrivateKey) {
	t.Helper()
	newest := k.Signing[len(k.Signing)-1]
	block, _ := pem.Decode([]byte(newest.PEM))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return newest.ID, key.(*rsa.PrivateKey)
}

func (s *embeddedServer) pool() poolAccess {
	return accessOf(s.keys, s.base, s.time.Now)
}

// accessOf returns the access to a pool with these keys that answers at base.
func accessOf(k pool.Keys, base string, now func() time.Time) poolAccess {
	return poolAccess{
		endpoint: base, id: k.PoolID, clientID: k.ClientID, issuer: k.Issuer, region: k.Region,
		accessKey: k.AccessKeyID, secretKey: k.SecretAccessKey, now: now,
	}
}

// logBuffer keeps what is logged. It is safe for concurrent use.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
