package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/memory"
	"comanda/storagetest"
	"comanda/testbed/pairs"
)

// shop is a started server that does TLS.
type shop struct {
	*App
	t     *testing.T
	files pairs.Files
	clock *storagetest.Clock
	log   syncBuffer
}

func newShop(t *testing.T, first pairs.Pair) *shop {
	t.Helper()
	s := &shop{t: t, files: pairs.NewFiles(t, first), clock: storagetest.NewClock(testNow)}
	settings := Defaults()
	settings.Listen, settings.TLSCert, settings.TLSKey = "127.0.0.1:0", s.files.Cert, s.files.Key
	var err error
	s.App, err = New(t.Context(), Config{
		Settings: checked(t, settings), Engine: Engine{Store: memory.New(Tables(), time.Now)},
		Keys: generations(t)[0], Now: s.clock.Now, Logger: slog.New(slog.NewTextHandler(&s.log, nil)),
	})
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(t.Context()) })
	return s
}

// client opens a connection for each request, and takes any of some certificates.
func (s *shop) client(trusted ...pairs.Pair) *http.Client {
	roots := x509.NewCertPool()
	for _, p := range trusted {
		roots.AddCert(p.Leaf)
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
}

// shown returns the name in the certificate that a request meets.
func (s *shop) shown(c *http.Client) (string, error) {
	resp, err := c.Get(s.URL() + "/healthz")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err = errors.Join(err, resp.Body.Close()); resp.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("health is %s", resp.Status))
	}
	return resp.TLS.PeerCertificates[0].Subject.CommonName, err
}

func TestAServerShowsACertificateThatWasExchangedOnTheDisk(t *testing.T) {
	first, second, third := pairs.New(t, "first.invalid"), pairs.New(t, "second.invalid"), pairs.New(t, "third.invalid")
	s := newShop(t, first)
	client := s.client(first, second, third)
	nothing := func() {}
	for _, step := range []struct {
		name   string
		do     func()
		passes time.Duration
		want   string
	}{
		{"at the start", nothing, 0, "first.invalid"},
		{"exchanged in the same second", func() { s.files.Write(t, second) }, certificateCheck - 1, "first.invalid"},
		{"a second after the last look", nothing, 1, "second.invalid"},
		{"a certificate without its key", func() { s.files.Write(t, pairs.Pair{Cert: third.Cert, Key: second.Key}) }, certificateCheck, "second.invalid"},
		{"the same again", nothing, certificateCheck, "second.invalid"},
		{"and now the key", func() { s.files.Write(t, third) }, certificateCheck, "third.invalid"},
		{"half a file", func() { s.files.Write(t, pairs.Pair{Cert: first.Cert[:100], Key: first.Key}) }, certificateCheck, "third.invalid"},
		{"no file", func() { os.Remove(s.files.Cert) }, certificateCheck, "third.invalid"},
		{"back, and a signal instead of a second", func() { s.files.Write(t, first); s.ReloadCertificate() }, 0, "first.invalid"},
		{"a clock that was put back", func() { s.files.Write(t, second) }, -time.Hour, "second.invalid"},
	} {
		step.do()
		s.clock.Move(step.passes)
		if got, err := s.shown(client); err != nil || got != step.want {
			t.Errorf("%s: got %s, %v, want %s", step.name, got, err, step.want)
		}
	}
	log := s.log.String()
	if refused, taken := strings.Count(log, "is not used"), strings.Count(log, "was exchanged"); refused != 3 || taken != 4 || strings.Contains(log, "PRIVATE KEY") {
		t.Errorf("log: got %d refusals and %d exchanges, want 3 and 4, and no key:\n%s", refused, taken, log)
	}
}

// Requests on new connections never fail, however often the pair is exchanged, file
// by file, and whatever state a handshake finds it in.
func TestNoRequestFailsWhileCertificatesAreExchanged(t *testing.T) {
	both := []pairs.Pair{pairs.New(t, "even.invalid"), pairs.New(t, "odd.invalid")}
	s := newShop(t, both[0])
	var requests, failures atomic.Int64
	var seen sync.Map
	var customers sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		customers.Go(func() {
			client := s.client(both...)
			for {
				name, err := s.shown(client)
				if requests.Add(1); err != nil {
					failures.Add(1)
					t.Error(err)
				}
				seen.Store(name, true)
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 40 {
		before := requests.Load()
		s.files.Write(t, both[i%2])
		s.clock.Move(certificateCheck)
		for requests.Load() < before+8 { // some began after that
			if _, err := s.shown(s.client(both...)); err != nil {
				t.Error(err)
			}
		}
	}
	close(done)
	customers.Wait()
	if _, odd := seen.Load("odd.invalid"); failures.Load() != 0 || !odd {
		t.Errorf("got %d failures of %d requests, both certificates seen: %t; want none, and true", failures.Load(), requests.Load(), odd)
	}
	t.Logf("%d requests, %d failures, %d exchanges", requests.Load(), failures.Load(), strings.Count(s.log.String(), "was exchanged"))
}

func TestWhatTheServerWillShowIsToldBeforeItShowsIt(t *testing.T) {
	first, second := pairs.New(t, "first.invalid"), pairs.New(t, "second.invalid")
	s := newShop(t, first)
	var told []string
	names := map[string]string{string(first.Leaf.Raw): "first", string(second.Leaf.Raw): "second", "": "none"}
	tell := func(now, previous []byte) error {
		inUse := names[string(s.certificate.inUse.Load().Leaf.Raw)]
		told = append(told, fmt.Sprintf("%s after %s while %s is shown", names[string(now)], names[string(previous)], inUse))
		return errors.New("no room")
	}
	if err := s.Announce(tell); err == nil {
		t.Error("the first announcement fails: got no error, want it")
	}
	s.files.Write(t, second)
	s.ReloadCertificate()
	const want = "first after none while first is shown, second after first while first is shown, second after none while second is shown"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, err := s.shown(s.client(second)); err != nil || got != "second.invalid" {
		t.Errorf("where telling fails: got %s, %v, want the second certificate all the same", got, err)
	}
	s.Close(t.Context())
	s.files.Write(t, first)
	s.ReloadCertificate()
	if len(told) != 3 {
		t.Errorf("after the end: got %q, want nothing more", told[3:])
	}
}
