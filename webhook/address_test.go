package webhook

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestOnlyAddressesOfThePublicInternetArePublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "172.15.255.255": true, "172.32.0.0": true, "100.63.255.255": true, "100.128.0.0": true,
		"2606:4700:4700::1111": true, "2a00::1": true, "::ffff:8.8.8.8": true, "64:ff9b::808:808": true,
		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"100.64.0.1": false, "169.254.169.254": false, "192.0.0.8": false, "192.0.2.1": false, "198.18.0.1": false, "198.51.100.1": false, "203.0.113.1": false,
		"224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "fe80::1": false, "2606:4700::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "fec0::1": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::7f00:1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::808:808": false,
		"2001:db8::1": false, "2001::1": false, "2002:7f00:1::": false, "3fff::1": false, "4000::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: got public %v, want %v", text, got, want)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address: got public")
	}
}

// resolving returns a resolver for which every name has the addresses that
// answer gives, one after another.
func resolving(t *testing.T, answer func() [4]byte) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		query := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(query)
			if err != nil {
				return
			}
			server.WriteTo(response(query[:n], answer), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// response answers a DNS query (RFC 1035, section 4) for addresses of version 4, and
// has nothing for others.
func response(query []byte, answer func() [4]byte) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	question := query[12 : end+5]
	out := append([]byte{query[0], query[1], 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if kind := binary.BigEndian.Uint16(question[len(question)-4:]); kind == 1 {
		address := answer()
		out[7] = 1
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		out = append(out, address[:]...)
	}
	return out
}

func hooksWith(t *testing.T, c Config) *Webhooks {
	t.Helper()
	c.Now = time.Now
	w, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestURLsThatCanNotBeReceiversAreRefused(t *testing.T) {
	private := resolving(t, func() [4]byte { return [4]byte{10, 0, 0, 1} })
	outside := resolving(t, func() [4]byte { return [4]byte{8, 8, 8, 8} })
	for _, x := range []struct {
		url      string
		private  bool // allowed
		resolver *net.Resolver
		want     string // in the refusal; "" for none
	}{
		{"https://shop.example/hooks?token=1", false, outside, ""},
		{"https://user:secret@shop.example:8443/", false, outside, ""},
		{"https://8.8.8.8/", false, nil, ""},
		{"https://[2606:4700:4700::1111]/", false, nil, ""},
		{"http://shop.example/", false, outside, "https"},
		{"http://shop.example/", true, private, ""},
		{"https://shop.example/", false, private, "--allow-private"},
		{"https://shop.example/", true, private, ""},
		{"https://127.0.0.1/", false, nil, "--allow-private"},
		{"https://[::1]/", false, nil, "--allow-private"},
		{"https://[::ffff:192.168.0.1]/", false, nil, "--allow-private"},
		{"https://LOCALHOST/", false, nil, "--allow-private"},
		{"https://a.localhost/", false, nil, "--allow-private"},
		{"https://169.254.169.254/latest/meta-data", false, nil, "--allow-private"},
		{"http://localhost:9000/", true, nil, ""},
		{"ftp://shop.example/", true, nil, "https://example.com"},
		{"https:///hooks", true, nil, "https://example.com"},
		{"https:shop.example", true, nil, "https://example.com"},
		{"shop.example/hooks", true, nil, "https://example.com"},
		{"https://shop.example/#x", true, nil, "fragment"},
		{"https://shop.example/\x00", true, nil, "https://example.com"},
		{"", true, nil, "https://example.com"},
		{"https://shop.example/" + strings.Repeat("x", 2000), true, nil, "2000"},
	} {
		w := hooksWith(t, Config{Resolver: x.resolver})
		err := w.checkURL(t.Context(), x.url, x.private)
		var refused *RefusedError
		if (err == nil) != (x.want == "") || err != nil && (!errors.As(err, &refused) || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("%.60q, private allowed %v: got %v, want a refusal with %q", x.url, x.private, err, x.want)
		}
	}
}

// atHome is a receiver that no public one may lead to.
func atHome(t *testing.T) (port string, reached *atomic.Int64) {
	t.Helper()
	reached = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, reached
}

func TestANameThatTurnsToAPrivateAddressIsNotFollowedThere(t *testing.T) {
	port, reached := atHome(t)
	var turned atomic.Bool
	w := hooksWith(t, Config{Resolver: resolving(t, func() [4]byte {
		if turned.Load() {
			return [4]byte{127, 0, 0, 1}
		}
		return [4]byte{8, 8, 8, 8}
	})})
	url := "http://shop.example:" + port + "/"
	if err := w.checkURL(t.Context(), strings.Replace(url, "http:", "https:", 1), false); err != nil {
		t.Fatalf("while the name is public: %v", err)
	}
	turned.Store(true)
	secrets := []string{newSecret()}
	f := w.sender.send(t.Context(), Receiver{URL: url}, secrets, delivery{})
	if f == nil || !strings.Contains(f.reason, "--allow-private") || reached.Load() != 0 {
		t.Errorf("after it has turned: got %+v and %d requests, want that the address is refused", f, reached.Load())
	}
	if f := w.sender.send(t.Context(), Receiver{URL: url, AllowPrivate: true}, secrets, delivery{}); f != nil || reached.Load() != 1 {
		t.Errorf("with leave: got %+v and %d requests, want 1", f, reached.Load())
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	port, reached := atHome(t)
	s := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:"+port+"/", http.StatusTemporaryRedirect))
	defer s.Close()
	w := hooksWith(t, Config{})
	f := w.sender.send(t.Context(), Receiver{URL: s.URL, AllowPrivate: true}, []string{newSecret()}, delivery{})
	if f == nil || f.status != 307 || !strings.Contains(f.reason, "redirect") || reached.Load() != 0 {
		t.Errorf("got %+v and %d requests at the other end, want a failure that names the redirect", f, reached.Load())
	}
}

func TestAnAnswerThatNeverEndsIsNotReadToItsEnd(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	w := hooksWith(t, Config{})
	if f := w.sender.send(t.Context(), Receiver{URL: s.URL, AllowPrivate: true}, []string{newSecret()}, delivery{}); f != nil {
		t.Errorf("got %+v, want that its status counts", f)
	}
}

func TestWhyThereWasNoAnswerIsSaidWithoutTheURL(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	stuck := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer stuck.Close()
	for _, x := range []struct{ url, want string }{
		{"http://user:hush@" + closed + "/?token=hush", "connection refused"},
		{stuck.URL + "/?token=hush", "no answer within"},
	} {
		w := hooksWith(t, Config{Timeout: 50 * time.Millisecond})
		f := w.sender.send(t.Context(), Receiver{URL: x.url, AllowPrivate: true}, []string{newSecret()}, delivery{})
		if f == nil || !strings.Contains(f.reason, x.want) || strings.Contains(f.reason, "hush") {
			t.Errorf("got %+v, want %q and no secret", f, x.want)
		}
	}
}

func TestACertificateThatNobodyTrustsIsAFailure(t *testing.T) {
	reached := false
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	w := hooksWith(t, Config{})
	f := w.sender.send(t.Context(), Receiver{URL: s.URL, AllowPrivate: true}, []string{newSecret()}, delivery{})
	if f == nil || !strings.Contains(f.reason, "certificate") || reached {
		t.Errorf("got %+v, want a failure that names the certificate", f)
	}
}
