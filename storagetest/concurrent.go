package storagetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"comanda/storage"
)

// counter is the document of the record that testLostUpdates increments.
type counter struct {
	N int `json:"n"`
}

// increment reads, decides and commits until it has added one. It lets others
// run between reading and committing, where an update gets lost if it can.
func increment(s storage.Store, k storage.Key) error {
	ctx := context.Background()
	for range 10_000 {
		old, err := s.Get(ctx, k)
		if err != nil {
			return err
		}
		var c counter
		if err := json.Unmarshal(old.Doc, &c); err != nil {
			return err
		}
		runtime.Gosched()
		err = s.Commit(ctx, commitOf(storage.Write{Old: &old, New: record(k, c.N+1)}))
		_, conflict := errors.AsType[*storage.Conflict](err)
		switch {
		case err == nil:
			return nil
		case !conflict && !errors.Is(err, storage.ErrBusy):
			return err
		}
	}
	return errors.New("no increment succeeded in 10000 tries")
}

func testLostUpdates(t *testing.T, open Open) {
	s := openAll(t, open)
	const writers, times = 8, 15
	k := itemKey("lost", "counter")
	s.create(record(k, 0))
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range times {
				if err := increment(s.Store, k); err != nil {
					t.Errorf("increment: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	r, err := s.Get(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	if err := sameDoc(r.Doc, fmt.Appendf(nil, `{"n":%d}`, writers*times)); err != nil {
		t.Errorf("counter after %d increments: %v", writers*times, err)
	}
}
