package order

import (
	stdjson "encoding/json"
	"strings"
	"testing"
	"time"

	"comanda/storage"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func TestDocumentsOfFormat1StayAsTheyAre(t *testing.T) {
	for name, o := range specimens(t) {
		t.Run(name, func(t *testing.T) {
			r, err := Encode(o)
			if err != nil {
				t.Fatalf("encode: %v", err)
			}
			doc := golden(t, "documents/"+name+".json", r.Doc)
			wantBytes(t, "encoded order", doc, r.Doc)
			back, err := Decode(recordOf(o.OrderID, doc))
			if err != nil {
				t.Fatalf("decode: %v", err)
			}
			wantSame(t, "decoded order", o, back)
			again, err := Encode(back)
			if err != nil {
				t.Fatalf("encode again: %v", err)
			}
			wantBytes(t, "document encoded again", doc, again.Doc)
			wantSame(t, "index entries", r.Index, again.Index)
		})
	}
}

func TestEncodeKeepsTheKeyOutOfTheDocument(t *testing.T) {
	r, err := Encode(Place("ana", "o-1", lunch(), AcceptTotal, noon))
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	wantSame(t, "key", storage.Key{Table: "orders", Partition: "ana", Sort: "o-1"}, r.Key)
	for _, id := range []string{`"ana"`, `"o-1"`} {
		if strings.Contains(string(r.Doc), id) {
			t.Errorf("document: got %s, want it without %s", r.Doc, id)
		}
	}
}

func TestMembersThatThisReleaseDoesntKnowAreKeptAndNotShown(t *testing.T) {
	doc := `{"format":1,"renderer":1,"version":3,"restaurantId":1,"orderItems":[{"id":1,"name":"Tea","price":2.5,"quantity":1,"size":{"ml":1.50}}],"totalAmount":2.5,` +
		`"delivery":{"id":4,"name":"Wheels","phone":"5"},"status":"PLACED","orderTime":"2026-03-14T12:00:00.250Z",` +
		`"history":[{"status":"PLACED","at":"2026-03-14T12:00:00.250Z","via":"till"}],` +
		`"placed":{"restaurantId":1,"orderItems":[{"id":1,"name":"Tea","price":2.5,"quantity":1,"cup":"red"}],"totalAmount":2.5,"channel":"kiosk"},` +
		`"lane":0.10,"seats":{"b":[1,2.0],"a":"<"}}`
	o, err := Decode(recordOf("o-1", []byte(doc)))
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	o = must(t)(o.Advance(Step{Status: Acknowledged}, staff, noon.Add(time.Minute)))
	o = o.Erase(staff, noon.Add(time.Minute))
	r, err := Encode(o)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	unknown := []string{`"size":{"ml":1.50}`, `"phone":"5"`, `"via":"till"`, `"cup":"red"`, `"channel":"kiosk"`, `"lane":0.10`, `"seats":{"b":[1,2.0],"a":"<"}`}
	for _, member := range append(unknown, `"format":1`, `"version":4`, `"status":"ACKNOWLEDGED"`) {
		if !strings.Contains(string(r.Doc), member) {
			t.Errorf("document: got %s, want %s in it", r.Doc, member)
		}
	}
	back, err := Decode(recordOf("o-1", r.Doc))
	if err != nil {
		t.Fatalf("decode again: %v", err)
	}
	wantSame(t, "order", o, back)
	now, err := o.Render(Staff)
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	first, err := o.FirstAnswer()
	if err != nil {
		t.Fatalf("first answer: %v", err)
	}
	for _, member := range unknown {
		if strings.Contains(string(now)+string(first), member) {
			t.Errorf("answers: got %s and %s, want them without %s", now, first, member)
		}
	}
	wantSame(t, "order that was shown", back, o)
}

func TestDocumentsThatAreNoOrdersAreRefused(t *testing.T) {
	valid := `{"format":1,"restaurantId":1,"orderItems":[],"totalAmount":1,"status":"PLACED","orderTime":"2026-03-14T12:00:00Z"`
	for _, tc := range []struct{ name, doc, want string }{
		{"a newer format", strings.Replace(valid, `:1`, `:2`, 1) + "}", "format 2 is newer than this release: upgrade this process"},
		{"a newer format of another shape", `{"orderItems":{},"format":2}`, "format 2 is newer than this release: upgrade this process"},
		{"nothing", ``, `stored order "o-1" can't be read: `},
		{"no object", `[]`, `stored order "o-1" can't be read: `},
		{"cut off", valid, `stored order "o-1" can't be read: `},
		{"a member twice", valid + `,"status":"CANCELED"}`, `stored order "o-1" can't be read: `},
		{"an unknown member twice", valid + `,"x":1,"x":2}`, `stored order "o-1" can't be read: `},
		{"no order time", `{"restaurantId":1}`, "a time in the document is not RFC 3339"},
		{"a bad order time", `{"orderTime":"yesterday"}`, "a time in the document is not RFC 3339"},
		{"a bad time of change", valid + `,"updatedAt":"14/03/2026"}`, "a time in the document is not RFC 3339"},
		{"a bad time in the history", valid + `,"history":[{"status":"CANCELED","at":""}]}`, "a time in the document is not RFC 3339"},
		{"an amount beyond exactness", valid + `,"placed":{"totalAmount":0.00001}}`, "has more than 4 decimal places"},
		{"an amount as a string", valid + `,"placed":{"totalAmount":"1"}}`, "is not a number"},
		{"a restaurant that is no id", valid + `,"placed":{"restaurantId":true}}`, "is not an id"},
		{"invalid UTF-8", valid + ",\"note\":\"\xff\"}", `stored order "o-1" can't be read: `},
	} {
		if o, err := Decode(recordOf("o-1", []byte(tc.doc))); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %+v, %v, want an error with %q", tc.name, o, err, tc.want)
		}
	}
}

func TestEncodeRefusesWhatIsNotText(t *testing.T) {
	c := lunch()
	c.Note = "\xff"
	if r, err := Encode(Place("ana", "o-1", c, AcceptTotal, noon)); err == nil {
		t.Errorf("encode: got %q, want an error", r.Doc)
	}
}

func TestOrdersAreFoundByTimeInItsOrder(t *testing.T) {
	times := []time.Time{
		time.UnixMilli(-5), time.UnixMilli(1), time.UnixMilli(9), time.UnixMilli(10), time.UnixMilli(999_999_999_999),
		time.UnixMilli(1_000_000_000_000), noon, noon.Add(time.Millisecond), time.UnixMilli(9_999_999_999_999),
	}
	last := ""
	for i, at := range times {
		o := Place("ana", "o-1", lunch(), AcceptTotal, at)
		entry := indexOf(o)[byTime]
		if entry.Partition != "ana" || entry.Sort <= last {
			t.Errorf("entry of time %d: got %+v, want one of ana's after %q", i, entry, last)
		}
		last = entry.Sort
	}
	if got, want := indexOf(Place("ana", "o-1", lunch(), AcceptTotal, noon))[byTime].Sort, "1773489600250_o-1"; got != want {
		t.Errorf("sort key: got %s, want %s", got, want)
	}
	for _, year := range []int{2287, 2300, 2500, 9999} {
		late := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		if bound(late) <= bound(noon) {
			t.Errorf("bound in %d: got %s, want one after %s", year, bound(late), bound(noon))
		}
	}
}

func TestOnlyOpenOrdersAreInTheRestaurantsQueue(t *testing.T) {
	for _, s := range Statuses {
		entry, ok := indexOf(asOf(t, s))[open]
		if ok != s.Open() || ok && entry.Partition != "1" {
			t.Errorf("%s: got %+v, %v, want an entry of restaurant 1: %v", s, entry, ok, s.Open())
		}
	}
	first := indexOf(Place("ana", "o-1", lunch(), AcceptTotal, noon))[open]
	for _, other := range []Order{
		Place("ben", "o-1", lunch(), AcceptTotal, noon),
		Place("ana", "o-2", lunch(), AcceptTotal, noon),
		Place("anao", "-1", lunch(), AcceptTotal, noon),
	} {
		if got := indexOf(other)[open]; got == first || got.Sort[:13] != first.Sort[:13] {
			t.Errorf("%s of %s: got %+v, want another entry of the same time as %+v", other.OrderID, other.UserID, got, first)
		}
	}
}

func TestRecordsFitTheDeclaredTable(t *testing.T) {
	tables := map[string]storage.Table{Table.Name: Table}
	for name, o := range specimens(t) {
		r, err := Encode(o)
		if err != nil {
			t.Fatalf("encode %s: %v", name, err)
		}
		c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}}
		if err := c.Validate(tables); err != nil {
			t.Errorf("%s: got %v, want a commit that every engine takes", name, err)
		}
	}
}

// TestBothLibrariesSpellTheSame is for programs that put the package's types into
// documents of their own.
func TestBothLibrariesSpellTheSame(t *testing.T) {
	const doc = `{"id":7,"name":"Soup","price":1.1,"quantity":2,"size":{"ml":1.50}}`
	var ours, standard Item
	if err := json.Unmarshal([]byte(doc), &ours); err != nil {
		t.Fatal(err)
	}
	if err := stdjson.Unmarshal([]byte(doc), &standard); err != nil {
		t.Fatal(err)
	}
	wantSame(t, "item", ours, standard)
	for _, v := range []any{&ours, &Item{ID: ID{"7", true}, Name: "Soup"}, &Courier{ID: ID{"7", true}, Name: "Ivy", Rest: jsontext.Value(`{"phone":"5"}`)}, &Courier{}} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := stdjson.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		wantBytes(t, "spelled by encoding/json", want, got)
	}
}
