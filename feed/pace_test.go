package feed

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestAConsumerThatIsBehindDoesntPause(t *testing.T) {
	inBubble(t, func(b *bench) {
		for n := range 5 {
			b.place(fmt.Sprint("o-", n))
		}
		b.config.Batch, b.config.Pace = 2, time.Hour
		k := &taker{name: "slow"}
		began := time.Now()
		defer b.start(k)()
		synctest.Wait()
		k.mu.Lock()
		defer k.mu.Unlock()
		if waited := time.Since(began); len(k.ids) != 5 || waited >= time.Hour {
			b.Errorf("5 changes in batches of 2: got %q after %v, want all at once", k.ids, waited)
		}
	})
}
