package installation

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"

	"comanda/app"
)

// Reachable returns the URL at which this machine reaches a listener: one that
// listens on every address is reached on the loopback address.
func Reachable(listening string) string {
	u, err := url.Parse(listening)
	if err != nil || u.Host == "" {
		return listening
	}
	host, port, err := net.SplitHostPort(u.Host)
	if ip, parseErr := netip.ParseAddr(host); err == nil && parseErr == nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("127.0.0.1", port)
	}
	return u.String()
}

// checkHere refuses an announced address that no server of this machine can have.
func checkHere(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	at, err := netip.ParseAddrPort(u.Host)
	if err == nil && at.Addr().IsLoopback() {
		return nil
	}
	mine, listErr := net.InterfaceAddrs()
	if listErr != nil {
		return listErr
	}
	here := func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && p.Addr() == at.Addr().WithZone("")
	}
	if err != nil || !slices.ContainsFunc(mine, here) {
		return fmt.Errorf("its server.json names %s, which isn't an address of this machine, so nothing was sent there: remove the file", address)
	}
	return nil
}

// CheckCertificate refuses a certificate and key that a server couldn't use. That only
// one of them is given is said elsewhere.
func CheckCertificate(s app.Settings) error {
	if s.TLSCert == "" || s.TLSKey == "" {
		return nil
	}
	if _, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey); err != nil {
		return fmt.Errorf("--tls-cert %s, --tls-key %s: %w", s.TLSCert, s.TLSKey, err)
	}
	return nil
}
