package acceptance

import (
	"testing"
	"time"
)

func TestATimeThatHasComeIsNeitherEarlierNorLater(t *testing.T) {
	now := time.Now()
	stamp := func(d time.Duration) string { return now.Add(d).UTC().Format(`"2006-01-02T15:04:05Z"`) }
	for value, wanted := range map[string]bool{
		stamp(0): true, stamp(-2 * time.Second): false, stamp(time.Hour): false, `"soon"`: false, "": false,
	} {
		if got := since(now).has(value); got != wanted {
			t.Errorf("since %v, %s: got %v, want %v", now, value, got, wanted)
		}
	}
}
