package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate writes a self-signed certificate for a name that leads nowhere.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "orders.invalid"}, DNSNames: []string{"orders.invalid"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
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
