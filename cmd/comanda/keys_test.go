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
	tokens := []string{s.token(ana, anaPassword)}
	for range 2 {
		got := must(t, "", nil, "keys", "rotate", "--data", data)
		if ids := signing(t, data); got != "tokens are signed with key "+ids[len(ids)-1]+"\n" {
			t.Errorf("keys rotate: got %q, want the newest of %q", got, ids)
		}
		tokens = append(tokens, s.token(ana, anaPassword))
	}
	list := func(s *served) {
		t.Helper()
		for i, token := range tokens {
			must(t, "", []string{"COMANDA_TOKEN=" + token, "COMANDA_DATA=" + data}, "orders", "list")
			if before, _, _ := strings.Cut(token, "."); i > 0 && strings.HasPrefix(tokens[i-1], before+".") {
				t.Errorf("tokens %d and %d are signed by the same key", i-1, i)
			}
		}
	}
	list(s)
	s.stop()
	must(t, "", nil, "keys", "rotate", "--data", data)
	if ids := signing(t, data); len(ids) != 4 {
		t.Errorf("got keys %q, want four", ids)
	}
	again := serve(t, data)
	tokens = append(tokens, again.token(ana, anaPassword))
	list(again)
	again.stop()
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
