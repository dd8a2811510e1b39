package pool

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"comanda/identity"
)

// from returns a context of a call from an address.
func from(ctx context.Context, address string) context.Context {
	return identity.WithSource(ctx, identity.SourceOf(netip.MustParseAddr(address)))
}

// line is a queue with callers who tell when they were served.
type line struct {
	*queue
	t      *testing.T
	served []string // in order
	leaves []func()
}

// twoSlots returns the queue of a machine with many processors.
func twoSlots() *queue { return &queue{wait: longest, slots: maxSlots} }

func newLine(t *testing.T) *line {
	l := &line{queue: twoSlots(), t: t}
	for range l.slots {
		leave, err := l.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		l.leaves = append(l.leaves, leave)
	}
	return l
}

// come has a caller of an address enter, and returns where its answer comes.
func (l *line) come(address, name string) <-chan error {
	answer := make(chan error, 1)
	go func() {
		leave, err := l.enter(from(l.t.Context(), address))
		if err == nil {
			l.served = append(l.served, name) // one at a time: the test waits in between
			l.leaves = append(l.leaves, leave)
		}
		answer <- err
	}()
	synctest.Wait()
	return answer
}

// serve gives a slot back so often that n callers are served, and returns them.
func (l *line) serve(n int) []string {
	l.served = nil
	for range n {
		leave := l.leaves[0]
		l.leaves = l.leaves[1:]
		leave()
		synctest.Wait()
	}
	return l.served
}

func TestSourcesTakeTurnsHoweverManyCallersTheyHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		for i := range 5 {
			l.come("192.0.2.1", fmt.Sprintf("loud %d", i))
		}
		l.come("198.51.100.1", "quiet")
		for i := range 3 {
			l.come(fmt.Sprintf("2001:db8:0:%d::1", i), fmt.Sprintf("host %d", i)) // one network
		}
		want := "[loud 0 quiet host 0 loud 1 host 1 loud 2 host 2 loud 3 loud 4]"
		if got := fmt.Sprint(l.serve(9)); got != want {
			t.Errorf("served %s, want %s", got, want)
		}
	})
}

func TestAHostHasEightPlacesAndItsNewestGivesWayAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		var answers []<-chan error
		for i := range hostPlaces + 1 {
			answers = append(answers, l.come("192.0.2.1", fmt.Sprint(i)))
		}
		begin := time.Now()
		if err := <-answers[hostPlaces-1]; !errors.Is(err, tooManyRequests()) || time.Since(begin) != penalty {
			t.Errorf("the eighth got error %v after %v, want TooManyRequestsException after %v", err, time.Since(begin), penalty)
		}
		if got, want := fmt.Sprint(l.serve(hostPlaces)), "[0 1 2 3 4 5 6 8]"; got != want {
			t.Errorf("served %s, want %s: the newcomer has the place of the newest before it", got, want)
		}
	})
}

func TestAFullQueueTakesThePlaceFromTheNetworkWithMostCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		for i := range places - 1 { // a /48 with as many hosts as it likes
			l.come(fmt.Sprintf("2001:db8:1:%x::1", i), "flood")
		}
		l.come("192.0.2.1", "first")
		second := l.come("192.0.2.2", "second")
		third := l.come("192.0.2.3", "third")
		if got, want := fmt.Sprint(l.serve(4)), "[flood first second third]"; got != want {
			t.Errorf("served %s, want %s", got, want)
		}
		for _, answer := range []<-chan error{second, third} {
			if err := <-answer; err != nil {
				t.Errorf("a newcomer got error %v, want a slot", err)
			}
		}
		if l.waiting != places-4 {
			t.Errorf("%d wait, want %d", l.waiting, places-4)
		}
	})
}

func TestSignedCallersAreBoundedByAllPlacesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		ctx := identity.WithSource(t.Context(), identity.SignedSource)
		refused := atomic.Int64{}
		for range places + 1 {
			go func() {
				if _, err := l.enter(ctx); err != nil {
					refused.Add(1)
				}
			}()
			synctest.Wait()
		}
		time.Sleep(penalty)
		synctest.Wait()
		if refused.Load() != 1 || l.waiting != places {
			t.Errorf("%d of %d were refused and %d wait, want 1 and %d", refused.Load(), places+1, l.waiting, places)
		}
	})
}

func TestACallerThatWaitsTooLongOrLeavesGivesItsPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		late := l.come("192.0.2.1", "late")
		ctx, cancel := context.WithCancel(from(t.Context(), "192.0.2.1"))
		left := make(chan error, 1)
		go func() {
			_, err := l.enter(ctx)
			left <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v for a caller that left, want its context's", err)
		}
		if err := <-late; !errors.Is(err, tooManyRequests()) {
			t.Errorf("got error %v after %v, want TooManyRequestsException", err, longest)
		}
		if l.waiting != 0 || len(l.line) != 0 {
			t.Errorf("%d callers wait in %d networks, want none", l.waiting, len(l.line))
		}
	})
}

func TestASlotThatACallerDoesNotTakeIsHandedOn(t *testing.T) {
	q := twoSlots()
	c := q.join(identity.Source{})
	for c == nil {
		c = q.join(identity.Source{})
	}
	next := q.join(identity.Source{})
	q.leave() // serves c, which gives up at the same moment
	q.abandon(c)
	if served := <-next.served; !served || q.busy != q.slots {
		t.Errorf("the next caller was served: %t, with %d slots taken, want true and %d", served, q.busy, q.slots)
	}
}

// The queue is compared with what it promises, over any order of arrivals, departures
// and impatience.
func TestNoSlotAndNoPlaceIsLost(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		q := twoSlots()
		var waiting []*caller
		running := 0
		settle := func() {
			kept := waiting[:0]
			for _, c := range waiting {
				select {
				case served := <-c.served:
					if served {
						running++
					}
				default:
					kept = append(kept, c)
				}
			}
			waiting = kept
		}
		for range rapid.IntRange(1, 400).Draw(r, "steps") {
			switch rapid.IntRange(0, 5).Draw(r, "step") {
			case 0:
				if running > 0 {
					running--
					q.leave()
				}
			case 1:
				if len(waiting) > 0 {
					i := rapid.IntRange(0, len(waiting)-1).Draw(r, "who")
					q.abandon(waiting[i])
					waiting = append(waiting[:i:i], waiting[i+1:]...)
				}
			default:
				n := rapid.IntRange(0, 30).Draw(r, "network")
				s := identity.Source{Network: fmt.Sprint(n), Host: fmt.Sprint(n, rapid.IntRange(0, 3).Draw(r, "host"))}
				if c := q.join(s); c == nil {
					running++
				} else {
					waiting = append(waiting, c)
				}
			}
			settle()
			if running != q.busy || running > q.slots || len(waiting) != q.waiting || q.waiting > places || q.busy < q.slots && q.waiting > 0 {
				r.Fatalf("%d run, %d wait; the queue has %d and %d", running, len(waiting), q.busy, q.waiting)
			}
			for _, n := range q.line {
				for _, h := range n.hosts {
					if len(h.callers) == 0 || len(h.callers) > hostPlaces {
						r.Fatalf("host %s has %d places, want 1 to %d", h.name, len(h.callers), hostPlaces)
					}
				}
			}
		}
	})
}
