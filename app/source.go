package app

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"comanda/identity"
)

// sources tells where requests come from, for the limits that are by source.
type sources struct {
	proxies []netip.Prefix
	logger  *slog.Logger
	warned  sync.Once
}

func newSources(proxies []netip.Prefix, logger *slog.Logger) *sources {
	return &sources{proxies: proxies, logger: logger}
}

// of returns the source of a request: its peer, or behind proxies the last address in
// X-Forwarded-For that isn't a proxy's. Everything before that address is the
// client's own text.
func (s *sources) of(r *http.Request) identity.Source {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return identity.Source{}
	}
	address := peer.Addr().Unmap()
	forwarded := r.Header.Values("X-Forwarded-For")
	switch {
	case len(forwarded) == 0:
	case len(s.proxies) > 0 && s.trusted(address):
		address = s.client(address, forwarded)
	case address.IsLoopback():
		s.warned.Do(func() {
			s.logger.Warn("requests come through a proxy on this machine that --behind-proxy doesn't name: all its clients share the limits of one")
		})
	}
	return identity.SourceOf(address)
}

// client walks from a proxy to what it answers for, as long as that is a proxy, too.
func (s *sources) client(address netip.Addr, forwarded []string) netip.Addr {
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return address // the proxy that wrote this doesn't say who it was
		}
		if address = next.Unmap(); !s.trusted(address) {
			return address
		}
	}
	return address
}

// trusted reports whether an address is one of the proxies, or this machine.
func (s *sources) trusted(address netip.Addr) bool {
	return address.IsLoopback() || slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
