package identity

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"sync"
	"sync/atomic"
)

const ways = 4 // entries that share one place

// tokenKey is the SHA-256 of a token.
type tokenKey [sha256.Size]byte

// buffers hold tokens while they are hashed: hashing wants bytes, and a copy made
// for each request would be the only memory that a remembered token costs.
var buffers = sync.Pool{New: func() any { return new([MaxToken]byte) }}

// hashToken returns the key of a token of at most MaxToken bytes.
func hashToken(token string) tokenKey {
	b := buffers.Get().(*[MaxToken]byte)
	n := copy(b[:], token)
	key := tokenKey(sha256.Sum256(b[:n]))
	clear(b[:n])
	buffers.Put(b)
	return key
}

// entry is one verified token.
type entry struct {
	key        tokenKey
	principal  Principal
	expires    int64 // milliseconds since 1970
	originJTI  string
	generation int64
	kid        string        // of the key that signed it
	epoch      atomic.Uint64 // Sessions.Epoch before the last time that Live said yes
}

// cache keeps verified tokens in a fixed number of slots, four to a place that
// the token's hash chooses. Nothing is locked: a slot is one atomic pointer, so
// readers on any number of cores don't meet, and a write that races with another
// loses an entry at worst, which costs one more verification. An attacker can't
// steer what shares a place, because only tokens of valid signature get in.
type cache struct {
	slots  []atomic.Pointer[entry]
	places uint64
	victim atomic.Uint32
}

// newCache makes room for at least size tokens.
func newCache(size int) *cache {
	places := uint64(1)
	if size > ways {
		places = 1 << bits.Len64(uint64((size-1)/ways))
	}
	return &cache{slots: make([]atomic.Pointer[entry], places*ways), places: places}
}

func (c *cache) place(key tokenKey) []atomic.Pointer[entry] {
	i := binary.LittleEndian.Uint64(key[:8]) & (c.places - 1) * ways
	return c.slots[i : i+ways]
}

func (c *cache) get(key *tokenKey) *entry {
	place := c.place(*key)
	for i := range place {
		if e := place[i].Load(); e != nil && e.key == *key {
			return e
		}
	}
	return nil
}

// put stores e in place of itself, of nothing, of something expired, or of
// whichever entry's turn it is.
func (c *cache) put(e *entry, now int64) {
	place := c.place(e.key)
	free := -1
	for i := range place {
		old := place[i].Load()
		if old != nil && old.key == e.key {
			place[i].Store(e)
			return
		}
		if free < 0 && (old == nil || old.expires <= now) {
			free = i
		}
	}
	if free < 0 {
		free = int(c.victim.Add(1) % ways)
	}
	place[free].Store(e)
}

// remove forgets e, unless its slot has been given to another entry since.
func (c *cache) remove(e *entry) {
	place := c.place(e.key)
	for i := range place {
		place[i].CompareAndSwap(e, nil)
	}
}
