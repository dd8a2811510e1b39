package identity

import (
	"context"
	"net/netip"
)

// Source says where a call comes from, as exactly as limits need it. A host of
// IPv4 is one address. A host of IPv6 is a /64, which is what one customer of a
// provider has at least, and its network is the /48 around it, which is what one
// customer may have at most. The zero value stands for all calls of unknown origin.
type Source struct {
	Network string // 192.0.2.7 or 2001:db8:1::/48
	Host    string // 192.0.2.7 or 2001:db8:1:2::/64
}

// SignedSource is the source of every call that carries a valid signature of the
// installation's key pair: a program of the operator, which may speak for many people.
var SignedSource = Source{Network: "signed", Host: "signed"}

// SourceOf returns the source that an address belongs to.
func SourceOf(address netip.Addr) Source {
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return Source{Network: address.String(), Host: address.String()}
	}
	return Source{Network: around(address, 48), Host: around(address, 64)}
}

// around returns the network of so many bits that an address is in, or "".
func around(address netip.Addr, bits int) string {
	p, err := address.Prefix(bits)
	if err != nil {
		return "" // no address at all
	}
	return p.String()
}

type sourceKey struct{}

// WithSource returns a context of a call from s.
func WithSource(ctx context.Context, s Source) context.Context {
	return context.WithValue(ctx, sourceKey{}, s)
}

// SourceFrom returns where the call of a context comes from, and the zero Source
// when the context doesn't say.
func SourceFrom(ctx context.Context) Source {
	s, _ := ctx.Value(sourceKey{}).(Source)
	return s
}
