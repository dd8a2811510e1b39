package pool

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

var noon = time.Unix(1_800_000_000, 0)

func TestWrongPasswordsMakeTheirClassWaitUpToAQuarterOfAnHour(t *testing.T) {
	var a attempts
	now := noon
	for i, want := range []time.Duration{0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
		c := a.class(nil)
		if err := c.tryPassword(now); err != nil {
			t.Fatalf("try %d: %v", i+1, err)
		}
		want *= time.Second
		if want > 0 && !c.blocked(now.Add(want-1)) {
			t.Errorf("after %d failures the class isn't blocked for %v", i+1, want)
		}
		if now = now.Add(want); c.blocked(now) {
			t.Errorf("after %d failures the class is blocked for more than %v", i+1, want)
		}
	}
	if c := a.class(nil); c.blocked(now) || c.tryPassword(now) != nil || !c.blocked(now.Add(longestBackoff-1)) {
		t.Error("after the longest wait more than one try is allowed, or none")
	}
	if c := a.class(nil); c.tryPassword(now.Add(failuresKept)) != nil || c.Failures != 1 {
		t.Errorf("got %d failures a day later, want the first one anew", c.Failures)
	}
}

func TestATimeFarInTheFutureLocksNobodyOut(t *testing.T) {
	a := attempts{Classes: []class{{Failures: 50, Failed: noon.Add(365 * 24 * time.Hour).UnixMilli(), Sent: 5, SentFrom: noon.Add(48 * time.Hour).UnixMilli()}}}
	if c := a.class(nil); c.blocked(noon) || c.tryPassword(noon) != nil || c.send(noon) != nil {
		t.Error("what a clock that was wrong has counted still refuses tries")
	}
}

func TestEachOfTheLastEightSourcesHasAClassOfItsOwn(t *testing.T) {
	var a attempts
	source := func(i int) []byte { return fmt.Appendf(nil, "source %d", i) }
	for i := range 12 {
		a.signedIn(source(i), noon.Add(time.Duration(i)*time.Minute))
		a.signedIn(source(4), noon.Add(time.Duration(i)*time.Minute+time.Second)) // used again and again
	}
	if len(a.Classes) != 1+knownSources {
		t.Fatalf("got %d classes, want %d", len(a.Classes), 1+knownSources)
	}
	for i, known := range []bool{false, false, false, false, true, true, true, true, true, true, true, true} {
		if own := a.class(source(i)).Source != nil; own != known {
			t.Errorf("source %d has a class of its own: %t, want %t", i, own, known)
		}
	}
	for range freeFailures {
		if err := a.class(source(0)).tryPassword(noon); err != nil {
			t.Fatal(err)
		}
	}
	if !a.class(source(1)).blocked(noon) || a.class(source(4)).blocked(noon) {
		t.Error("strangers don't share one class, or the owner's waits for them")
	}
	a.signedIn(source(0), noon)
	if a.class(source(1)).blocked(noon) {
		t.Error("the class of all other sources isn't forgiven when the owner signs in from one")
	}
}

func TestFiveCodesAnHourAreSent(t *testing.T) {
	var c class
	for i := range codesPerWindow {
		if err := c.send(noon); err != nil {
			t.Errorf("code %d of the hour: %v", i+1, err)
		}
	}
	if err := c.send(noon.Add(codeWindow - 1)); !errors.Is(err, attemptLimit()) {
		t.Errorf("got error %v for a sixth code of the hour, want LimitExceededException", err)
	}
	if err := c.send(noon.Add(codeWindow)); err != nil {
		t.Errorf("the first code of the next hour: %v", err)
	}
}

func TestThirtyWrongCodesADayAreComparedWhateverIsSent(t *testing.T) {
	var c class
	tried := 0
	for hour := range 24 {
		now := time.Date(2026, 11, 3, hour, 0, 0, 0, time.UTC)
		for c.send(now) == nil {
			for c.tryCode(now) == nil {
				tried++
			}
		}
	}
	if tried != maxCodesADay {
		t.Errorf("%d wrong codes were compared in a day, want %d", tried, maxCodesADay)
	}
	next := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)
	if err := errors.Join(c.send(next), c.tryCode(next)); err != nil {
		t.Errorf("the next day: %v", err)
	}
	c.codeWasRight()
	if c.Tries != 0 || c.WrongThen != 0 {
		t.Errorf("got %d and %d wrong codes after a right one, want none", c.Tries, c.WrongThen)
	}
}

func TestOneSourceTakesThreeOfAnAddresssFiveSignUpsAnHour(t *testing.T) {
	var y tally
	count := map[string]int{}
	for i := range 12 {
		source := []string{"a", "b", "c"}[i%3]
		if i < 6 {
			source = "a"
		}
		if y.addFrom([]byte(source), noon) == nil {
			count[source]++
		}
	}
	if count["a"] != addressCodesSource || count["a"]+count["b"]+count["c"] != addressCodes {
		t.Errorf("got %v, want 3 for a and 5 in all", count)
	}
	if err := y.addFrom([]byte("a"), noon.Add(codeWindow)); err != nil {
		t.Errorf("in the next hour: %v", err)
	}
}
