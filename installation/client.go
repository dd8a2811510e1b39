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
// in it: the directory is as private as the server's key.
func newClient(s datadir.Server, key administration.ProofKey) *http.Client {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil || s.Certificate == nil {
			return c, err
		}
		secure := tls.Client(c, pinned(s.Certificate))
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

func pinned(certificate []byte) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection is stricter
		VerifyConnection: func(state tls.ConnectionState) error {
			if !bytes.Equal(state.PeerCertificates[0].Raw, certificate) {
				return errOtherCertificate
			}
			return nil
		},
	}
}
