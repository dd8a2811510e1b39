package pool

import (
	"context"
	"runtime"
	"sync"
	"time"

	"comanda/identity"
)

const (
	maxSlots   = 2               // callers whose costly work is under way, at most
	hostPlaces = 8               // further callers of one host that wait
	places     = 128             // further callers that wait in all
	longest    = 5 * time.Second // wait
	penalty    = time.Second     // before a caller that gave way is answered
)

// queue lets few callers at a time do what is costly: argon2id, the arithmetic of
// the password protocol, and writes that a stranger can cause. Memory and processor
// time of a sign-in are what an attacker would exhaust, and the rest of the service
// runs in the same process.
//
// Callers wait by source. The networks take turns, within a network its hosts do,
// and a host's callers go first come, first served. A newcomer always gets a place:
// when its host has all of its own, the newest of them gives way, and when there is
// none left at all, the newest of the network that has most. So one loud source,
// however many connections it has, takes its own places only. A caller that gave way
// is answered after a pause, without a slot, so that a client that tries again at
// once doesn't keep the machine busy with refusals.
type queue struct {
	mu      sync.Mutex
	slots   int        // callers whose costly work may be under way
	busy    int        // of them
	waiting int        // callers in networks
	line    []*network // whose turn it is first
	wait    time.Duration
}

// network is the callers of one network that wait, by host.
type network struct {
	name    string
	hosts   []*host // whose turn it is first
	waiting int
}

type host struct {
	name    string
	callers []*caller // oldest first
}

// caller is one that waits. served gets true with a slot, or false when the
// caller has to give way; it has room for that one answer.
type caller struct{ served chan bool }

// newQueue returns a queue that leaves a processor to the rest of the service, where there
// are several: a hash keeps one busy for tens of milliseconds.
func newQueue() *queue {
	return &queue{wait: longest, slots: min(maxSlots, max(1, runtime.GOMAXPROCS(0)-1))}
}

// enter waits for a slot, which the caller gives back by calling leave once. It
// answers TooManyRequestsException when the caller had to give way or waited too long.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	c := q.join(identity.SourceFrom(ctx))
	if c == nil {
		return q.once(), nil
	}
	timer := time.NewTimer(q.wait)
	defer timer.Stop()
	select {
	case served := <-c.served:
		if served {
			return q.once(), nil
		}
		return nil, pause(ctx)
	case <-timer.C:
		q.abandon(c)
		return nil, tooManyRequests()
	case <-ctx.Done():
		q.abandon(c)
		return nil, ctx.Err()
	}
}

// pause answers a caller that gave way, a little later.
func pause(ctx context.Context) error {
	timer := time.NewTimer(penalty)
	defer timer.Stop()
	select {
	case <-timer.C:
		return tooManyRequests()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// once returns leave, which does nothing when it is called again.
func (q *queue) once() func() {
	var once sync.Once
	return func() { once.Do(q.leave) }
}

// join takes a free slot, and returns nil, or a place in the queue.
func (q *queue) join(s identity.Source) *caller {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy < q.slots {
		q.busy++
		return nil
	}
	q.makeRoom(s)
	c := &caller{served: make(chan bool, 1)}
	n := q.network(s.Network)
	h := n.host(s.Host)
	h.callers = append(h.callers, c)
	n.waiting++
	q.waiting++
	return c
}

// makeRoom has a caller give way when there is no place for one more of s.
func (q *queue) makeRoom(s identity.Source) {
	n, h := q.find(s)
	switch {
	case h != nil && len(h.callers) >= hostPlaces && s != identity.SignedSource:
		q.dismiss(n, h)
	case q.waiting >= places:
		crowd := q.longest()
		q.dismiss(crowd, crowd.longest())
	}
}

// leave hands the slot on to the caller whose turn it is.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c := q.next(); c != nil {
		c.served <- true
		return
	}
	q.busy--
}

// next takes the caller out of the queue whose turn it is, or returns nil.
func (q *queue) next() *caller {
	if q.waiting == 0 {
		return nil
	}
	n := q.line[0]
	h := n.hosts[0]
	n.hosts = append(n.hosts[1:], h)
	q.line = append(q.line[1:], n)
	c := h.callers[0]
	q.remove(n, h, 0)
	return c
}

// dismiss has the newest caller of a host give way.
func (q *queue) dismiss(n *network, h *host) {
	last := len(h.callers) - 1
	h.callers[last].served <- false
	q.remove(n, h, last)
}

// abandon takes a caller that doesn't wait any longer out of the queue. A slot
// that it was given meanwhile is handed on.
func (q *queue) abandon(c *caller) {
	q.mu.Lock()
	for _, n := range q.line {
		for _, h := range n.hosts {
			for i := range h.callers {
				if h.callers[i] == c {
					q.remove(n, h, i)
					q.mu.Unlock()
					return
				}
			}
		}
	}
	q.mu.Unlock()
	if <-c.served {
		q.leave()
	}
}
