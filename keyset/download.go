package keyset

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/MicahParks/jwkset"
)

const (
	maxSet  = 256 << 10 // bytes of a key set: Cognito's has two keys and under 1 KB
	minBits = 2048      // of a key
)

// newClient returns a client for the one address. A redirect is not followed:
// the keys decide who gets in, so they come from where they were said to be.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns = 1
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// download gets the key set once.
func (s *Source) download(ctx context.Context) (map[string]*rsa.PublicKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("fetch the signing keys: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("fetch the signing keys: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the signing keys from %s: the answer is %s", s.url, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxSet+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch the signing keys: %w", err)
	case len(text) > maxSet:
		return nil, fmt.Errorf("fetch the signing keys from %s: more than %d bytes", s.url, maxSet)
	}
	keys, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the signing keys from %s: %w", s.url, err)
	}
	return keys, nil
}

// parse returns the keys of a set that may verify RS256 signatures, by id.
// Others, for other algorithms or purposes or too short, are left out (RFC 7517,
// section 5); a set without any is an error, so that it doesn't replace a good one.
func parse(text []byte) (map[string]*rsa.PublicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("it isn't a JSON Web Key Set")
	}
	keys := map[string]*rsa.PublicKey{}
	for _, raw := range set.Keys {
		if id, key := signingKey(raw); key != nil {
			keys[id] = key
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("none of its %d keys is an RSA key of at least %d bits for RS256", len(set.Keys), minBits)
	}
	return keys, nil
}

// signingKey returns one key with its id, or nil when it is none of ours.
func signingKey(raw json.RawMessage) (id string, key *rsa.PublicKey) {
	jwk, err := jwkset.NewJWKFromRawJSON(raw, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{SkipX5UScheme: true})
	if err != nil {
		return "", nil
	}
	m := jwk.Marshal()
	key, ok := jwk.Key().(*rsa.PublicKey)
	switch {
	case !ok, m.KID == "":
	case m.ALG != "" && m.ALG != jwkset.AlgRS256:
	case m.USE != "" && m.USE != jwkset.UseSig:
	case key.N.BitLen() < minBits, key.E < 3, key.E&1 == 0:
	default:
		return m.KID, key
	}
	return "", nil
}
