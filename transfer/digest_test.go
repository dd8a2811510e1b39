package transfer

import (
	"crypto/sha256"
	"math/big"
	"math/rand/v2"
	"testing"

	"comanda/storage"
)

func TestTheDigestIsTheSumOfHashes(t *testing.T) {
	var got Digest
	want := new(big.Int)
	for range 1000 {
		thing := make([]byte, rand.IntN(100))
		for i := range thing {
			thing[i] = byte(rand.Uint32())
		}
		got.Add(thing)
		sum := sha256.Sum256(append([]byte{byte(len(thing))}, thing...))
		want.Add(want, new(big.Int).SetBytes(sum[:]))
	}
	want.Mod(want, new(big.Int).Lsh(big.NewInt(1), 256))
	if new(big.Int).SetBytes(got[:]).Cmp(want) != 0 {
		t.Errorf("sum of 1000 hashes: got %v, want %x", got, want)
	}
}

func digestOf(t *testing.T, records ...storage.Record) Digest {
	t.Helper()
	var d Digest
	for _, r := range records {
		p, err := parts(r)
		if err != nil {
			t.Fatal(err)
		}
		d.Add(p...)
	}
	return d
}

func TestTheDigestSeesEveryPartOfARecordButTheVersion(t *testing.T) {
	record := func(change func(*storage.Record)) storage.Record {
		r := thing("ana", "o-1", `{"a":1.10,"b":[]}`)
		change(&r)
		return r
	}
	plain := digestOf(t, record(func(*storage.Record) {}))
	for name, change := range map[string]func(*storage.Record){
		"version":  func(r *storage.Record) { r.Version = "x" },
		"spelling": func(r *storage.Record) { r.Doc = []byte(`{"b":[], "a":11e-1}`) },
	} {
		if got := digestOf(t, record(change)); got != plain {
			t.Errorf("another %s: got another digest, want the same", name)
		}
	}
	for name, change := range map[string]func(*storage.Record){
		"partition":       func(r *storage.Record) { r.Key.Partition = "bea" },
		"sort":            func(r *storage.Record) { r.Key.Sort = "o-2" },
		"border of both":  func(r *storage.Record) { r.Key.Partition, r.Key.Sort = "an", "ao-1" },
		"value":           func(r *storage.Record) { r.Doc = []byte(`{"a":1.11,"b":[]}`) },
		"type":            func(r *storage.Record) { r.Doc = []byte(`{"a":"1.10","b":[]}`) },
		"member":          func(r *storage.Record) { r.Doc = []byte(`{"a":1.10}`) },
		"index entry":     func(r *storage.Record) { delete(r.Index, "open") },
		"place in an ind": func(r *storage.Record) { r.Index["open"] = storage.IndexKey{Partition: "x", Sort: "y"} },
	} {
		if got := digestOf(t, record(change)); got == plain {
			t.Errorf("another %s: got the same digest, want another", name)
		}
	}
}

func TestTheDigestDoesNotDependOnTheOrderOfRecords(t *testing.T) {
	a, b, c := thing("a", "1", `{}`), thing("b", "1", `{}`), thing("a", "2", `{"n":1}`)
	if x, y := digestOf(t, a, b, c), digestOf(t, c, a, b); x != y {
		t.Errorf("another order: got %v and %v, want equal ones", x, y)
	}
	if x, y := digestOf(t, a, a), digestOf(t, b, b); x == y || x == (Digest{}) {
		t.Errorf("pairs: got %v and %v, want them not to cancel out", x, y)
	}
}
