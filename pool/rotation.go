package pool

import (
	"slices"
	"time"
)

// keyKept is how long a signing key goes on verifying after its successor was
// made: until the last token that it can have signed has expired, and an hour for
// the successor to be taken into use.
const keyKept = MaxTokenTTL + time.Hour

// Rotated returns k with a new signing key, which signs from then on, and
// without those that no token needs any more. k stays as it is.
func (k Keys) Rotated(now time.Time) (Keys, error) {
	key, err := NewSigningKey(now)
	if err != nil {
		return Keys{}, err
	}
	k = k.Retired(now)
	k.Signing = append(k.Signing, key)
	return k, nil
}

// Retired returns k without the signing keys that were replaced so long ago that
// every token of theirs has expired. The newest always stays.
func (k Keys) Retired(now time.Time) Keys {
	first := 0
	for first+1 < len(k.Signing) && !now.Before(k.Signing[first+1].Created.Add(keyKept)) {
		first++
	}
	k.Signing = slices.Clone(k.Signing[first:])
	return k
}
