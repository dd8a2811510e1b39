package pool

import (
	"bytes"
	"slices"
	"time"

	"comanda/storage"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	freeFailures   = 5                // wrong passwords in a row without a wait
	longestBackoff = 15 * time.Minute // between two tries
	failuresKept   = 24 * time.Hour   // after the last one

	codesPerWindow = 5 // codes sent on request
	codeWindow     = time.Hour
	maxCodeTries   = 5  // wrong codes after one was sent
	maxCodesADay   = 30 // wrong codes a day

	knownSources = 8 // sources of an account with a class of their own
)

// attempts is the document of what was tried at one account: wrong passwords,
// codes that were asked for, wrong codes. It isn't part of the user, so that
// what strangers try disturbs no change of the user. Times are milliseconds since 1970.
//
// Tries are counted by class. Each of the last eight sources from which the user
// signed in has a class of its own, and all other sources share one, the first. So
// a flood from elsewhere doesn't lock out the account's owner, and strangers get at
// most nine times what one class allows.
type attempts struct {
	storage.Head
	Classes []class `json:"classes,omitempty"`
	Reset   *code   `json:"reset,omitempty"`  // the code that sets another password
	Verify  *code   `json:"verify,omitempty"` // the code that proves another address
}

// class is what the callers of one class have tried.
type class struct {
	Source   []byte `json:"source,omitempty"` // keyed hash; absent in the first class
	SignedIn int64  `json:"signedIn,omitzero"`

	Failures int   `json:"failures,omitzero"` // wrong passwords, and those being looked at
	Failed   int64 `json:"failed,omitzero"`   // the last of them

	Sent      int   `json:"sent,omitzero"` // codes in the hour that began at SentFrom
	SentFrom  int64 `json:"sentFrom,omitzero"`
	Tries     int   `json:"tries,omitzero"`     // wrong codes since one was sent
	WrongDay  int64 `json:"wrongDay,omitzero"`  // days since 1970
	WrongThen int   `json:"wrongThen,omitzero"` // wrong codes on that day

	Rest jsontext.Value `json:",embed"` // as in [storage.Head]
}

// class returns the class of a source.
func (a *attempts) class(source []byte) *class {
	if len(a.Classes) == 0 {
		a.Classes = []class{{}}
	}
	for i := range a.Classes[1:] {
		if bytes.Equal(a.Classes[1+i].Source, source) {
			return &a.Classes[1+i]
		}
	}
	return &a.Classes[0]
}

// signedIn notes that the password was proved from a source: its
// failures are forgiven, and from now on it has a class of its own, in place of the
// source that hasn't been seen for longest.
func (a *attempts) signedIn(source []byte, now time.Time) {
	c := a.class(source)
	c.Failures, c.Failed = 0, 0
	if c.Source == nil {
		a.Classes = append(a.Classes, class{Source: source})
		c = &a.Classes[len(a.Classes)-1]
	}
	c.SignedIn = now.UnixMilli()
	for len(a.Classes) > 1+knownSources {
		oldest := 1
		for i := range a.Classes[1:] {
			if a.Classes[1+i].SignedIn < a.Classes[oldest].SignedIn {
				oldest = 1 + i
			}
		}
		a.Classes = slices.Delete(a.Classes, oldest, oldest+1)
	}
}

// forgive forgets the wrong passwords of every class.
func (a *attempts) forgive() {
	for i := range a.Classes {
		a.Classes[i].Failures, a.Classes[i].Failed = 0, 0
	}
}

// blocked reports whether the class has to wait before it tries a password. It
// doesn't for the first five in a row, then for one second, doubled by every
// further one up to 15 minutes, as Amazon Cognito has it.
func (c class) blocked(now time.Time) bool {
	if c.Failures < freeFailures || over(c.Failed, now, failuresKept) {
		return false
	}
	wait := longestBackoff
	if shift := c.Failures - freeFailures; shift < 10 {
		wait = min(wait, time.Second<<shift)
	}
	return now.Before(time.UnixMilli(c.Failed).Add(wait))
}

// tryPassword counts a password that is about to be looked at as a wrong one, or
// refuses it.
func (c *class) tryPassword(now time.Time) error {
	if c.blocked(now) {
		return passwordLimit()
	}
	if over(c.Failed, now, failuresKept) {
		c.Failures = 0
	}
	c.Failures++
	c.Failed = now.UnixMilli()
	return nil
}

// send counts a code that is about to be sent, or refuses it.
func (c *class) send(now time.Time) error {
	if over(c.SentFrom, now, codeWindow) {
		c.Sent, c.SentFrom = 0, now.UnixMilli()
	}
	if c.Sent >= codesPerWindow {
		return attemptLimit()
	}
	c.Sent++
	c.Tries = 0
	return nil
}

// tryCode counts a code that is about to be compared as a wrong one, or refuses it.
// Five are allowed after a code was sent, and thirty a day, whatever is sent.
func (c *class) tryCode(now time.Time) error {
	if day := now.Unix() / (24 * 60 * 60); c.WrongDay != day {
		c.WrongDay, c.WrongThen = day, 0
	}
	switch {
	case c.Tries >= maxCodeTries:
		return &Error{CodeTooManyFailedAttempts, "Too many wrong codes, please request a code again."}
	case c.WrongThen >= maxCodesADay:
		return attemptLimit()
	}
	c.Tries++
	c.WrongThen++
	return nil
}

// codeWasRight takes the last try of a code off the wrong ones.
func (c *class) codeWasRight() {
	c.Tries = max(0, c.Tries-1)
	c.WrongThen = max(0, c.WrongThen-1)
}

// over reports whether a period has passed since a time, in milliseconds. One that is
// as far in the future is from a clock that was wrong, and has passed too: no user
// is to wait until that clock would have been right.
func over(since int64, now time.Time, period time.Duration) bool {
	return now.Sub(time.UnixMilli(since)).Abs() >= period
}
