package pool

import (
	"crypto/subtle"

	"golang.org/x/crypto/argon2"
)

const (
	hashBytes     = 32
	hashSaltBytes = 16
)

// Hashing are the parameters of argon2id (RFC 9106) for new passwords. The zero
// value is OWASP's recommendation of 19 MiB, two passes and one lane.
type Hashing struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8  // lanes
}

func defaultHashing() Hashing { return Hashing{Memory: 19 << 10, Time: 2, Threads: 1} }

// hasher computes argon2id. How many do so at a time is the queue's matter.
type hasher struct {
	hashing Hashing
	derive  func(text, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte
}

func newHasher(h Hashing) *hasher { return &hasher{hashing: h, derive: argon2.IDKey} }

// hash computes the hash of a new password under a new salt.
func (h *hasher) hash(text string) *password {
	p := &password{
		Memory: h.hashing.Memory, Time: h.hashing.Time, Threads: h.hashing.Threads,
		Salt: randomBytes(hashSaltBytes),
	}
	p.Hash = h.compute(p, text)
	return p
}

// verify reports whether text is the password p. A nil p, the password of a
// user who doesn't exist, costs the same and is never right.
func (h *hasher) verify(p *password, text string) bool {
	stored := p
	if p == nil {
		stored = &password{
			Memory: h.hashing.Memory, Time: h.hashing.Time, Threads: h.hashing.Threads,
			Salt: make([]byte, hashSaltBytes), Hash: make([]byte, hashBytes),
		}
	}
	return subtle.ConstantTimeCompare(h.compute(stored, text), stored.Hash) == 1 && p != nil
}

func (h *hasher) compute(p *password, text string) []byte {
	return h.derive([]byte(text), p.Salt, p.Time, p.Memory, p.Threads, hashBytes)
}
