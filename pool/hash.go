package pool

import (
	"context"
	"crypto/subtle"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	hashBytes     = 32
	hashSaltBytes = 16

	hashersAtOnce = 2               // argon2id computations under way
	hashersQueued = 128             // further callers that wait for one
	hashersWait   = 5 * time.Second // longest wait
)

// Hashing are the parameters of argon2id (RFC 9106) for new passwords. The zero
// value is OWASP's recommendation of 19 MiB, two passes and one lane.
type Hashing struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8  // lanes
}

func defaultHashing() Hashing { return Hashing{Memory: 19 << 10, Time: 2, Threads: 1} }

// hasher computes argon2id for at most hashersAtOnce callers at a time. Memory
// and processor time of a sign-in are what an attacker would exhaust, and the
// rest of the service runs in the same process.
type hasher struct {
	hashing Hashing
	places  chan struct{} // taken while waiting or computing
	slots   chan struct{} // taken while computing
	wait    time.Duration
	derive  func(text, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte
}

func newHasher(h Hashing) *hasher {
	return &hasher{
		hashing: h,
		places:  make(chan struct{}, hashersAtOnce+hashersQueued),
		slots:   make(chan struct{}, hashersAtOnce),
		wait:    hashersWait,
		derive:  argon2.IDKey,
	}
}

// hash computes the hash of a new password under a new salt.
func (h *hasher) hash(ctx context.Context, text string) (*password, error) {
	p := &password{
		Memory: h.hashing.Memory, Time: h.hashing.Time, Threads: h.hashing.Threads,
		Salt: randomBytes(hashSaltBytes),
	}
	hash, err := h.compute(ctx, p, text)
	p.Hash = hash
	return p, err
}

// verify reports whether text is the password p. A nil p, the password of a
// user who doesn't exist, costs the same and is never right.
func (h *hasher) verify(ctx context.Context, p *password, text string) (bool, error) {
	stored := p
	if p == nil {
		stored = &password{
			Memory: h.hashing.Memory, Time: h.hashing.Time, Threads: h.hashing.Threads,
			Salt: make([]byte, hashSaltBytes), Hash: make([]byte, hashBytes),
		}
	}
	hash, err := h.compute(ctx, stored, text)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(hash, stored.Hash) == 1 && p != nil, nil
}

func (h *hasher) compute(ctx context.Context, p *password, text string) ([]byte, error) {
	if err := h.acquire(ctx); err != nil {
		return nil, err
	}
	defer h.release()
	return h.derive([]byte(text), p.Salt, p.Time, p.Memory, p.Threads, hashBytes), nil
}

// acquire waits for a slot, and refuses when too many wait or it takes too long.
func (h *hasher) acquire(ctx context.Context) error {
	select {
	case h.places <- struct{}{}:
	default:
		return tooManyRequests()
	}
	timer := time.NewTimer(h.wait)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-timer.C:
		<-h.places
		return tooManyRequests()
	case <-ctx.Done():
		<-h.places
		return ctx.Err()
	}
}

func (h *hasher) release() {
	<-h.slots
	<-h.places
}
