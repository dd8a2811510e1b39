package storagetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"comanda/storage"
)

// The history that is checked has two kinds of operations on a record, whose
// state is its version, "" when there is none.
type (
	attempt struct { // an operation as it was called
		key      storage.Key
		old, new string // versions; both "" is a read, new "" a deletion
	}
	answer struct { // what came back
		version string // read or found in the way
		outcome outcome
	}
	outcome int
)

const (
	read      outcome = iota // version is the state
	applied                  // the write happened
	refused                  // version was in the way
	undecided                // the write happened some time, or never
)

// register is the sequential behaviour of one record. A write whose outcome
// stayed open may take effect at any time after its call; if it never did, its place is at
// the end of the history, where it makes no difference.
var register = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := make(map[storage.Key][]porcupine.Operation)
		for _, op := range history {
			k := op.Input.(attempt).key
			byKey[k] = append(byKey[k], op)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		a, b := input.(attempt), output.(answer)
		switch b.outcome {
		case read:
			return b.version == state, state
		case applied:
			return a.old == state, a.new
		case refused:
			return b.version == state && a.old != state, state
		}
		if a.old == state {
			return true, a.new
		}
		return true, state
	},
}

// recorder collects a history under a logical clock.
type recorder struct {
	clock atomic.Int64
	mu    sync.Mutex
	ops   []porcupine.Operation
}

func (r *recorder) add(client int, a attempt, b answer, call int64) {
	end := r.clock.Add(1)
	if b.outcome == undecided {
		end = math.MaxInt64
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, porcupine.Operation{ClientId: client, Input: a, Call: call, Output: b, Return: end})
}

// read records a read and returns the record, whose Version is "" when there is none.
func (r *recorder) read(s storage.Store, client int, k storage.Key) (storage.Record, error) {
	call := r.clock.Add(1)
	got, err := s.Get(context.Background(), k)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return got, err
	}
	r.add(client, attempt{key: k}, answer{version: got.Version, outcome: read}, call)
	return got, nil
}

// write records a write that replaces, creates or deletes what was read.
func (r *recorder) write(s storage.Store, client int, k storage.Key, old storage.Record, remove bool) error {
	var w storage.Write
	c := commitOf(w)
	a := attempt{key: k, old: old.Version, new: c.ID}
	if old.Version != "" {
		w.Old = &old
	}
	if remove && w.Old != nil {
		a.new = ""
	} else {
		w.New = record(k, client)
	}
	c.Writes[0] = w

	call := r.clock.Add(1)
	b, err := r.resolve(s, c, k, a.new)
	if err != nil {
		return err
	}
	r.add(client, a, b, call)
	return nil
}

// resolve commits and finds out what happened. An unknown outcome is resolved by reading the
// record: with the commit's id as version it was applied. Otherwise another
// write may have come after it, and the outcome stays open.
func (r *recorder) resolve(s storage.Store, c storage.Commit, k storage.Key, version string) (answer, error) {
	err := s.Commit(context.Background(), c)
	conflict, isConflict := errors.AsType[*storage.Conflict](err)
	switch {
	case err == nil:
		return answer{outcome: applied}, nil
	case isConflict && conflict.Current == nil:
		return answer{outcome: refused}, nil
	case isConflict:
		return answer{outcome: refused, version: conflict.Current.Version}, nil
	case !errors.Is(err, storage.ErrUnknown):
		return answer{}, err
	}
	got, err := s.Get(context.Background(), k)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return answer{}, err
	}
	if version != "" && got.Version == version {
		return answer{outcome: applied}, nil
	}
	return answer{outcome: undecided}, nil
}

// testHistory lets some clients work on a few records and checks what they saw.
func testHistory(t *testing.T, s storage.Store, keys []storage.Key) {
	const clients, steps = 5, 40
	var r recorder
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(client), 1))
			known := make(map[storage.Key]storage.Record) // possibly stale, so that some writes are refused
			for range steps {
				k := keys[random.IntN(len(keys))]
				var err error
				if random.IntN(3) == 0 {
					err = r.write(s, client, k, known[k], random.IntN(4) == 0)
				} else {
					known[k], err = r.read(s, client, k)
				}
				if err != nil {
					t.Errorf("client %d: %v", client, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if !t.Failed() && !porcupine.CheckOperations(register, r.ops) {
		t.Errorf("history of %d operations: got one that no order explains, want it linearizable", len(r.ops))
	}
}

func testLinearizable(t *testing.T, open Open) {
	s := openAll(t, open)
	testHistory(t, s.Store, []storage.Key{itemKey("linear", "a"), plainKey("linear")})
}

func testLinearizableCut(t *testing.T, open Open) {
	s := openAll(t, open)
	for seed := range uint64(3) {
		partition := fmt.Sprint("cut ", seed)
		testHistory(t, Cut{Store: s.Store, Next: Losses(seed, 8)}, []storage.Key{itemKey(partition, "a"), plainKey(partition)})
	}
}
