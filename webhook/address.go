package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Limits of what is added.
const (
	maxURL       = 2000 // characters
	maxReceivers = 50
	lookupTime   = 5 * time.Second // for a receiver's name, when it is added
)

var (
	errNotPublic = errors.New("the address isn't a public one: add the receiver with --allow-private if it is meant")
	errHTTPS     = errors.New("must be https, because notifications say what people order: add the receiver with --allow-private if the network in between is yours")
)

// RefusedError says why something can't be done as asked, and what helps.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

func refuse(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }

// notPublic are networks of public unicast space that aren't for the public
// Internet, after the special-purpose address registries of IANA.
var notPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: an IPv4 address is in the last 4 bytes
)

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// public reports whether an address is one of the public Internet.
func public(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !globalUnicast.Contains(a) {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

// dialPublic is the Control of a dialer. It sees the address to which a name was
// resolved for this very connection.
func dialPublic(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !public(at.Addr()) {
		return errNotPublic
	}
	return nil
}

// checkURL refuses what can't be the URL of a receiver. A name that doesn't
// resolve now may do so later, when each connection is checked again.
func (w *Webhooks) checkURL(ctx context.Context, raw string, allowPrivate bool) error {
	if len(raw) > maxURL {
		return refuse("the URL has %d characters, %d are allowed", len(raw), maxURL)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.Fragment != "" || u.Opaque != "" {
		return refuse("the URL must be one such as https://example.com/hooks, without a fragment")
	}
	if allowPrivate {
		return nil
	}
	if u.Scheme != "https" {
		return refuse("the URL %v", errHTTPS)
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		if !public(a) {
			return refuse("%v", errNotPublic)
		}
		return nil
	}
	return w.checkName(ctx, strings.ToLower(u.Hostname()))
}

func (w *Webhooks) checkName(ctx context.Context, host string) error {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return refuse("%v", errNotPublic)
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	found, err := w.resolver().LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil // it is looked up again, and checked, for every connection
	}
	for _, a := range found {
		if !public(a) {
			return refuse("%v", errNotPublic)
		}
	}
	return nil
}

func (w *Webhooks) resolver() *net.Resolver {
	if w.config.Resolver != nil {
		return w.config.Resolver
	}
	return net.DefaultResolver
}
