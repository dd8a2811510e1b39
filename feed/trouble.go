package feed

import "time"

// trouble is what a follower remembers of a shard that fails. The others go on meanwhile.
type trouble struct {
	failures int           // in a row
	wait     time.Duration // after the last one
	until    time.Time
}

// Waits of a shard that fails, which double, and the number of failures in a row
// that are more than a hiccup.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
	tooMany    = 3
)

// failed notes that a shard failed, and tells it.
func (f *follower) failed(shard string, err error) {
	t := f.troubles[shard]
	if t == nil {
		t = &trouble{wait: firstRetry / 2}
		f.troubles[shard] = t
	}
	t.failures++
	t.wait = min(2*t.wait, lastRetry)
	t.until = time.Now().Add(t.wait)
	delete(f.positions, shard) // read it again: another process may have moved it
	f.config.Observer.Failed(f.consumer.Name())
	f.config.Logger.Error("a consumer of the feed failed and will be tried again", "consumer", f.consumer.Name(), "shard", shard, "error", err.Error(), "in", t.wait)
}

// resting reports whether a shard waits for its next attempt.
func (f *follower) resting(shard string) bool {
	t := f.troubles[shard]
	return t != nil && time.Now().Before(t.until)
}

// pause returns how long to wait when there is nothing to do: the time given, unless
// a shard's next attempt comes before.
func (f *follower) pause(most time.Duration) time.Duration {
	for _, t := range f.troubles {
		most = min(most, max(time.Until(t.until), 0))
	}
	return most
}

// stuck reports whether a shard keeps failing.
func (f *follower) stuck() bool {
	for _, t := range f.troubles {
		if t.failures >= tooMany {
			return true
		}
	}
	return false
}
