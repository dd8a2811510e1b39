package pool_test

import (
	"encoding/json"
	"testing"
	"time"

	"comanda/pool"
)

// firstKeys are [pool.Keys] as the first edition has them: what it doesn't know, it reads
// over, and leaves away when it writes.
type firstKeys struct {
	Format          int               `json:"format"`
	PoolID          string            `json:"poolId"`
	ClientID        string            `json:"clientId"`
	Issuer          string            `json:"issuer"`
	Region          string            `json:"region"`
	Signing         []firstSigningKey `json:"signing"`
	SealKey         []byte            `json:"sealKey"`
	AccessKeyID     string            `json:"accessKeyId"`
	SecretAccessKey string            `json:"secretAccessKey"`
}

type firstSigningKey struct {
	ID      string    `json:"kid"`
	PEM     string    `json:"pem"`
	Created time.Time `json:"created"`
}

func rotated(t *testing.T, k pool.Keys, now time.Time, how pool.Rotation) pool.Keys {
	t.Helper()
	next, err := k.Rotated(now, how)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// throughJSON writes one value and reads another from it.
func throughJSON(t *testing.T, from, into any) []byte {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnEarlierReleaseReadsKeysOfThisOneAndBack(t *testing.T) {
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	var old firstKeys
	before := throughJSON(t, keys, &old)
	if now, err := json.Marshal(keys); err != nil || string(now) != string(before) || len(keys.Ended) > 0 {
		t.Errorf("keys that were never rotated: got %s and error %v", now, err)
	}
	now := keys.Signing[0].Created.Add(time.Hour)
	waiting := rotated(t, keys, now, pool.Rotation{})
	leaked := rotated(t, waiting, now, pool.Rotation{AtOnce: true})
	for name, x := range map[string]struct {
		keys   pool.Keys
		verify int
	}{"one waits": {waiting, 2}, "the others have ended": {leaked, 1}} {
		var old firstKeys
		throughJSON(t, x.keys, &old)
		// An earlier release signs with the last, and all that it has verify.
		if len(old.Signing) != x.verify || old.Signing[x.verify-1].ID != x.keys.Newest().ID {
			t.Errorf("%s: an earlier release reads %d keys, want %d, the newest last", name, len(old.Signing), x.verify)
		}
		var back pool.Keys
		throughJSON(t, old, &back)
		if err := back.Validate(); err != nil || back.Newest().SignsFrom() != x.keys.Newest().Created {
			t.Errorf("%s: read back from an earlier release: got error %v and a key that signs from %v, want it to sign as it did there", name, err, back.Newest().SignsFrom())
		}
	}
}

func TestTheNewestKeyThatHasBegunSigns(t *testing.T) {
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	f.addUser("ana")
	next := rotated(t, keys, f.clock.Now(), pool.Rotation{})
	if err := f.SetSigningKeys(next.Signing); err != nil {
		t.Fatal(err)
	}
	old := kid(f.signIn("ana").ID)
	begins := next.Newest().From
	for _, x := range []struct {
		at    time.Time
		newer bool
	}{{begins.Add(-time.Second), false}, {begins, true}, {begins.Add(time.Hour), true}, {begins.Add(-time.Minute), false}, {time.Unix(0, 0), false}} {
		f.clock.Set(x.at)
		if got := kid(f.signIn("ana").ID) != old; got != x.newer {
			t.Errorf("at %v, %v to the beginning: the new key signs: got %v, want %v", x.at, begins.Sub(x.at), got, x.newer)
		}
	}
}

func TestRotationsOfNoSenseAreRefused(t *testing.T) {
	for _, bad := range []pool.Rotation{{Wait: -1}, {Wait: pool.MaxWait + 1}, {Wait: 1, AtOnce: true}} {
		if _, err := (pool.Keys{}).Rotated(time.Now(), bad); err == nil {
			t.Errorf("%+v: got no error", bad)
		}
	}
}

func TestWhatHasEndedComesBackFromNoFile(t *testing.T) {
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	now := keys.Signing[0].Created.Add(time.Hour)
	waiting := rotated(t, keys, now, pool.Rotation{})
	ended := rotated(t, waiting, now, pool.Rotation{AtOnce: true})
	for name, x := range map[string]struct{ own, file pool.Keys }{
		"a server that hadn't heard of it": {waiting, ended},
		"a file from before":               {ended, waiting},
		"a file from long before":          {ended, keys},
		"the same":                         {ended, ended},
	} {
		got := x.own.Joined(x.file)
		if len(got.Signing) != 1 || got.Newest().ID != ended.Newest().ID || len(got.Ended) != 2 {
			t.Errorf("%s: got %v, and %d that have ended, want the new key alone, and two", name, got.Signing, len(got.Ended))
		}
	}
	later := ended.Retired(now.Add(pool.MaxTokenTTL + time.Hour))
	if len(later.Ended) != 0 || len(later.Signing) != 1 {
		t.Errorf("when the last token of theirs has expired: got %d that have ended and %d keys, want none and one", len(later.Ended), len(later.Signing))
	}
}
