package transfer

import (
	"fmt"
	"strings"
	"testing"

	"comanda/storage"
)

func TestAPlaceThatHasLivedOnKeepsWhatItHas(t *testing.T) {
	const n = 60
	from, to := filled(t, n), newStore(t)
	newer := func(i int) storage.Record {
		return thing(fmt.Sprint("owner-", i%7), fmt.Sprintf("%05d", i), fmt.Sprintf(`{"newer":%d}`, i))
	}
	const changed = MaxKept + 5
	for i := range changed {
		write(t, to, nil, newer(i))
	}
	placed := thing("zoe", "1", `{}`)
	write(t, to, nil, placed)
	options := all(t, journalIn(t))
	options.Keep = true
	results, err := Run(t.Context(), from, to, options)
	if err != nil || len(results) != 2 {
		t.Fatalf("got %+v, %v, want two tables", results, err)
	}
	r := results[1]
	if r.Written != n-changed || r.Differ != changed || len(r.Kept) != MaxKept || r.Equal || r.From.Records != n || r.To.Records != n {
		t.Errorf("got %+v, want %d written, %d kept and %d of them named", r, n-changed, changed, MaxKept)
	}
	for _, k := range r.Kept {
		if got := get(t, to, k); !strings.HasPrefix(string(got.Doc), `{"newer":`) {
			t.Errorf("%v is said to be kept: got %s", k, got.Doc)
		}
	}
	for i := range changed {
		if got, want := get(t, to, newer(i).Key), newer(i); string(got.Doc) != string(want.Doc) {
			t.Errorf("record %d there: got %s, want %s as it was", i, got.Doc, want.Doc)
		}
	}
	if got := get(t, to, placed.Key); string(got.Doc) != "{}" {
		t.Errorf("the record that only the destination has: got %s", got.Doc)
	}
	if r := results[0]; !r.Equal || r.Differ != 0 || r.Written != 1 {
		t.Errorf("names: got %+v, want the one that was missing", r)
	}
}

func TestAGapThatStaysIsAFailureEvenWhenOthersAreKept(t *testing.T) {
	lost := thing("owner-1", "00001", "").Key
	tests := map[string]struct {
		meddle func(t *testing.T, from, to storage.Store)
		want   string
	}{
		"deleted there": {func(t *testing.T, _, to storage.Store) {
			old := get(t, to, lost)
			if err := to.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &old}}}); err != nil {
				t.Fatal(err)
			}
		}, "things lacks 1 of 10 records there"},
		"changed in the source": {func(t *testing.T, from, _ storage.Store) { write(t, from, nil, thing("zoe", "1", `{}`)) }, "things was changed in the source"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			from, to := filled(t, 10), newStore(t)
			write(t, to, nil, thing("owner-2", "00002", `{}`))
			options, meddled := all(t, journalIn(t)), false
			options.Keep = true
			options.Progress = func(p Progress) {
				if p.Phase == Comparing && !meddled { // of names, which come first
					meddled = true
					tt.meddle(t, from, to)
				}
			}
			results, err := Run(t.Context(), from, to, options)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(results) != 2 || results[1].Differ != 1 {
				t.Errorf("got %+v, %v, want %q", results, err, tt.want)
			}
		})
	}
}
