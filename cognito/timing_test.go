//go:build prove

package cognito_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// Times mean something on a machine that does nothing else: make prove runs this.

// How long an answer takes tells no more than a coin, over the real handler.
func TestTimeDoesNotTellWhichUsersExist(t *testing.T) {
	const rounds = 2000
	f := newFixture(t)
	people := populate(f, 200)
	server := httptest.NewServer(f)
	defer server.Close()
	for _, q := range questions() {
		if differs[q.operation] != [2]string{} {
			continue
		}
		var took [2][]time.Duration
		for i := range rounds {
			who := people[i%len(people)]
			names := [2]string{who.existing, who.stranger}
			for k := range 2 {
				j := (i + k) % 2
				// No limit is reached but that of wrong codes, which unknown names have as well.
				f.later(time.Duration(i+1) * time.Hour)
				took[j] = append(took[j], f.time(server.URL, q, names[j]))
			}
		}
		share, threshold := bestThreshold(took[0], took[1])
		t.Logf("%s %v: medians %v and %v; the best threshold, %v, tells %.1f %%", q.operation, q.input(f, "")["AuthFlow"], median(took[0]), median(took[1]), threshold, 100*share)
		if share > 0.55 {
			t.Errorf("%s: a threshold on time tells %.1f %% of users from others, want 55 %% at most", q.operation, 100*share)
		}
	}
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// bestThreshold learns the threshold on the first half and returns the share that it tells
// right on the second half: one that was chosen for the figures it is tried on would
// tell more than half of mere noise.
func bestThreshold(a, b []time.Duration) (float64, time.Duration) {
	half := len(a) / 2
	best, threshold, longer := 0.0, time.Duration(0), true
	for _, t := range slices.Concat(a[:half], b[:half]) {
		share := told(a[:half], b[:half], t)
		if share > best {
			best, threshold, longer = share, t, true
		}
		if 1-share > best {
			best, threshold, longer = 1-share, t, false
		}
	}
	share := told(a[half:], b[half:], threshold)
	if !longer {
		share = 1 - share
	}
	return share, threshold
}

// told returns the share that is right when everything of t or more is said to be of a.
func told(a, b []time.Duration, t time.Duration) float64 {
	right := 0
	for _, d := range a {
		if d >= t {
			right++
		}
	}
	for _, d := range b {
		if d < t {
			right++
		}
	}
	return float64(right) / float64(len(a)+len(b))
}

// time asks over HTTP and returns how long the last answer took.
func (f *fixture) time(url string, q asked, name string) time.Duration {
	f.t.Helper()
	operation, in := q.operation, q.input(f, name)
	for next := q.next; ; next = nil {
		r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(f.encode(in)))
		if err != nil {
			f.t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", target+operation)
		begin := time.Now()
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			f.t.Fatal(err)
		}
		var out object
		err = errors.Join(json.NewDecoder(response.Body).Decode(&out), response.Body.Close())
		took := time.Since(begin)
		if err != nil {
			f.t.Fatal(err)
		}
		if next == nil {
			return took
		}
		operation, in = next(f, out)
	}
}
