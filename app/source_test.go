package app

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"comanda/identity"
)

func TestASourceIsThePeerOrWhoeverTheProxiesAnswerFor(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}
	for name, tt := range map[string]struct {
		proxies   []netip.Prefix
		peer      string
		forwarded []string
		want      string
	}{
		"without proxies the header is the client's own text": {nil, "192.0.2.1:1", []string{"198.51.100.1"}, "192.0.2.1"},
		"a proxy without the header":                          {proxies, "10.0.0.1:1", nil, "10.0.0.1"},
		"a client":                                            {proxies, "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"a client that writes the header":                     {proxies, "10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		"a client that writes a header of its own":            {proxies, "10.0.0.1:1", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		"a row of proxies":                                    {proxies, "10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1, 10.9.9.9 , 10.2.2.2"}, "198.51.100.1"},
		"proxies alone":                                       {proxies, "10.0.0.1:1", []string{"10.2.2.2"}, "10.2.2.2"},
		"a proxy that hides its client":                       {proxies, "10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		"a proxy on this machine":                             {proxies, "127.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"a peer that is no proxy":                             {proxies, "192.0.2.1:1", []string{"198.51.100.1"}, "192.0.2.1"},
		"IPv6":                                                {proxies, "[2001:db8:ffff::1]:1", []string{"2001:db8:1:2:3::4"}, "2001:db8:1:2::/64"},
		"IPv4 in IPv6":                                        {proxies, "[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"with a zone":                                         {nil, "[fe80::1%eth0]:1", nil, "fe80::/64"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", nil)
			r.RemoteAddr = tt.peer
			for _, f := range tt.forwarded {
				r.Header.Add("X-Forwarded-For", f)
			}
			if got := newSources(tt.proxies, slog.New(slog.DiscardHandler)).of(r); got.Host != tt.want {
				t.Errorf("got %+v, want %s", got, tt.want)
			}
		})
	}
	if got, want := identity.SourceOf(netip.MustParseAddr("2001:db8:1:2:3::4")), (identity.Source{Network: "2001:db8:1::/48", Host: "2001:db8:1:2::/64"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAProxyThatIsNotNamedIsWarnedOfOnce(t *testing.T) {
	var log bytes.Buffer
	s := newSources(nil, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		if got := s.of(r); got.Host != "127.0.0.1" {
			t.Errorf("got %+v, want the peer", got)
		}
	}
	if got := log.String(); strings.Count(got, "--behind-proxy") != 1 || strings.Contains(got, "198.51") {
		t.Errorf("got log %q, want one warning without an address", got)
	}
}
