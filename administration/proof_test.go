package administration

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func proofKey(t *testing.T, secret string) ProofKey {
	t.Helper()
	k, err := NewProofKey(bytes.Repeat([]byte(secret), 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// proving is a server with a key.
func proving(t *testing.T, k ProofKey) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("X-Amz-Target") != OpProve {
			io.WriteString(w, "served")
			return
		}
		k.Handler(w, r, body)
	}))
	t.Cleanup(s.Close)
	return s
}

// check connects to an address and asks for the proof.
func check(t *testing.T, k ProofKey, address string) (net.Conn, error) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, k.Check(context.Background(), c)
}

// relay passes requests on to a server, after change.
func relay(t *testing.T, to string, change func(*question)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q question
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		change(&q)
		body, err := json.Marshal(q)
		if err != nil {
			t.Error(err)
		}
		out, err := http.NewRequest(http.MethodPost, to+"/", bytes.NewReader(body))
		if err != nil {
			t.Error(err)
		}
		out.Header = r.Header
		resp, err := http.DefaultClient.Do(out)
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		io.Copy(w, resp.Body)
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestAServerThatHasTheKeyProvesItself(t *testing.T) {
	k := proofKey(t, "a")
	s := proving(t, k)
	c, err := check(t, k, s.Listener.Addr().String())
	if err != nil {
		t.Fatalf("got %v, want that it is known", err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return c, nil }}}
	resp, err := client.Get(s.URL)
	if err != nil {
		t.Fatalf("a request over the same connection: %v", err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "served" {
		t.Errorf("a request over the same connection: got %q, %v, want it served", body, err)
	}
}

func TestWhateverElseAnswersIsRefused(t *testing.T) {
	k := proofKey(t, "a")
	s := proving(t, k)
	at := s.Listener.Addr().String()
	said := func(status int, text string) string {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, text)
		}))
		t.Cleanup(other.Close)
		return other.Listener.Addr().String()
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	t.Cleanup(func() { silent.Close() })
	impostor, passing := &ImpostorError{}, &ImpostorError{Relayed: true}
	for name, x := range map[string]struct {
		address string
		want    error
	}{
		"a server with another key": {proving(t, proofKey(t, "b")).Listener.Addr().String(), impostor},
		"a relay":                   {relay(t, s.URL, func(*question) {}), passing},
		"a relay that asks for the server's address": {relay(t, s.URL, func(q *question) { q.Address = at }), impostor},
		"one that makes a proof up":                  {said(http.StatusOK, `{"proof":"AAAA"}`), impostor},
		"one that has no proof":                      {said(http.StatusOK, `{}`), impostor},
		"a server of a release without proofs":       {said(http.StatusBadRequest, `{"__type":"UnknownOperationException"}`), ErrOtherRelease},
		"another program":                            {said(http.StatusNotFound, "<html>"), errNoProof},
		"one that hangs up":                          {silent.Addr().String(), errNoProof},
	} {
		if _, err := check(t, k, x.address); err == nil || err.Error() != x.want.Error() {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
}

func TestAProofIsForOneNonceAndOneAddress(t *testing.T) {
	k := proofKey(t, "a")
	s := proving(t, k)
	at := s.Listener.Addr().String()
	for name, body := range map[string]string{
		"another address":       `{"nonce":"` + strings.Repeat("A", 43) + `=","address":"127.0.0.1:1"}`,
		"a name":                `{"nonce":"` + strings.Repeat("A", 43) + `=","address":"localhost:80"}`,
		"a nonce that is short": `{"nonce":"AAAA","address":"` + at + `"}`,
		"nothing":               `{}`,
		"no JSON":               `x`,
	} {
		r, err := http.NewRequest(http.MethodPost, s.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", OpProve)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode < 400 || bytes.Contains(text, []byte("proof")) {
			t.Errorf("%s: got %d %s, want a refusal without a proof", name, resp.StatusCode, text)
		}
	}
	q := question{bytes.Repeat([]byte{1}, nonceBytes), at}
	other := question{bytes.Repeat([]byte{2}, nonceBytes), at}
	elsewhere := question{q.Nonce, "127.0.0.1:1"}
	if bytes.Equal(k.mac(q), k.mac(other)) || bytes.Equal(k.mac(q), k.mac(elsewhere)) {
		t.Error("the same proof for another nonce or address")
	}
}
