package storagetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"comanda/storage"
)

func testPartitions(t *testing.T, open Open) {
	s := openAll(t, open)
	var want []string
	for i, sort := range []string{"b", "a", "C", "0190a0b0-1111-7000-8000-0123456789ab", "0190A0B0-1111-7000-8000-0123456789AB", "é"} {
		s.create(record(itemKey("partition", sort), i))
		s.create(record(itemKey("partition!", sort), i))
		want = append(want, sort)
	}
	slices.Sort(want)
	for limit := 1; limit <= len(want)+1; limit++ {
		for _, descending := range []bool{false, true} {
			var got []string
			for _, r := range s.all(storage.Query{Table: items.Name, Partition: "partition", Descending: descending, Limit: limit}) {
				got = append(got, r.Key.Sort)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("partition with pages of %d, descending %v: got %q, want %q", limit, descending, got, want)
			}
		}
	}
	one := s.create(record(plainKey("partition"), 1))
	s.create(record(plainKey("partition!"), 1))
	got := s.all(storage.Query{Table: plain.Name, Partition: "partition", Limit: 1})
	if len(got) != 1 {
		t.Fatalf("partition of a table without sort keys: got %d records, want 1", len(got))
	}
	if err := sameRecord(got[0], one); err != nil {
		t.Errorf("partition of a table without sort keys: %v", err)
	}
	if got := s.all(storage.Query{Table: items.Name, Partition: "nobody's", Limit: 5}); len(got) != 0 {
		t.Errorf("empty partition: got %d records, want none", len(got))
	}
}

// testScan replaces records that stay, too: a new version isn't another record.
func testScan(t *testing.T, open Open) {
	s := openAll(t, open)
	const n = 9
	stored := make([]storage.Record, n)
	var staying []storage.Key
	for i := range n {
		stored[i] = s.create(record(nameKey(fmt.Sprint("scan ", i%3), fmt.Sprint("stays ", i)), i))
		staying = append(staying, stored[i].Key)
	}
	others := churn{s: s, present: map[int]storage.Record{}, record: func(i int) *storage.Record {
		return record(nameKey(fmt.Sprint("scan ", i%3), fmt.Sprint("goes ", i)), i)
	}}
	for limit := 1; limit <= n+1; limit++ {
		got := s.pages(func(after storage.Cursor) (storage.Page, error) {
			return s.Scan(context.Background(), names.Name, after, limit)
		}, limit, func(step int) {
			others.next(step)
			i := (step*5 + limit) % n
			stored[i] = s.replace(stored[i], record(stored[i].Key, step))
		})
		wantStaying(t, got, staying)
	}
}

func testKeys(t *testing.T, open Open) {
	s := openAll(t, open)
	long := strings.Repeat("é", storage.MaxSort/2)
	keys := []string{
		"a", "A", "0", " ", "  ", "a ", "\t", "\n", "\x01", "\x1f", "\x7f", "a\nb", `"`, `'`, `\`, `%`, "_", "null", "1e3", "01", "1",
		"0190a0b0-1111-7000-8000-0123456789ab", "0190A0B0-1111-7000-8000-0123456789AB", "0190a0b0-1111-7000-8000-0123456789aB",
		"0190a0b011117000800000123456789ab", "{0190a0b0-1111-7000-8000-0123456789ab}", "0190a0b0-1111-7000-8000-0123456789ag",
		"0190a0b0-1111-7000-8000-0123456789abc", "0190a0b01-111-7000-8000-0123456789ab", "------------------------------------",
		"61626364-6566-6768-696a-6b6c6d6e6f70", "abcdefghijklmnop", // the second is the first one's bytes
		"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
		"é", "e\u0301", "ß", "中文", "😀", "\u202eabc", "\u00a0", "\ufeff", long, long[:len(long)-2],
		"user@example.com", "../../etc", "$inc", "#a:b", "a#b", "a|b",
	}
	stored := make(map[string]storage.Record, len(keys))
	for i, k := range keys {
		c := commitOf(storage.Write{New: item(itemKey(k, k), i, k, k, k)}, storage.Write{New: record(plainKey(k), i)},
			storage.Write{New: record(nameKey("keys", k), i)})
		s.commit(c)
		stored[k] = storage.Record{Key: itemKey(k, k), Version: c.ID, Doc: fmt.Appendf(nil, `{"n":%d}`, i),
			Index: map[string]storage.IndexKey{"time": {Partition: k, Sort: k}, "queue": {Partition: k, Sort: k}}}
	}
	for _, k := range keys {
		want := stored[k]
		s.wantRecord(want)
		s.wantRecord(storage.Record{Key: plainKey(k), Version: want.Version, Doc: want.Doc})
		s.wantRecord(storage.Record{Key: nameKey("keys", k), Version: want.Version, Doc: want.Doc})
		for _, index := range []string{"", "time", "queue"} {
			s.wantIndex(storage.Query{Table: items.Name, Index: index, Partition: k, Limit: 3}, want.Key)
		}
	}
	got := s.all(storage.Query{Table: names.Name, Partition: "keys", Limit: 7})
	if len(got) != len(keys) {
		t.Errorf("partition with all keys: got %d records, want %d", len(got), len(keys))
	}
	for _, r := range got {
		if want, ok := stored[r.Key.Sort]; !ok || want.Version != r.Version {
			t.Errorf("partition with all keys: got %q with version %q, want %q", r.Key.Sort, r.Version, want.Version)
		}
	}
	for _, k := range keys {
		s.remove(stored[k])
		s.wantMissing(stored[k].Key)
	}
}

func testDocs(t *testing.T, open Open) {
	s := openAll(t, open)
	for i, doc := range []string{
		`{}`,
		`{"n":0.1}`, `{"n":99999999999.9999}`, `{"n":1e-4}`, `{"n":1.10}`, `{"n":110e-2}`, `{"n":-0.0001}`, `{"n":0}`, `{"n":100000000}`,
		`{"n":9007199254740993}`, `{"n":9223372036854775807}`, `{"n":-9223372036854775808}`, `{"n":123456789012345.1234}`, `{"n":1E+2}`,
		`{"n":[0.1,0.2,0.3],"o":{"o":{"o":[{},[],[[]]]}}}`,
		`{"b":[true,false,null],"e":"","s":"é\u00e9\ud83d\ude00 \" \\ \/ \n \u0000 \u2028"}`,
		`{"":1," ":2,"a.b":3,"#a":4,":b":5,"é":6}`,
		"{ \"a\" :\t[ 1 ,\r\n 2 ] }",
		`{"s":"` + strings.Repeat("long ", 5000) + `"}`,
	} {
		k := itemKey("docs", fmt.Sprint(i))
		r := s.create(&storage.Record{Key: k, Doc: []byte(doc)})
		s.wantRecord(r)
		s.wantRecord(s.replace(r, &storage.Record{Key: k, Doc: []byte(doc)}))
	}
}

func testReadYourWrites(t *testing.T, open Open) {
	s := openAll(t, open)
	k := itemKey("own", "k")
	byTime := storage.Query{Table: items.Name, Index: "time", Partition: k.Partition, Limit: 2}
	table := storage.Query{Table: items.Name, Partition: k.Partition, Limit: 2}
	see := func(want storage.Record) {
		t.Helper()
		s.wantRecord(want)
		for _, q := range []storage.Query{table, byTime} {
			got := s.all(q)
			if len(got) != 1 {
				t.Fatalf("query of index %q right after the commit: got %d records, want 1", q.Index, len(got))
			}
			if err := sameRecord(got[0], want); err != nil {
				t.Fatalf("query of index %q right after the commit: %v", q.Index, err)
			}
		}
	}
	for range 20 {
		r := s.create(item(k, 0, "t0", "", ""))
		see(r)
		for i := range 3 {
			r = s.replace(r, item(k, i, fmt.Sprint("t", 5-i), "", ""))
			see(r)
		}
		s.remove(r)
		if got := append(s.all(table), s.all(byTime)...); len(got) != 0 {
			t.Fatalf("queries right after the deletion: got %d records, want none", len(got))
		}
	}
}
