package acceptance

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"sync"
	"testing"
	"time"

	"comanda/app"
	"comanda/order"
	"comanda/pool"
	"comanda/telemetry"
)

// inProcess is a server in this process, on a real port, with a clock that can be
// moved.
type inProcess struct {
	keys    pool.Keys
	options options
	engine  engine
	time    *clock
	logged  *logBuffer
	logger  *slog.Logger

	store opened
	app   *app.App
	base  string
}

// engine opens the store of a server, each time the same.
type engine func(*inProcess) (opened, error)

// opened is a store that was opened.
type opened struct {
	app.Engine
	err func() error // why the store can't go on; nil: it never says so
}

func newKeys(t *testing.T) pool.Keys {
	t.Helper()
	keys, err := pool.NewKeys("")
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func newInProcess(keys pool.Keys, o options, e engine) *inProcess {
	s := &inProcess{keys: keys, options: o, engine: e, time: newClock(), logged: &logBuffer{}}
	s.logger = telemetry.NewLogger(s.logged, slog.LevelDebug, true, "comanda")
	return s
}

// run starts the server, and stops it when t ends.
func (s *inProcess) run(t *testing.T) {
	t.Helper()
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
}

func (s *inProcess) start(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	var err error
	if s.store, err = s.engine(s); err != nil {
		t.Fatal(err)
	}
	settings := app.Defaults()
	settings.Listen = cmp.Or(s.options.listen, "127.0.0.1:0")
	settings.CORSOrigins = s.options.corsOrigins
	settings.TotalPolicy = cmp.Or(s.options.totalPolicy, settings.TotalPolicy)
	settings.UnknownFields = cmp.Or(s.options.unknownFields, settings.UnknownFields)
	settings.Zone = cmp.Or(s.options.zone, settings.Zone)
	engine := s.store.Engine
	engine.Ready = s.ready
	if s.options.wrap != nil {
		engine.Store, engine.Snapshots = s.options.wrap(engine.Store), nil
	}
	checked, err := settings.Check()
	if err != nil {
		t.Fatal(err)
	}
	s.app, err = app.New(ctx, app.Config{
		Settings: checked, Engine: engine, Keys: s.keys, Codes: s.options.codes, Now: s.time.Now, Logger: s.logger, Version: "acceptance",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.app.Start(); err != nil {
		t.Fatal(err)
	}
	s.base = s.app.URL()
}

func (s *inProcess) ready(context.Context) error {
	if s.options.ready != nil {
		return s.options.ready()
	}
	if s.store.err == nil {
		return nil
	}
	return s.store.err()
}

// stop closes the server. It does nothing when a scenario has closed it.
func (s *inProcess) stop(t *testing.T) {
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
	if s.store.Close != nil {
		if err := s.store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	}
	s.app = nil
}

func (s *inProcess) restart(t *testing.T) {
	t.Helper()
	before := s.base
	s.stop(t)
	s.start(t)
	if s.base == before {
		t.Errorf("the server is at %s again, want another address", s.base)
	}
}

// redate implements [dating].
func (s *inProcess) redate(t *testing.T, userID, orderID string, change func(*order.Order)) {
	t.Helper()
	redate(t, s.store.Store, userID, orderID, change)
}

func (s *inProcess) configure(o options) { s.options = o }

func (s *inProcess) url() string    { return s.base }
func (s *inProcess) now() time.Time { return s.time.Now() }
func (s *inProcess) clock() *clock  { return s.time }
func (s *inProcess) log() string    { return s.logged.String() }

func (s *inProcess) signingKey(t *testing.T) (string, *rsa.PrivateKey) {
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

func (s *inProcess) pool() poolAccess {
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
