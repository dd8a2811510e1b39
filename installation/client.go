package installation

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"

	"comanda/administration"
	"comanda/datadir"
)

var errOtherCertificate = errors.New("the server shows another certificate than the one that server.json names")

// newClient returns a client for a server that was found through its data
// directory. Each of its connections has to prove itself with the key, unless there is
// none. One that does TLS is known by its certificate, whatever names and issuer are
// in it: the directory is as private as the server's key. When the server exchanges it, the
// file in the directory at path says so.
func newClient(path string, s datadir.Server, key administration.ProofKey) *http.Client {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil || s.Certificate == nil {
			return c, err
		}
		secure := tls.Client(c, pinned(path, s))
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, c.Close())
		}
		return secure, nil
	}
	proven := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil || key == nil {
			return c, err
		}
		if err := key.Check(ctx, c); err != nil {
			return nil, errors.Join(err, c.Close())
		}
		return c, nil
	}
	return &http.Client{Timeout: answerTime, Transport: &http.Transport{DialContext: proven, DialTLSContext: proven}}
}

// pinned refuses every certificate but those that the server has announced: when s was
// read, or since then.
func pinned(path string, s datadir.Server) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection is stricter
		VerifyConnection: func(state tls.ConnectionState) error {
			shown := state.PeerCertificates[0].Raw
			if announced(s, shown) {
				return nil
			}
			if now, err := datadir.ReadServer(path); err == nil && now.URL == s.URL && announced(now, shown) {
				return nil
			}
			return errOtherCertificate
		},
	}
}

func announced(s datadir.Server, certificate []byte) bool {
	return bytes.Equal(s.Certificate, certificate) || bytes.Equal(s.Previous, certificate)
}
