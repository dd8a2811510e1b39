package webhook

import "time"

// health is what a dispatcher knows of its receiver.
type health struct {
	failing map[string]bool // lanes that failed since the last success, up to downLanes
	row     int             // failures since the receiver was taken to be down
	until   time.Time       // when it gets the next request
	reason  string          // of the last failure
}

// isDown reports whether a receiver fails for whatever order.
func (h health) isDown() bool { return len(h.failing) >= downLanes }

// recovered notes a success.
func (r *dispatcher) recovered() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.health = health{failing: map[string]bool{}}
}

// failed notes a failure. A receiver that is down is left alone for a while.
func (r *dispatcher) failed(lane, reason string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := &r.health
	h.reason = reason
	if !h.isDown() {
		h.failing[lane] = true
	}
	if h.isDown() {
		h.until = now.Add(min(backoff(h.row, r.w.config.Random()), lastProbe))
		h.row++
	}
}

// paused returns how long the receiver is left alone.
func (r *dispatcher) paused(now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.health.until.Sub(now)
}

func (r *dispatcher) down() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.health.isDown()
}

func (r *dispatcher) lastReason() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.health.reason
}

// free reports whether another request may be made.
func (r *dispatcher) free() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.health.isDown() {
		return len(r.busy) == 0
	}
	return r.open < connections && len(r.busy) < maxUnsaved
}

// occupied returns how many deliveries are being sent or stored.
func (r *dispatcher) occupied() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.busy)
}

func (r *dispatcher) isBusy(lane string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.busy[lane]
}

func (r *dispatcher) occupy(lane string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[lane] = true
	r.open++
}

// answered says that a request has ended, so that another can be made.
func (r *dispatcher) answered() {
	r.mu.Lock()
	r.open--
	r.mu.Unlock()
	r.wakeUp()
}

func (r *dispatcher) release(lane string) {
	r.mu.Lock()
	delete(r.busy, lane)
	r.mu.Unlock()
	r.wakeUp()
}
