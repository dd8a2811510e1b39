package main

import (
	"crypto/tls"
	"strings"
	"syscall"
	"testing"

	"comanda/testbed/pairs"
)

// certificate writes a certificate for a name that leads nowhere.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	files := pairs.NewFiles(t, pairs.New(t, "orders.invalid"))
	return files.Cert, files.Key
}

func TestCommandsKnowAServerByTheCertificateThatItAnnounced(t *testing.T) {
	t.Parallel()
	data := newData(t)
	cert, key := certificate(t)
	s := serve(t, data, "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatalf("address: got %s, want https", s.url)
	}
	env := []string{"COMANDA_DATA=" + data}
	token := must(t, anaPassword, env, "token", "--username", ana, "--password-stdin")
	must(t, "", append(env, "COMANDA_TOKEN="+token), "orders", "list")
	must(t, "", env, "users", "reset-password", "--username", ana, "--generate-password")
	if r := run(t, "", append(env, "COMANDA_TOKEN="+token), "orders", "list", "--url", s.url); r.code != 1 || !strings.Contains(r.err, "certificate") {
		t.Errorf("the same address as a URL: got %+v, want that its certificate is refused", r)
	}
	s.stop()
}

func TestCommandsKnowAServerWhoseCertificateWasExchanged(t *testing.T) {
	t.Parallel()
	data, second := newData(t), pairs.New(t, "second.invalid")
	files := pairs.NewFiles(t, pairs.New(t, "first.invalid"))
	s := serve(t, data, "--tls-cert", files.Cert, "--tls-key", files.Key)
	env := []string{"COMANDA_DATA=" + data}
	env = append(env, "COMANDA_TOKEN="+must(t, anaPassword, env, "token", "--username", ana, "--password-stdin"))
	files.Write(t, second)
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for shown := ""; shown != "second.invalid"; { // each takes as long as an answer of the server
		c, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		shown = c.ConnectionState().PeerCertificates[0].Subject.CommonName
		c.Close()
		must(t, "", env, "orders", "list") // at any moment
	}
	if got := s.announced(); string(got.Certificate) != string(second.Leaf.Raw) || got.Previous != nil {
		t.Errorf("server.json: got another certificate than the new one alone")
	}
	s.stop()
	if log := s.log.String(); strings.Contains(log, "is not used") {
		t.Errorf("log: got %s, want no complaint", log)
	}
}
