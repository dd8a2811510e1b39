package installation

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"comanda/app"
	"comanda/pool"
)

// newKeys makes the keys of a new directory. Tokens name --public-url as their issuer,
// or else the address that the server listens on.
func (in *Instance) newKeys() (keys pool.Keys, err error) {
	c := in.config
	if c.Settings.PublicURL != "" || !c.Serve {
		return pool.NewKeys(c.Settings.PublicURL)
	}
	if in.listener, err = app.Listen(c.Settings.Listen); err != nil {
		return keys, err
	}
	base := Reachable(c.scheme() + "://" + in.listener.Addr().String())
	if _, err := url.Parse(base); err != nil {
		return keys, errors.New("the address that is listened on can't be a part of tokens: give --public-url, the URL where clients reach the server")
	}
	return pool.NewKeys(base)
}

func (c Config) scheme() string {
	if c.Settings.TLSCert != "" {
		return "https"
	}
	return "http"
}

// Issuer returns what tokens of the embedded user pool name, "" without one.
func (in *Instance) Issuer() string { return in.keys.Issuer }

// KeySet returns where the started server shows the keys that verify tokens, "" without
// the embedded user pool.
func (in *Instance) KeySet() string {
	if in.keys.PoolID == "" {
		return ""
	}
	return Reachable(in.URL()) + "/" + in.keys.PoolID + "/.well-known/jwks.json"
}

// WarnOfIssuer says in the log of a started server when services can't find the key set
// below the issuer of its tokens.
func (in *Instance) WarnOfIssuer() {
	s := in.config.Settings
	switch {
	case in.keys.Issuer == "" || s.PublicURL != "":
	case in.listener != nil && !s.Loopback():
		in.config.Logger.Warn("tokens name the address that is listened on, for ever: if clients reach the server at another one, remove the data directory and give --public-url at the first start",
			"issuer", in.keys.Issuer)
	case issuerElsewhere(in.keys, in.URL()):
		in.config.Logger.Warn("tokens name another address than this one as their issuer, and services look for the key set there: listen there, or give them the key set's address, or give --public-url if the issuer leads here",
			"issuer", in.keys.Issuer, "key_set", in.KeySet())
	}
}

// issuerElsewhere reports whether the issuer of the keys is an address of this machine, and
// not the one that is listened on. Where a name leads is its operator's business.
func issuerElsewhere(keys pool.Keys, listening string) bool {
	issuer, err := url.Parse(strings.Replace(keys.Issuer, "://localhost", "://127.0.0.1", 1))
	here, err2 := url.Parse(listening)
	if err != nil || err2 != nil {
		return false
	}
	named, err := addressOf(issuer)
	if err != nil || checkHere(issuer.Scheme+"://"+named.String()) != nil {
		return false
	}
	at, err := addressOf(here)
	if err != nil {
		return false
	}
	everywhere := at.Addr().IsUnspecified()
	return issuer.Scheme != here.Scheme || named.Port() != at.Port() || named.Addr() != at.Addr() && !everywhere
}

// addressOf returns the address in a URL, with the port of its scheme if it names none.
func addressOf(u *url.URL) (netip.AddrPort, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return netip.ParseAddrPort(net.JoinHostPort(u.Hostname(), port))
}
