package pool

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
)

var errSeal = errors.New("sealed value was changed or sealed under another key")

// sealer keeps values confidential and unchanged under the pool's seal key with
// AES-256-GCM and a random nonce, which comes first. The additional data says
// what a value is for, so that it can't be used as anything else.
type sealer struct {
	aead   cipher.AEAD
	macKey []byte
}

func newSealer(key []byte) (*sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use the seal key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("use the seal key: %w", err)
	}
	macKey, err := hkdf.Key(sha256.New, key, nil, "comanda user pool: mac", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive a key from the seal key: %w", err)
	}
	return &sealer{aead, macKey}, nil
}

func (s *sealer) seal(plain []byte, additional string) []byte {
	return s.aead.Seal(nil, nil, plain, []byte(additional)) //nolint:gosec // G407: this AEAD makes its own nonce and takes none
}

func (s *sealer) open(sealed []byte, additional string) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(additional))
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}

// mac returns an HMAC-SHA-256 over parts, each preceded by its length.
func (s *sealer) mac(parts ...string) []byte {
	h := hmac.New(sha256.New, s.macKey)
	for _, p := range parts {
		h.Write(fmt.Appendf(nil, "%d:%s", len(p), p))
	}
	return h.Sum(nil)
}
