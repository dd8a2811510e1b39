package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// eavesdropper passes requests on to a server and keeps what was in them.
type eavesdropper struct {
	*httptest.Server
	mu    sync.Mutex
	heard strings.Builder
}

func eavesdrop(t *testing.T, on string) *eavesdropper {
	t.Helper()
	to, err := url.Parse(on)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }}
	e := &eavesdropper{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := httputil.DumpRequest(r, true)
		if err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		e.heard.Write(text)
		e.mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(e.Close)
	return e
}

// TestNothingSecretGoesToAnAddressThatWasPlanted has a server.json that names a relay to the
// very server whose keys are beside it.
func TestNothingSecretGoesToAnAddressThatWasPlanted(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as(ana, anaPassword)
	token := strings.TrimPrefix(env[1], "COMANDA_TOKEN=")
	relay := eavesdrop(t, s.url)
	address := `{"url":"` + relay.URL + `","pid":1}`
	if err := os.WriteFile(filepath.Join(s.data, "server.json"), []byte(address), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"token", "-u", ana, "--password-stdin"}, {"env"}, {"users", "list"}, {"users", "reset-password", "-u", ana, "--password-stdin"},
		{"orders", "list"}, {"webhooks", "list"}, {"feed", "dead"}, {"keys", "rotate"}, {"reports", "show"},
	} {
		r := run(t, anaPassword, env, args...)
		if r.code != 1 || r.out != "" || !strings.Contains(r.err, relay.URL) || !strings.Contains(r.err, "so nothing was sent to it") {
			t.Errorf("%v: got %+v, want it to refuse what answers there", args, r)
		}
	}
	remembered := []string{"COMANDA_DATA=" + s.data, "COMANDA_URL=" + relay.URL, "COMANDA_CLIENT_ID=" + s.pool().Keys.ClientID}
	if r := run(t, anaPassword, remembered, "token", "-u", ana, "--password-stdin"); r.code != 1 || !strings.Contains(r.err, "so nothing was sent to it") {
		t.Errorf("an address that comanda env has left and another program has: got %+v, want it refused", r)
	}
	if r := run(t, "", append(remembered, env[1]), "orders", "list", "--url", s.url); r.code != 0 {
		t.Errorf("an address on the command line: got %+v, want it believed", r)
	}
	remembered[1] = "COMANDA_URL=" + s.url
	must(t, anaPassword, remembered, "token", "-u", ana, "--password-stdin")
	for what, secret := range map[string]string{"the password": anaPassword, "a token": token, "a signature": "Signature="} {
		if strings.Contains(relay.heard.String(), secret) {
			t.Errorf("the relay heard %s: %s", what, relay.heard.String())
		}
	}
}

// TestADirectoryThatOthersMayEnterNamesNoServer has a directory as it comes out of an archive or a
// repository: everything in it is right, but a stranger could have made it.
func TestADirectoryThatOthersMayEnterNamesNoServer(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	if err := os.Chmod(s.data, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"token", "-u", ana, "--password-stdin"}, {"env"}, {"users", "list"}} {
		r := run(t, anaPassword, []string{"COMANDA_DATA=" + s.data}, args...)
		if r.code != 1 || r.out != "" || !strings.Contains(r.err, "is open to other users") || !strings.Contains(r.err, "chmod 700 "+s.data) {
			t.Errorf("%v: got %+v, want it refused with the remedy", args, r)
		}
	}
}

func TestCommandsFollowNoLinkOutOfADirectory(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"keys.json", "comanda.db", "lock", "admin-password"} {
		data := newData(t)
		file, target := filepath.Join(data, name), filepath.Join(t.TempDir(), "target")
		if _, err := os.Stat(file); err == nil {
			if err := os.Rename(file, target); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(target, 0o644); err != nil && name != "admin-password" && name != "lock" {
			t.Fatal(err)
		}
		if err := os.Symlink(target, file); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"serve", "--listen", "127.0.0.1:0", "--data", data}, {"users", "--data", data, "list"}, {"backup", filepath.Join(t.TempDir(), "b"), "--data", data},
			{"check", "--data", data}, {"copy", "--from", "sqlite:" + data, "--to", "sqlite:" + filepath.Join(t.TempDir(), "c")},
		} {
			r := run(t, "", nil, args...)
			if r.code != 1 || !strings.Contains(r.err, name+" isn't a file of its own but a link: put the file itself there") || !strings.Contains(r.err, data) {
				t.Errorf("%s is a link: %s: got %+v, want it refused", name, args[0], r)
			}
		}
		if info, err := os.Stat(target); err == nil && info.Mode().Perm() != 0o644 {
			t.Errorf("%s: what the link leads to has mode %v now, want it left alone", name, info.Mode())
		}
	}
}

func TestADirectoryOfAnotherUserIsForItsOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("only root can give a directory away: package datadir tests the same as any user")
		return
	}
	data := newData(t)
	if err := os.Chown(data, 47_110, -1); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"serve", "--listen", "127.0.0.1:0", "--data", data}, {"env", "--data", data}, {"users", "--data", data, "list"}, {"keys", "--data", data, "rotate"},
		{"token", "--data", data, "-u", ana, "--password-stdin"}, {"backup", filepath.Join(t.TempDir(), "b"), "--data", data}, {"check", "--data", data},
	} {
		r := run(t, anaPassword, nil, args...)
		if r.code != 1 || r.out != "" || !strings.Contains(r.err, "data directory "+data+": belongs to another user: '#47110' (uid 47110)") || !strings.Contains(r.err, "sudo -u '#47110' comanda") {
			t.Errorf("%s: got %+v, want it refused with the remedy", args[0], r)
		}
	}
}
