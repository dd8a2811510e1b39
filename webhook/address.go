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

	"code.dny.dev/ssrf"
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

// special knows the networks that aren't for the public Internet, after the
// special-purpose address registries of IANA.
var special = ssrf.New(ssrf.WithAnyPort())

// public reports whether an address is one of the public Internet. What translates an
// IPv4 address counts as that: the mapped form, and NAT64 (RFC 6052), which has it in the
// last 4 bytes.
func public(a netip.Addr) bool {
	if a.Zone() != "" || !a.IsValid() {
		return false
	}
	a = a.Unmap()
	if ssrf.IPv6NAT64Prefix.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	return special.SafeAddr(a) == nil
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
