package pool

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
)

// jsonWebKey is an RSA public key in the form of RFC 7517 and RFC 7518 section 6.3.
type jsonWebKey struct {
	Algorithm string `json:"alg"`
	Exponent  string `json:"e"`
	ID        string `json:"kid"`
	Type      string `json:"kty"`
	Modulus   string `json:"n"`
	Use       string `json:"use"`
}

// JWKS returns the JSON Web Key Set of the pool's public keys, newest first.
func (p *Pool) JWKS() ([]byte, error) {
	signing := *p.signing.Load()
	keys := make([]jsonWebKey, 0, len(signing))
	for _, k := range slices.Backward(signing) {
		keys = append(keys, jsonWebKey{
			Algorithm: "RS256", Type: "RSA", Use: "sig", ID: k.id,
			Exponent: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.key.E)).Bytes()),
			Modulus:  base64.RawURLEncoding.EncodeToString(k.key.N.Bytes()),
		})
	}
	return marshalDocument(struct {
		Keys []jsonWebKey `json:"keys"`
	}{keys})
}

// Discovery returns the metadata of the issuer in the form of OpenID Connect
// Discovery 1.0. There is no authorization endpoint, because sign-in goes
// through the user pools API.
func (p *Pool) Discovery() ([]byte, error) {
	return marshalDocument(map[string]any{
		"issuer":                                p.Issuer(),
		"jwks_uri":                              p.Issuer() + "/.well-known/jwks.json",
		"response_types_supported":              []string{"code", "token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "email", "profile"},
	})
}

func marshalDocument(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode a public document of the user pool: %w", err)
	}
	return b, nil
}
