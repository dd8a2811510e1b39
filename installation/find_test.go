package installation

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"comanda/administration"
	"comanda/app"
	"comanda/datadir"
	"comanda/pool"
	"comanda/testbed/pairs"
)

// testKeys are made once, because an RSA key takes longer than most tests.
var testKeys = sync.OnceValues(func() (pool.Keys, error) { return pool.NewKeys("") })

// directory returns a data directory with keys, unlocked, and its secret.
func directory(t *testing.T) (path string, keys pool.Keys) {
	t.Helper()
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "data")
	d, err := datadir.Open(path)
	if err == nil {
		err = errors.Join(d.SaveKeys(keys), d.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, keys
}

// announce leaves an address in a directory, as a server does that was killed since.
func announce(t *testing.T, path string, s datadir.Server) {
	t.Helper()
	held, err := datadir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := held.Announce(s); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(path, "server.json"))
	if err = errors.Join(err, held.Close()); err == nil {
		err = os.WriteFile(filepath.Join(path, "server.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// holder answers as the server of a directory with a secret, and counts what else it is sent.
type holder struct {
	*httptest.Server
	sent atomic.Int64
}

func hold(t *testing.T, secret []byte, start func(*httptest.Server)) *holder {
	t.Helper()
	key, err := administration.NewProofKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	h := &holder{}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("X-Amz-Target") == administration.OpProve {
			key.Handler(w, r, body)
			return
		}
		h.sent.Add(1)
	}))
	start(h.Server)
	t.Cleanup(h.Close)
	return h
}

func TestTheServerOfADirectoryIsFoundAndEachConnectionProven(t *testing.T) {
	for name, start := range map[string]func(*httptest.Server){"plain": (*httptest.Server).Start, "with TLS": (*httptest.Server).StartTLS} {
		t.Run(name, func(t *testing.T) {
			path, keys := directory(t)
			h := hold(t, keys.SealKey, start)
			announced := datadir.Server{URL: h.URL}
			if h.TLS != nil {
				announced.Certificate = h.Certificate().Raw
			}
			announce(t, path, announced)
			s, err := Find(t.Context(), path)
			if err != nil || !s.Known || s.TLS != (h.TLS != nil) {
				t.Fatalf("got %+v, %v, want it found and known", s, err)
			}
			h.CloseClientConnections()
			if err := ping(t.Context(), s); err != nil || h.sent.Load() != 2 {
				t.Errorf("over another connection: got %v after %d requests, want it proven again", err, h.sent.Load())
			}
		})
	}
}

// TestNothingIsSentToWhateverElseAnswers plants addresses in a directory and counts what arrives there.
func TestNothingIsSentToWhateverElseAnswers(t *testing.T) {
	path, keys := directory(t)
	genuine := hold(t, keys.SealKey, (*httptest.Server).Start)
	there, err := url.Parse(genuine.URL)
	if err != nil {
		t.Fatal(err)
	}
	relay := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(there) }})
	t.Cleanup(relay.Close)
	other := hold(t, bytes.Repeat([]byte{1}, 32), (*httptest.Server).Start)
	secure := hold(t, keys.SealKey, (*httptest.Server).StartTLS)
	stranger := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)
	for name, x := range map[string]struct {
		announced datadir.Server
		want      error
	}{
		"a relay":                             {datadir.Server{URL: relay.URL}, &administration.ImpostorError{Relayed: true}},
		"the server of another directory":     {datadir.Server{URL: other.URL}, &administration.ImpostorError{}},
		"another program":                     {datadir.Server{URL: stranger.URL}, ErrNoServer},
		"nobody":                              {datadir.Server{URL: "http://127.0.0.1:1"}, ErrNoServer},
		"a server with another certificate":   {datadir.Server{URL: secure.URL, Certificate: []byte{1}}, ErrNoServer},
		"an address of another machine":       {datadir.Server{URL: "http://192.0.2.1:80"}, nil},
		"a name, which no server has written": {datadir.Server{URL: strings.Replace(genuine.URL, "127.0.0.1", "localhost", 1)}, nil},
	} {
		announce(t, path, x.announced)
		_, err := Find(t.Context(), path)
		if err == nil || x.want != nil && !strings.Contains(err.Error(), x.want.Error()) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want %v with the path", name, err, x.want)
		}
		if x.want == nil && !strings.Contains(err.Error(), "isn't an address of this machine") {
			t.Errorf("%s: got %v, want that it isn't of this machine", name, err)
		}
	}
	if sent := genuine.sent.Load() + other.sent.Load() + secure.sent.Load(); sent != 0 {
		t.Errorf("servers that weren't known got %d requests, want none but the question", sent)
	}
}

func TestAServerWithoutKeysIsFoundAndNotKnown(t *testing.T) {
	path, keys := directory(t)
	h := hold(t, keys.SealKey, (*httptest.Server).Start)
	announce(t, path, datadir.Server{URL: h.URL})
	if err := os.Remove(filepath.Join(path, "keys.json")); err != nil {
		t.Fatal(err)
	}
	if s, err := Find(t.Context(), path); err != nil || s.Known {
		t.Errorf("got %+v, %v, want it found, and not known", s, err)
	}
}

func TestACertificateIsTheOneThatWasAnnounced(t *testing.T) {
	_, keys := directory(t)
	h := hold(t, keys.SealKey, (*httptest.Server).StartTLS)
	client := newClient(t.TempDir(), datadir.Server{URL: h.URL, Certificate: []byte("another")}, nil)
	if _, err := client.Get(h.URL); !errors.Is(err, errOtherCertificate) {
		t.Errorf("another certificate: got %v, want %v", err, errOtherCertificate)
	}
}

// A command that has found a server, and goes on for long, meets its new certificate.
func TestAFoundServerIsKnownByTheCertificateThatItHasExchanged(t *testing.T) {
	path, _ := directory(t)
	files := pairs.NewFiles(t, pairs.New(t, "first.invalid"))
	c, settings := config(t, path, ""), app.Defaults()
	settings.Listen, settings.TLSCert, settings.TLSKey = "127.0.0.1:0", files.Cert, files.Key
	var err error
	if c.Settings, err = settings.Check(); err != nil {
		t.Fatal(err)
	}
	in, err := Open(t.Context(), c)
	if err == nil {
		err = errors.Join(in.Start(), in.Announce())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(context.Background())
	s, err := Find(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		files.Write(t, pairs.New(t, "next.invalid"))
		in.ReloadCertificate()
		s.Client.CloseIdleConnections()
		if err := ping(t.Context(), s); err != nil {
			t.Errorf("after an exchange: got %v, want the server", err)
		}
	}
}

// config is a directory that no process serves.
func config(t *testing.T, data, store string) Config {
	t.Helper()
	checked, err := app.Defaults().Check()
	if err != nil {
		t.Fatal(err)
	}
	foundation, err := Names{Store: store, Identity: Embedded}.Check(data)
	if err != nil {
		t.Fatal(err)
	}
	return Config{Data: data, Foundation: foundation, Settings: checked, Logger: slog.New(slog.DiscardHandler)}
}

func TestADirectoryThatNobodyServesIsServedInThisProcess(t *testing.T) {
	path, _ := directory(t)
	c := config(t, path, "")
	err := Connect(t.Context(), c, func(a *administration.Connection) error {
		return a.AddAccount(context.Background(), administration.NewAccount{Username: "ana", Password: "Correct-Horse-7"})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = Connect(t.Context(), c, func(a *administration.Connection) error {
		found, err := a.Accounts(context.Background(), "")
		if err != nil || len(found) != 1 || found[0].Username != "ana" {
			t.Errorf("accounts: got %+v, %v, want ana", found, err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	err = Administer(t.Context(), c, func(a administration.Administration) error {
		_, err := a.Webhooks(context.Background())
		return err
	})
	if err != nil {
		t.Error(err)
	}
	held, err := datadir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := Connect(t.Context(), c, nil); err == nil || !strings.Contains(err.Error(), "it is starting or stopping") {
		t.Errorf("a directory that is locked: got %v, want that it is starting", err)
	}
}

func TestMemoryHidesNoRecordsAndHasNoneForCommands(t *testing.T) {
	path, _ := directory(t)
	c := config(t, path, "memory:")
	if err := Connect(t.Context(), c, nil); !errors.Is(err, ErrNoServer) || !strings.Contains(err.Error(), "memory") {
		t.Errorf("a command without a server: got %v, want that one has to run", err)
	}
	in, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	in, err = Open(t.Context(), config(t, path, ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var setting *SettingError
	if _, err := Open(t.Context(), c); !errors.As(err, &setting) || !strings.Contains(err.Error(), path) {
		t.Errorf("a directory with records: got %v, want it refused", err)
	}
}
