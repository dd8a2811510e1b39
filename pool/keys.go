package pool

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	keysFormat        = 1
	signingKeyBits    = 2048
	sealKeyBytes      = 32
	localRegion       = "local"
	localKeyPrefix    = "AKIALOCAL"
	defaultIssuerBase = "http://127.0.0.1:8080"

	digits    = "0123456789"
	lowercase = "abcdefghijklmnopqrstuvwxyz"
	uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// Keys are the secrets of a pool and the names that never change. They are made
// once, saved as JSON in a file that only the server's user can read, and given
// to [New] at every start. Printing them shows the pool's id and no secret.
type Keys struct {
	Format          int          `json:"format"`          // 1
	PoolID          string       `json:"poolId"`          // "local_" and 9 letters or digits
	ClientID        string       `json:"clientId"`        // 26 lower-case letters or digits
	Issuer          string       `json:"issuer"`          // URL that every token names, without a slash at the end
	Region          string       `json:"region"`          // "local"
	Signing         []SigningKey `json:"signing"`         // oldest first; the newest that has begun to sign does, all verify
	SealKey         []byte       `json:"sealKey"`         // 32 bytes
	AccessKeyID     string       `json:"accessKeyId"`     // 20 characters
	SecretAccessKey string       `json:"secretAccessKey"` // 40 characters
	Ended           []EndedKey   `json:"ended,omitempty"` // not to come back from another copy of the file
}

// SigningKey is one RSA key that signs tokens.
type SigningKey struct {
	ID      string    `json:"kid"`
	PEM     string    `json:"pem"` // PKCS #8
	Created time.Time `json:"created"`

	// From is when the key begins to sign; zero: as soon as it is there, which is also
	// what releases that don't know this member take for granted.
	From time.Time `json:"from,omitzero"`
}

// NewKeys makes the keys of a new pool. The issuer is issuerBase, an http or
// https URL ("" for http://127.0.0.1:8080), followed by the pool's id.
func NewKeys(issuerBase string) (Keys, error) {
	if issuerBase == "" {
		issuerBase = defaultIssuerBase
	}
	signing, err := NewSigningKey(time.Now())
	if err != nil {
		return Keys{}, err
	}
	k := Keys{
		Format:          keysFormat,
		PoolID:          localRegion + "_" + randomText(9, uppercase+lowercase+digits),
		ClientID:        randomText(26, lowercase+digits),
		Region:          localRegion,
		Signing:         []SigningKey{signing},
		SealKey:         randomBytes(sealKeyBytes),
		AccessKeyID:     localKeyPrefix + randomText(11, uppercase+digits),
		SecretAccessKey: randomText(40, uppercase+lowercase+digits),
	}
	k.Issuer = strings.TrimRight(issuerBase, "/") + "/" + k.PoolID
	return k, k.Validate()
}

// IsLocal reports whether the key is one that only a user pool of this program takes.
func IsLocal(accessKeyID string) bool { return strings.HasPrefix(accessKeyID, localKeyPrefix) }

// NewSigningKey makes an RSA key of 2,048 bits, which signs as soon as it is in a
// pool's keys.
func NewSigningKey(now time.Time) (SigningKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, signingKeyBits)
	if err != nil {
		return SigningKey{}, fmt.Errorf("make a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return SigningKey{}, fmt.Errorf("encode a signing key: %w", err)
	}
	return SigningKey{
		ID:      uuid.NewString(),
		PEM:     string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		Created: now.UTC().Truncate(time.Second),
	}, nil
}

var (
	poolIDShape      = regexp.MustCompile(`^[\w-]{1,40}_[0-9A-Za-z]{1,14}$`)
	clientIDShape    = regexp.MustCompile(`^[0-9a-z]{26}$`)
	accessKeyIDShape = regexp.MustCompile(`^[0-9A-Z]{20}$`)
)

// Validate reports everything that is wrong with k, without repeating a secret.
func (k Keys) Validate() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	refuse(k.Format != keysFormat, "format %d is not %d, use the server that wrote it", k.Format, keysFormat)
	refuse(!poolIDShape.MatchString(k.PoolID), "pool id %q is not a region, _ and letters or digits", k.PoolID)
	refuse(!clientIDShape.MatchString(k.ClientID), "client id %q is not 26 lower-case letters or digits", k.ClientID)
	refuse(!isIssuer(k.Issuer, k.PoolID), "issuer %q is not an http or https URL that ends with the pool id", k.Issuer)
	refuse(k.Region == "", "region is empty")
	refuse(len(k.SealKey) != sealKeyBytes, "seal key has %d bytes instead of %d", len(k.SealKey), sealKeyBytes)
	refuse(!accessKeyIDShape.MatchString(k.AccessKeyID), "access key id is not 20 upper-case letters or digits")
	refuse(len(k.SecretAccessKey) != 40, "secret access key has %d characters instead of 40", len(k.SecretAccessKey))
	refuse(len(k.Signing) == 0, "there is no signing key")
	if _, err := parseSigning(k.Signing); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("keys of the user pool: %w", err)
	}
	return nil
}

func isIssuer(issuer, poolID string) bool {
	u, err := url.Parse(issuer)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		u.RawQuery == "" && u.Fragment == "" && strings.HasSuffix(u.Path, "/"+poolID)
}

// signingKey is a parsed SigningKey.
type signingKey struct {
	id   string
	from time.Time
	key  *rsa.PrivateKey
}

func parseSigning(keys []SigningKey) ([]signingKey, error) {
	parsed := make([]signingKey, 0, len(keys))
	seen := make(map[string]bool, len(keys))
	for i, k := range keys {
		if k.ID == "" || seen[k.ID] {
			return nil, fmt.Errorf("signing key %d: kid is empty or occurs twice", i)
		}
		seen[k.ID] = true
		block, _ := pem.Decode([]byte(k.PEM))
		if block == nil {
			return nil, fmt.Errorf("signing key %d: not PEM", i)
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("signing key %d: %w", i, err)
		}
		private, ok := key.(*rsa.PrivateKey)
		if !ok || private.N.BitLen() < signingKeyBits {
			return nil, fmt.Errorf("signing key %d: not an RSA key of %d bits or more", i, signingKeyBits)
		}
		parsed = append(parsed, signingKey{k.ID, k.From, private})
	}
	return parsed, nil
}

// SetSigningKeys replaces the pool's signing keys, oldest first, without a pause: all
// verify, the key set shows all, and the newest of those that have begun to sign
// signs. Tokens of a key that isn't there any more are refused from then on. A
// list that [Keys.Validate] would refuse is refused, and the old one stays.
func (p *Pool) SetSigningKeys(keys []SigningKey) error {
	if len(keys) == 0 {
		return errors.New("replace the signing keys of the user pool: there is no signing key")
	}
	parsed, err := parseSigning(keys)
	if err != nil {
		return fmt.Errorf("replace the signing keys of the user pool: %w", err)
	}
	before := *p.signing.Swap(&parsed)
	for _, key := range before {
		if !slices.ContainsFunc(parsed, func(k signingKey) bool { return k.id == key.id }) {
			p.revoked.all()
			break
		}
	}
	return nil
}

// signer returns the key that signs at a time. Clocks that were set back find the oldest.
func signer(keys []signingKey, now time.Time) signingKey {
	for _, k := range slices.Backward(keys) {
		if !now.Before(k.from) {
			return k
		}
	}
	return keys[0]
}

// String names the pool and keeps the secrets.
func (k Keys) String() string { return "keys of user pool " + k.PoolID }

// GoString is String, so that %#v keeps the secrets too.
func (k Keys) GoString() string { return k.String() }

// LogValue is String, so that structured logs keep the secrets too.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// String names the key and keeps its secret.
func (k SigningKey) String() string { return "signing key " + k.ID }

// GoString is String, so that %#v keeps the secret too.
func (k SigningKey) GoString() string { return k.String() }

// randomBytes returns n bytes. crypto/rand ends the program instead of failing.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// randomText returns n characters, each of them any of alphabet's with the same
// chance.
func randomText(n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[randomInt(len(alphabet))]
	}
	return string(b)
}

// randomInt returns 0 to limit-1, each with the same chance, for a limit of 1 to
// 256: bytes of the last, incomplete run are thrown away.
func randomInt(limit int) int {
	for {
		if b := int(randomBytes(1)[0]); b < 256-256%limit {
			return b % limit
		}
	}
}
