package pool

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"comanda/sqlite"
)

func TestTwoHundredWhoSignInAtOnceAreHashedTwoAtATimeAtMost(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "pool.db"), Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	keys, err := NewKeys("")
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(t.Context(), Config{Store: db, Keys: keys, Hashing: Hashing{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	name, password, _, err := p.FirstAdministrator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var now, most atomic.Int64
	p.queue.wait = time.Hour // however slow the machine is
	p.hasher.derive = func(text, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte {
		running := now.Add(1)
		defer now.Add(-1)
		for seen := most.Load(); running > seen && !most.CompareAndSwap(seen, running); seen = most.Load() {
		}
		return argon2.IDKey(text, salt, passes, memory, lanes, length)
	}
	const crowd = 200
	var signedIn, refused atomic.Int64
	start := make(chan struct{})
	var waiting sync.WaitGroup
	for range crowd {
		waiting.Go(func() {
			<-start
			out, err := p.InitiateAuth(t.Context(), FlowUserPassword, map[string]string{paramUsername: name, paramPassword: password})
			switch {
			case err == nil && out.Tokens != nil:
				signedIn.Add(1)
			case errors.Is(err, tooManyRequests()):
				refused.Add(1)
			default:
				t.Errorf("sign in: got %+v and error %v, want tokens or TooManyRequestsException", out, err)
			}
		})
	}
	close(start)
	waiting.Wait()
	if n := most.Load(); n < 1 || n > int64(p.queue.slots) {
		t.Errorf("%d hashes were computed at once, want 1 to %d", n, p.queue.slots)
	}
	if signedIn.Load()+refused.Load() != crowd || signedIn.Load() < int64(p.queue.slots+hostPlaces) {
		t.Errorf("%d signed in and %d were refused, want %d together and %d or more in", signedIn.Load(), refused.Load(), crowd, int64(p.queue.slots+hostPlaces))
	}
}
