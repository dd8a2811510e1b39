package order

import (
	stdjson "encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"comanda/payload"
	"comanda/storagetest"

	"github.com/go-json-experiment/json"
)

// everything returns a content that has every member, as JSON.
func everything(t *testing.T) (Content, []byte) {
	t.Helper()
	c := dinner() // and what golden files have not
	text, err := json.Marshal(&c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := pathsOf(t, text), storagetest.Members(reflect.TypeFor[Content]()); !slices.Equal(got, want) {
		t.Fatalf("everything has the members %q, want all of %q: give it a value for each new one, and not to dinner, which golden files are made of", got, want)
	}
	return c, text
}

func pathsOf(t *testing.T, text []byte) []string {
	t.Helper()
	found, err := storagetest.Leaves(text)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(found))
}

// altered returns JSON with another value for a member.
func altered(t *testing.T, text []byte, path string) []byte {
	t.Helper()
	var root any
	if err := stdjson.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	names := strings.Split(path, ".")
	v := root
	for _, name := range names[:len(names)-1] {
		v = v.(map[string]any)[name]
		if list, ok := v.([]any); ok {
			v = list[0]
		}
	}
	parent, last := v.(map[string]any), names[len(names)-1]
	switch value := parent[last].(type) {
	case string:
		parent[last] = value + "x"
	case float64:
		parent[last] = value + 1
	default:
		t.Fatalf("member %s is %v, which this test can't alter", path, value)
	}
	out, err := stdjson.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryMemberOfAContentIsReadAndCompared(t *testing.T) {
	c, text := everything(t)
	read := func(text []byte) Content {
		var report payload.Report
		got := ReadContent(payload.Parse(text, &report), AcceptTotal)
		if err := report.Err(); err != nil {
			t.Fatalf("read %s: %v", text, err)
		}
		return got
	}
	if got := read(text); !got.Same(c) {
		t.Errorf("read %s: got %+v, want %+v", text, got, c)
	}
	for _, path := range pathsOf(t, text) {
		if other := read(altered(t, text, path)); other.Same(c) {
			t.Errorf("a content with another %s counts as the same, want readContent and Content.Same to look at it", path)
		}
	}
}

func TestEveryMemberOfAContentIsStoredAndAnswered(t *testing.T) {
	c, text := everything(t)
	o := must(t)(Place("ana", "o-1", c, AcceptTotal, noon).Edit(lunch(), AcceptTotal, noon))
	o = must(t)(o.Edit(c, AcceptTotal, noon.Add(time.Minute)))
	r, err := Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := o.Render(Owner)
	if err != nil {
		t.Fatal(err)
	}
	first, err := o.FirstAnswer()
	if err != nil {
		t.Fatal(err)
	}
	stored, answered, repeated := pathsOf(t, r.Doc), pathsOf(t, answer), pathsOf(t, first)
	for _, path := range pathsOf(t, text) {
		if !slices.Contains(stored, path) || !slices.Contains(stored, "placed."+path) {
			t.Errorf("document: got %q, want %s in it and in what was placed", stored, path)
		}
		if !slices.Contains(answered, path) || !slices.Contains(repeated, path) {
			t.Errorf("answers: got %q and %q, want %s in both", answered, repeated, path)
		}
	}
}

// TestAnErasureLeavesOnlyWhatTheBusinessNeeds has the list of what isn't personal. A
// new member is either added to it or erased.
func TestAnErasureLeavesOnlyWhatTheBusinessNeeds(t *testing.T) {
	kept := []string{
		"delivery.id", "delivery.name", "orderItems.id", "orderItems.name", "orderItems.price", "orderItems.quantity", "restaurantId", "totalAmount",
	}
	c, _ := everything(t)
	for what, o := range map[string]Order{
		"placed": Place("ana", "o-1", c, AcceptTotal, noon),
		"edited": must(t)(Place("ana", "o-1", c, AcceptTotal, noon).Edit(lunch(), AcceptTotal, noon)),
	} {
		erased := o.Erase(staff, noon)
		for part, left := range map[string]Content{"content": erased.Content, "placement": erased.placed().Content} {
			text, err := json.Marshal(&left)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range pathsOf(t, text) {
				if !slices.Contains(kept, path) {
					t.Errorf("%s: the %s has %s after an erasure: Content.WithoutPersonal has to take it, or this list to keep it", what, part, path)
				}
			}
		}
	}
}
