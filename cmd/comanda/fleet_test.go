package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"comanda/installation"
)

// join returns a data directory with the keys of another server.
func (s *served) join() string {
	s.t.Helper()
	data := filepath.Join(s.t.TempDir(), "data")
	keys, err := os.ReadFile(filepath.Join(s.data, "keys.json"))
	if err == nil {
		err = os.Mkdir(data, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(data, "keys.json"), keys, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

// password returns the administrator's, as the first start has left it.
func (s *served) password() string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.data, "admin-password"))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// status returns the status of an answer to a request with a token.
func (s *served) status(method, path, token string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	readAll(s.t, resp.Body)
	return resp.StatusCode
}

func TestServersShareTablesOnDynamoDB(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	if r := run(t, "", env, "serve", "--store", place, "--identity", "embedded", "--data", t.TempDir()); r.code != 1 || !strings.Contains(r.err, "comanda tables create --to") {
		t.Fatalf("serve without tables: got %+v, want how to make them", r)
	}
	must(t, "", env, "tables", "create", "--to", place)

	first := serveIn(t, env, filepath.Join(t.TempDir(), "data"), "--store", place, "--identity", "embedded")
	if !strings.Contains(first.welcome, place) {
		t.Errorf("welcome: got %q, want %q in it", first.welcome, place)
	}
	token := first.token("admin", first.password())
	as := []string{"COMANDA_TOKEN=" + token}
	placed := must(t, example, as, "orders", "place", "--url", first.url, "--file", "-", "--key", "k", "--json")

	second := serveIn(t, env, first.join(), "--store", place, "--identity", "embedded")
	if !strings.Contains(second.welcome, "admin, as before") {
		t.Errorf("welcome of the second server: got %q, want the administrator of the first", second.welcome)
	}
	if got := must(t, example, as, "orders", "place", "--url", second.url, "--file", "-", "--key", "k", "--json"); got != placed {
		t.Errorf("the same order at the second server: got %q, want %q", got, placed)
	}

	keys, err := installation.Keys(first.data)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := append([]string{installation.EndpointOfCognito + "=" + first.url}, env...)
	third := serveIn(t, elsewhere, filepath.Join(t.TempDir(), "data"), "--store", place,
		"--user-pool", keys.PoolID, "--client", keys.ClientID, "--issuer", keys.Issuer)
	if got := must(t, example, as, "orders", "place", "--url", third.url, "--file", "-", "--key", "k", "--json"); got != placed {
		t.Errorf("the same order at a server without a user pool: got %q, want %q", got, placed)
	}
	for _, c := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/readyz", "", 200}, {"GET", "/orders", token + "x", 401}, {"GET", "/orders", token, 200}, {"POST", "/", "", 404},
	} {
		if got := third.status(c.method, c.path, c.token); got != c.want {
			t.Errorf("%s %s without a user pool: got %d, want %d", c.method, c.path, got, c.want)
		}
	}
	for _, s := range []*served{first, second, third} {
		s.stop()
	}
}

func TestServersWithOtherKeysStayOutOfTheFleet(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	must(t, "", env, "tables", "create", "--to", place)
	first := serveIn(t, env, filepath.Join(t.TempDir(), "data"), "--store", place, "--identity", "embedded")
	token := first.token("admin", first.password())
	keys, err := installation.Keys(first.data)
	if err != nil {
		t.Fatal(err)
	}
	lost := filepath.Join(t.TempDir(), "data")
	for range 2 { // keys.json isn't there, and then it is a new one
		r := run(t, "", env, "serve", "--listen", "127.0.0.1:0", "--data", lost, "--store", place, "--identity", "embedded")
		for _, want := range []string{"data directory " + lost, "belong to user pool " + keys.PoolID, "keys.json", "of a server that uses the same tables"} {
			if r.code != 1 || r.out != "" || !strings.Contains(r.err, want) {
				t.Errorf("a server with keys of its own: got %+v, want exit code 1 and %q", r, want)
			}
		}
	}
	for name, args := range map[string][]string{
		"accounts from elsewhere":          {"--from", "sqlite:" + newData(t), "--to", place, "--identity", "embedded"},
		"accounts to another's directory":  {"--from", place, "--to", "sqlite:" + newData(t), "--identity", "embedded"},
		"accounts with keys of another's":  {"--from", place, "--to", "sqlite:" + filepath.Join(t.TempDir(), "new"), "--keys", filepath.Join(lost, "keys.json")},
		"accounts to tables of two owners": {"--from", place, "--to", ownedBy(t, env, lost), "--identity", "embedded"},
	} {
		if r := run(t, "", env, append([]string{"copy"}, args...)...); r.code != 1 || r.out != "" || !strings.Contains(r.err, "user pool") || !strings.Contains(r.err, "--identity none") {
			t.Errorf("%s: got %+v, want a refusal", name, r)
		}
	}
	second := serveIn(t, env, first.join(), "--store", place, "--identity", "embedded")
	if got := second.status("GET", "/orders", token); got != 200 {
		t.Errorf("the first server's token at one with its keys: got %d, want 200", got)
	}
	first.stop()
	second.stop()
}

// ownedBy returns tables on DynamoDB that a server with the keys of a directory has used.
func ownedBy(t *testing.T, env []string, data string) (place string) {
	t.Helper()
	place, _ = onDynamoDB(t)
	must(t, "", env, "tables", "create", "--to", place)
	serveIn(t, env, data, "--store", place, "--identity", "embedded").stop()
	return place
}
