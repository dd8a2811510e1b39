package main

import (
	"strings"
	"syscall"
	"testing"

	"comanda/datadir"
	"comanda/installation"
	"comanda/pool"
)

// signing returns the ids of the signing keys in a data directory, oldest first.
func signing(t *testing.T, data string) []string {
	t.Helper()
	keys, err := installation.Keys(data)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, k := range keys.Signing {
		ids = append(ids, k.ID)
	}
	return ids
}

func TestKeysRotateAtARunningServerAndNobodyIsSignedOut(t *testing.T) {
	t.Parallel()
	data := newData(t)
	s := serve(t, data)
	before := s.token(ana, anaPassword)
	said := must(t, "", nil, "keys", "rotate", "--data", data)
	ids := signing(t, data)
	if len(ids) != 2 || !strings.HasPrefix(said, "tokens are signed with key "+ids[1]+" from 20") {
		t.Errorf("keys rotate: got %q, want it to name the newest of %q", said, ids)
	}
	if again := must(t, "", nil, "keys", "rotate", "--data", data, "--in", "2h"); again != said {
		t.Errorf("keys rotate, while a key waits: got %q, want %q again", again, said)
	}
	for _, id := range ids {
		if set := s.keySet(); !strings.Contains(set, id) {
			t.Errorf("key set: got %s, want key %s in it", set, id)
		}
	}
	list := func(token string) result {
		return run(t, "", []string{"COMANDA_TOKEN=" + token, "COMANDA_DATA=" + data}, "orders", "list")
	}
	after := s.token(ana, anaPassword)
	if header, _, _ := strings.Cut(before, "."); !strings.HasPrefix(after, header+".") {
		t.Error("the new key signs already, which services with a key set of their own don't know")
	}
	for _, token := range []string{before, after} {
		if got := list(token); got.code != 0 {
			t.Errorf("orders list: got %+v, want that the token is good", got)
		}
	}
	s.stop()
	if again := must(t, "", nil, "keys", "rotate", "--data", data); again != said {
		t.Errorf("keys rotate, where nobody serves: got %q, want %q again", again, said)
	}
	restarted := serve(t, data)
	if got := list(restarted.token(ana, anaPassword)); got.code != 0 {
		t.Errorf("orders list after a restart: got %+v, want that the token is good", got)
	}
	restarted.stop()
}

func TestKeysThatHaveLeakedEndAtOnce(t *testing.T) {
	t.Parallel()
	data := newData(t)
	s := serve(t, data)
	env := s.as(ana, anaPassword)
	must(t, "", env, "orders", "list")
	said := must(t, "", nil, "keys", "rotate", "--now", "--data", data)
	ids := signing(t, data)
	if len(ids) != 1 || !strings.Contains(said, ids[0]) || !strings.Contains(said, "up to 5 minutes") {
		t.Errorf("keys rotate --now: got %q, want the one key of %q, and who notices", said, ids)
	}
	if got := run(t, "", env, "orders", "list"); got.code != 1 || !strings.Contains(got.err, "sign in again") {
		t.Errorf("a token from before: got %+v, want it refused", got)
	}
	must(t, "", s.as(ana, anaPassword), "orders", "list")
	s.stop()
	must(t, "", nil, "keys", "rotate", "--now", "--data", data)
	if next := signing(t, data); len(next) != 1 || next[0] == ids[0] {
		t.Errorf("keys rotate --now, where nobody serves: got keys %q, want another than %q alone", next, ids)
	}
}

func TestAHangupReadsTheKeysAgainAndABadFileChangesNothing(t *testing.T) {
	t.Parallel()
	data := newData(t)
	s := serve(t, data)
	keys, err := installation.Keys(data)
	if err != nil {
		t.Fatal(err)
	}
	other, err := pool.NewKeys("")
	if err != nil {
		t.Fatal(err)
	}
	if err := datadir.ReplaceKeys(data, other); err != nil {
		t.Fatal(err)
	}
	if r := run(t, "", nil, "keys", "rotate", "--data", data); r.code != 1 || !strings.Contains(r.err, "have the key of this data directory, so nothing was sent") {
		t.Errorf("keys rotate beside a server of another pool: got %+v, want a refusal", r)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	const refused = "the keys in the data directory are not used"
	for range 1000 { // each takes as long as an answer of the server
		if strings.Contains(s.log.String(), refused) {
			break
		}
		if got := s.status("GET", "/healthz", ""); got != 200 {
			t.Fatal(err)
		}
	}
	if log := s.log.String(); !strings.Contains(log, refused) || strings.Contains(log, other.SecretAccessKey) {
		t.Errorf("log after a hangup beside keys of another pool: got %q, want %q and no secret", log, refused)
	}
	if err := datadir.ReplaceKeys(data, keys); err != nil {
		t.Fatal(err)
	}
	must(t, "", nil, "keys", "rotate", "--data", data)
	s.token(ana, anaPassword)
	s.stop()
}

func TestKeysAreRotatedOnlyWhereThereAreSome(t *testing.T) {
	t.Parallel()
	locked := newData(t)
	d, err := datadir.Open(locked)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for data, want := range map[string]string{t.TempDir(): "start the server once", locked: "it is starting or stopping"} {
		if r := run(t, "", nil, "keys", "rotate", "--data", data); r.code != 1 || !strings.Contains(r.err, want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("got %+v, want exit code 1 and one line with %q", r, want)
		}
	}
	if ids := signing(t, locked); len(ids) != 1 {
		t.Errorf("got keys %q in the locked directory, want one", ids)
	}
}
