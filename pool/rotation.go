package pool

import (
	"fmt"
	"slices"
	"time"
)

const (
	// KeySetAge is how long clients may keep the key set that they have fetched, as
	// the answer tells them.
	KeySetAge = 5 * time.Minute

	// MaxWait is the longest that a key can be shown before it signs.
	MaxWait = 24 * time.Hour

	// leastWait is how long a new key is shown before it signs: until every key set
	// without it is too old to be kept, and a minute for clocks that disagree.
	leastWait = KeySetAge + time.Minute

	// keyKept is how long a signing key goes on verifying after its successor began to
	// sign: until the last token that it can have signed has expired, and an hour
	// for the successor to be taken into use.
	keyKept = MaxTokenTTL + time.Hour
)

// Rotation says how a signing key is replaced. The zero value is what suits clients
// that keep the key set.
type Rotation struct {
	// Wait is how long the new key is shown before it signs, when that is to be longer
	// than clients may keep the key set.
	Wait time.Duration

	// AtOnce is for keys that have leaked: the new one signs at once, and tokens of
	// all others are refused.
	AtOnce bool
}

// Validate refuses a wait that can't be meant.
func (r Rotation) Validate() error {
	switch {
	case r.Wait < 0 || r.Wait > MaxWait:
		return fmt.Errorf("a new key can't wait %v before it signs: give up to %v", r.Wait, MaxWait)
	case r.Wait > 0 && r.AtOnce:
		return fmt.Errorf("a new key that signs at once doesn't wait %v: give the one or the other", r.Wait)
	}
	return nil
}

// EndedKey is a signing key that was ended before its tokens had expired.
type EndedKey struct {
	ID string    `json:"kid"`
	At time.Time `json:"at"`
}

// Rotated returns k with a new signing key at the end, and without those that no token
// needs any more. Where a new key waits already, there is no other, unless they
// are to be replaced at once. k stays as it is.
func (k Keys) Rotated(now time.Time, r Rotation) (Keys, error) {
	if err := r.Validate(); err != nil {
		return Keys{}, err
	}
	k = k.Retired(now)
	if !r.AtOnce && k.Newest().From.After(now) {
		return k, nil
	}
	key, err := NewSigningKey(now)
	if err != nil {
		return Keys{}, err
	}
	if r.AtOnce {
		for _, leaked := range k.Signing {
			k.Ended = append(k.Ended, EndedKey{leaked.ID, key.Created})
		}
		k.Signing = nil
	} else {
		key.From = key.Created.Add(max(r.Wait, leastWait))
	}
	k.Signing = append(k.Signing, key)
	return k, nil
}

// Retired returns k without the signing keys that were replaced so long ago that
// every token of theirs has expired, and without the memory of ended ones as old as
// that. The newest always stays.
func (k Keys) Retired(now time.Time) Keys {
	first := 0
	for first+1 < len(k.Signing) && !now.Before(k.Signing[first+1].SignsFrom().Add(keyKept)) {
		first++
	}
	k.Signing = slices.Clone(k.Signing[first:])
	k.Ended = slices.DeleteFunc(slices.Clone(k.Ended), func(e EndedKey) bool { return !now.Before(e.At.Add(keyKept)) })
	return k
}

// Joined returns the keys of a file with those that only k has in front of its newest:
// they may have signed tokens while the file was being written. What either has
// ended is in neither.
func (k Keys) Joined(file Keys) Keys {
	last := len(file.Signing) - 1
	joined := slices.Clone(file.Signing[:last])
	for _, key := range k.Signing {
		if !slices.ContainsFunc(file.Signing, func(f SigningKey) bool { return f.ID == key.ID }) {
			joined = append(joined, key)
		}
	}
	ended := slices.Clone(file.Ended)
	for _, e := range k.Ended {
		if !slices.ContainsFunc(ended, func(f EndedKey) bool { return f.ID == e.ID }) {
			ended = append(ended, e)
		}
	}
	file.Ended = ended
	file.Signing = slices.DeleteFunc(append(joined, file.Signing[last]), func(key SigningKey) bool {
		return slices.ContainsFunc(ended, func(e EndedKey) bool { return e.ID == key.ID })
	})
	return file
}

// Newest returns the signing key that was made last, which may not sign yet.
func (k Keys) Newest() SigningKey { return k.Signing[len(k.Signing)-1] }

// SignsFrom returns when the key begins to sign.
func (k SigningKey) SignsFrom() time.Time {
	if k.From.IsZero() {
		return k.Created
	}
	return k.From
}
