package pool

import (
	"hash/maphash"
	"sync/atomic"
)

// epochs are the counters behind [Pool.Epoch]. Users share 1,024 of them, so that a
// revocation, which every user can cause, makes the tokens of one user
// in a thousand be looked up again, and not those of all.
type epochs struct {
	seed  maphash.Seed
	count *[1024]atomic.Uint32
}

func newEpochs() epochs {
	return epochs{maphash.MakeSeed(), new([1024]atomic.Uint32)}
}

func (e epochs) of(sub string) *atomic.Uint32 {
	return &e.count[maphash.String(e.seed, sub)%uint64(len(e.count))]
}

// all changes the number of every user.
func (e epochs) all() {
	for i := range e.count {
		e.count[i].Add(1)
	}
}
