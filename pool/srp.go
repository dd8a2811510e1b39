package pool

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
)

// The Secure Remote Password protocol as Amazon Cognito's USER_SRP_AUTH uses it:
// SRP-6a (RFC 5054) over the 3072-bit group of RFC 3526 with generator 2 and
// SHA-256, in the variant of the public client libraries amazon-cognito-identity-js
// and warrant. Where it differs from RFC 5054: integers are hashed as the
// shortest big-endian two's complement (padInt) instead of padded to the length
// of N, the identity is the pool's name followed directly by the username, and
// the session key is HKDF-SHA-256 of S with u as its salt, 16 bytes.

// srpPrimeHex is the 3072-bit MODP group (id 15) of RFC 3526 section 4.
const srpPrimeHex = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
	"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437" +
	"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05" +
	"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB" +
	"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
	"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33" +
	"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864" +
	"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
	"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

const (
	srpSaltBytes   = 16
	srpSecretBytes = 32 // of the server's ephemeral b
	srpKeyBytes    = 16
	srpKeyInfo     = "Caldera Derived Key"
)

var errSRPRange = errors.New("a public value of the password protocol is zero modulo the prime")

// srpGroup has the group and the multiplier k = H(N | g).
type srpGroup struct {
	n, g, k *big.Int
}

func newSRPGroup() (*srpGroup, error) {
	n, ok := new(big.Int).SetString(srpPrimeHex, 16)
	if !ok {
		return nil, errors.New("the prime of the password protocol is not hexadecimal")
	}
	g := big.NewInt(2)
	return &srpGroup{n: n, g: g, k: hashInts(n, g)}, nil
}

// newSRPSalt returns a salt as hexadecimal digits. The first digit is 1 to 7, so
// that it reads the same as text, as an unsigned and as a signed integer:
// clients differ in which of these they hash.
func newSRPSalt() string {
	salt := randomBytes(srpSaltBytes)
	salt[0] = byte(16 + randomInt(112))
	return hex.EncodeToString(salt)
}

// verifier returns v = g^x mod N of a password, where
// x = H(salt | H(poolName username ":" password)).
func (s *srpGroup) verifier(salt, poolName, username, password string) (*big.Int, error) {
	saltInt, ok := new(big.Int).SetString(salt, 16)
	if !ok {
		return nil, errors.New("salt of the password protocol is not hexadecimal")
	}
	inner := sha256.Sum256([]byte(poolName + username + ":" + password))
	x := sha256.Sum256(append(padInt(saltInt), inner[:]...))
	return new(big.Int).Exp(s.g, new(big.Int).SetBytes(x[:]), s.n), nil
}

// challenge returns the server's public value B = k*v + g^b mod N.
func (s *srpGroup) challenge(v, b *big.Int) *big.Int {
	public := new(big.Int).Exp(s.g, b, s.n)
	public.Add(public, new(big.Int).Mul(s.k, v))
	return public.Mod(public, s.n)
}

// key returns the session key of client's public value A, verifier v and secret
// b: HKDF of S = (A * v^u)^b mod N with u = H(A | B). A multiple of N, with
// which every client would know S, is refused.
func (s *srpGroup) key(a, v, b *big.Int) ([]byte, error) {
	public := s.challenge(v, b)
	u := hashInts(a, public)
	if new(big.Int).Mod(a, s.n).Sign() == 0 || public.Sign() == 0 || u.Sign() == 0 {
		return nil, errSRPRange
	}
	secret := new(big.Int).Exp(v, u, s.n)
	secret.Mul(secret, a).Mod(secret, s.n)
	secret.Exp(secret, b, s.n)
	key, err := hkdf.Key(sha256.New, padInt(secret), padInt(u), srpKeyInfo, srpKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the password protocol: %w", err)
	}
	return key, nil
}

// hashInts is SHA-256 over integers, as an integer.
func hashInts(ints ...*big.Int) *big.Int {
	h := sha256.New()
	for _, i := range ints {
		h.Write(padInt(i))
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

// padInt returns a non-negative integer as the shortest big-endian two's
// complement: its bytes, after a zero byte when the highest bit is set.
func padInt(i *big.Int) []byte {
	b := i.Bytes()
	if len(b) == 0 || b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}
