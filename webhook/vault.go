package webhook

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

var errSealed = errors.New("the receiver's secret was sealed with another key: give it a new one with comanda webhooks rotate")

// vault keeps secrets confidential in the database, with AES-256-GCM. Without a
// key it leaves them as they are.
type vault struct{ aead cipher.AEAD }

// newVault derives the key for webhooks from one that has other uses too.
func newVault(key []byte) (vault, error) {
	if len(key) == 0 {
		return vault{}, nil
	}
	own, err := hkdf.Key(sha256.New, key, nil, "comanda webhooks: secrets", 32)
	if err != nil {
		return vault{}, fmt.Errorf("derive the key for the secrets of webhooks: %w", err)
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return vault{}, fmt.Errorf("use the key for the secrets of webhooks: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return vault{aead}, err
}

// seal returns the stored form of a secret of a receiver.
func (v vault) seal(secret, receiver string) secretDoc {
	if v.aead == nil {
		return secretDoc{Value: secret}
	}
	sealed := v.aead.Seal(nil, nil, []byte(secret), []byte(receiver)) //nolint:gosec // G407: this AEAD makes its own nonce and takes none
	return secretDoc{Value: base64.StdEncoding.EncodeToString(sealed), Sealed: true}
}

// open returns the secrets of a receiver that sign at a time, newest first.
func (v vault) open(d receiverDoc, now time.Time) ([]string, error) {
	var secrets []string
	for _, doc := range d.Secrets {
		if doc.ended(now) {
			continue
		}
		if !doc.Sealed {
			secrets = append(secrets, doc.Value)
			continue
		}
		sealed, err := base64.StdEncoding.DecodeString(doc.Value)
		if err != nil || v.aead == nil {
			return nil, errSealed
		}
		plain, err := v.aead.Open(nil, nil, sealed, []byte(d.ID))
		if err != nil {
			return nil, errSealed
		}
		secrets = append(secrets, string(plain))
	}
	return secrets, nil
}
