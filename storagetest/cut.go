package storagetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"comanda/storage"
)

// Loss says what happens to a commit on its way through a [Cut].
type Loss int

// The losses a network knows: none, the request, or the answer.
const (
	Nothing Loss = iota // the commit and its outcome arrive
	Request             // the commit never arrives, and the caller can't tell
	Answer              // the commit arrives, and its outcome doesn't
)

// Cut is a store whose commits get lost now and then: their outcome is
// [storage.ErrUnknown], whether they were applied or not. Reads are whole.
type Cut struct {
	storage.Store
	Next func() Loss // asked for every commit, from several goroutines; see [Losses]
}

// Commit sends c to the store unless the request is lost.
func (c Cut) Commit(ctx context.Context, commit storage.Commit) error {
	loss := c.Next()
	if loss == Request {
		return fmt.Errorf("request lost: %w", storage.ErrUnknown)
	}
	err := c.Store.Commit(ctx, commit)
	if loss == Answer {
		return fmt.Errorf("answer lost: %w", storage.ErrUnknown)
	}
	return err
}

// Losses returns a function for [Cut] that loses the request of one commit in
// every, and the answer of another. The same seed gives the same sequence.
func Losses(seed uint64, every int) func() Loss {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0))
	return func() Loss {
		mu.Lock()
		defer mu.Unlock()
		switch random.IntN(every) {
		case 0:
			return Request
		case 1:
			return Answer
		}
		return Nothing
	}
}
