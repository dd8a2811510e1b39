package installation

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"comanda/app"
	"comanda/pool"
)

// startIn starts a server on a data directory, and returns it with what it logs.
func startIn(t *testing.T, data string, change func(*app.Settings)) (*Instance, *bytes.Buffer) {
	t.Helper()
	s := app.Defaults()
	s.Listen = "127.0.0.1:0"
	if change != nil {
		change(&s)
	}
	c := config(t, data, "")
	var err error
	if c.Settings, err = s.Check(); err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	c.Serve, c.Logger = true, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	in, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if err := in.Start(); err != nil {
		t.Fatal(err)
	}
	in.WarnOfIssuer()
	return in, log
}

func TestTheFirstStartPutsItsAddressIntoTokens(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first, log := startIn(t, data, nil)
	if want := first.URL() + "/" + first.keys.PoolID; first.Issuer() != want || first.KeySet() != want+"/.well-known/jwks.json" {
		t.Errorf("got issuer %s and key set %s, want both below %s", first.Issuer(), first.KeySet(), want)
	}
	resp, err := http.Get(first.Issuer() + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Errorf("discovery at the issuer: got %s, want 200", resp.Status)
	}
	at := strings.TrimPrefix(first.URL(), "http://")
	if log.Len() > 0 {
		t.Errorf("got log %q, want nothing to warn of", log)
	}
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		change func(*app.Settings)
		warns  bool
	}{
		"the same address":              {func(s *app.Settings) { s.Listen = at }, false},
		"another port":                  {nil, true},
		"another, and the issuer's URL": {func(s *app.Settings) { s.PublicURL = "http://" + at }, false},
	} {
		t.Run(name, func(t *testing.T) {
			again, log := startIn(t, data, x.change)
			if warned := strings.Contains(log.String(), first.Issuer()); warned != x.warns || strings.Count(log.String(), "\n") > 1 {
				t.Errorf("got log %q, want one warning that names the issuer: %v", log, x.warns)
			}
			if again.Issuer() != first.Issuer() {
				t.Errorf("got issuer %s, want %s, which it is for ever", again.Issuer(), first.Issuer())
			}
			if err := again.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAFirstStartThatFailsLeavesNoIssuer has the address in use by another program.
func TestAFirstStartThatFailsLeavesNoIssuer(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := filepath.Join(t.TempDir(), "data")
	c := config(t, data, "")
	c.Serve, c.Settings.Listen = true, taken.Addr().String()
	if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "another program uses it") {
		t.Fatalf("got %v, want that the address is taken", err)
	}
	in, log := startIn(t, data, nil)
	if !strings.HasPrefix(in.Issuer(), in.URL()+"/") || log.Len() > 0 {
		t.Errorf("at another address: got issuer %s and log %q, want %s", in.Issuer(), log, in.URL())
	}
}

func TestAnIssuerIsElsewhereOnlyWhereThatIsCertain(t *testing.T) {
	for _, x := range []struct {
		issuer, listening string
		elsewhere         bool
	}{
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", false},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8081", true},
		{"http://127.0.0.1:8080", "http://127.0.0.2:8080", true},
		{"http://127.0.0.1:8080", "https://127.0.0.1:8080", true},
		{"http://127.0.0.1:8080", "http://0.0.0.0:8080", false},
		{"http://127.0.0.1:8080", "http://[::]:8080", false},
		{"http://[::1]:8080", "http://[::1]:8080", false},
		{"http://[::1]:8080", "http://127.0.0.1:8080", true},
		{"http://localhost:8080", "http://127.0.0.1:8080", false},
		{"http://localhost:8080", "http://127.0.0.1:9090", true},
		{"https://127.0.0.1", "https://127.0.0.1:443", false},
		{"http://127.0.0.1", "http://127.0.0.1:8080", true},
		{"https://orders.example.com", "http://127.0.0.1:8080", false},
		{"https://192.0.2.1", "http://10.0.0.5:8080", false},
	} {
		keys := pool.Keys{PoolID: "local_abc", Issuer: x.issuer + "/local_abc"}
		if got := issuerElsewhere(keys, x.listening); got != x.elsewhere {
			t.Errorf("%s on %s: got %v, want %v", x.issuer, x.listening, got, x.elsewhere)
		}
	}
}

// TestAFirstStartForOthersSaysWhatTokensName starts behind a proxy, with no --public-url.
func TestAFirstStartForOthersSaysWhatTokensName(t *testing.T) {
	in, log := startIn(t, filepath.Join(t.TempDir(), "data"), func(s *app.Settings) {
		s.Listen, s.BehindProxy = "0.0.0.0:0", []string{"127.0.0.1/32"}
	})
	if !strings.Contains(log.String(), "--public-url at the first start") || !strings.Contains(log.String(), in.Issuer()) || !strings.HasPrefix(in.Issuer(), "http://127.0.0.1:") {
		t.Errorf("got issuer %s and log %q, want to be told of --public-url", in.Issuer(), log)
	}
}
