package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"

	"comanda/app"
	"comanda/datadir"
)

var errOtherCertificate = errors.New("the server shows another certificate than the one that server.json names")

// httpClient returns a client for a server. One that does TLS and was found
// through its data directory is known by its certificate, whatever names and
// issuer are in it: the directory is as private as the server's key.
func httpClient(s datadir.Server) *http.Client {
	c := &http.Client{Timeout: answerTime}
	if s.Certificate == nil {
		return c
	}
	c.Transport = &http.Transport{TLSClientConfig: &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection is stricter
		VerifyConnection: func(state tls.ConnectionState) error {
			if !bytes.Equal(state.PeerCertificates[0].Raw, s.Certificate) {
				return errOtherCertificate
			}
			return nil
		},
	}}
	return c
}

// leafCertificate returns the server's own certificate in DER, nil without TLS.
func leafCertificate(s app.Settings) ([]byte, error) {
	if s.TLSCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert %s, --tls-key %s: %w", s.TLSCert, s.TLSKey, err)
	}
	return pair.Certificate[0], nil
}

// checkCertificate refuses a certificate or key that can't be used. That only one of
// them is given is said elsewhere.
func checkCertificate(s app.Settings) error {
	if s.TLSCert == "" || s.TLSKey == "" {
		return nil
	}
	_, err := leafCertificate(s)
	return err
}
