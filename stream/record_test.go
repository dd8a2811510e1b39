package stream

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"comanda/order"
	"comanda/storage"

	"github.com/aws/aws-lambda-go/events"
)

const key = `"userId":{"S":"ana"},"orderId":{"S":"o-1"}`

// image is an item as a stream shows it. version "" is of other software.
func image(version, doc string) string {
	if version == "" {
		return `{` + key + `,"data":{"M":{` + doc + `}}}`
	}
	return `{` + key + `,"version":{"S":"` + version + `"},"data":{"M":{` + doc + `}}}`
}

// delivered is a record as Lambda delivers it. An image "" isn't there.
func delivered(t *testing.T, kind, sequence, before, after string) events.DynamoDBEventRecord {
	t.Helper()
	images := ""
	if before != "" {
		images += `,"OldImage":` + before
	}
	if after != "" {
		images += `,"NewImage":` + after
	}
	text := `{"eventID":"e-7","eventName":"` + kind + `","dynamodb":{"ApproximateCreationDateTime":1773489600,"Keys":{` + key +
		`},"SequenceNumber":"` + sequence + `"` + images + `}}`
	var r events.DynamoDBEventRecord
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("record %s: %v", text, err)
	}
	return r
}

func TestIdsOfChanges(t *testing.T) {
	one, two := image("v1", `"n":{"N":"1"}`), image("v2", `"n":{"N":"2"}`)
	foreign, later := image("", `"n":{"N":"1"}`), image("", `"n":{"N":"2"}`)
	for _, tc := range []struct{ name, kind, before, after, want string }{
		{"our insertion", "INSERT", "", one, "v1"},
		{"our change", "MODIFY", one, two, "v2"},
		{"our removal", "REMOVE", two, "", removalID("v2")},
		{"an insertion by others", "INSERT", "", foreign, "e-7"},
		{"a change by others", "MODIFY", foreign, later, "e-7"},
		{"a change by others of our item in place", "MODIFY", one, image("v1", `"n":{"N":"2"}`), "e-7"},
		{"a replacement by others of our item", "MODIFY", one, foreign, "e-7"},
		{"our change of what others wrote", "MODIFY", foreign, two, "v2"},
		{"a removal of what others wrote", "REMOVE", foreign, "", "e-7"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := FromLambda(order.Table, delivered(t, tc.kind, "000000000000000000012", tc.before, tc.after))
			if c.Err != nil || c.ID != tc.want || c.Sequence != "12" || c.Kind != storage.Kind(tc.kind) {
				t.Errorf("got id %q, sequence %q, kind %s (%v), want %q, 12, %s", c.ID, c.Sequence, c.Kind, c.Err, tc.want, tc.kind)
			}
			if want := (storage.Key{Table: order.TableName, Partition: "ana", Sort: "o-1"}); c.Key != want {
				t.Errorf("key: got %+v, want %+v", c.Key, want)
			}
		})
	}
	if a, b := removalID("v1"), removalID("v2"); a == b || len(a) != 22 || a != removalID("v1") {
		t.Errorf("ids of removals: got %q and %q, want two of 22 characters", a, b)
	}
}

func TestNamesOfUnderscoresAreRestoredInOurItemsOnly(t *testing.T) {
	const stored = `"_":{"S":"x"}`
	for version, want := range map[string]string{"v1": `{"":"x"}`, "": `{"_":"x"}`} {
		c := FromLambda(order.Table, delivered(t, "INSERT", "1", "", image(version, stored)))
		if string(c.After) != want {
			t.Errorf("version %q: got %s, want %s", version, c.After, want)
		}
	}
	flat := FromLambda(order.Table, delivered(t, "INSERT", "1", "", `{`+key+`,"name":{"S":"x"}}`))
	if want := `{"name":"x"}`; string(flat.After) != want || flat.Err != nil {
		t.Errorf("an item of others without a document: got %s (%v), want %s", flat.After, flat.Err, want)
	}
}

func TestRecordsThatCantBeReadSayWhy(t *testing.T) {
	one := image("v1", `"name":{"S":"secret"}`)
	for _, tc := range []struct{ name, kind, sequence, before, after, want string }{
		{"no old image", "MODIFY", "5", "", one, "NEW_AND_OLD_IMAGES"},
		{"no new image", "INSERT", "5", "", "", "NEW_AND_OLD_IMAGES"},
		{"a new image of what was removed", "REMOVE", "5", one, one, "NEW_AND_OLD_IMAGES"},
		{"another kind", "RENAME", "5", one, one, "RENAME"},
		{"no sequence", "INSERT", "", "", one, "sequence number"},
		{"a sequence of another kind", "INSERT", "5x", "", one, "sequence number"},
		{"a long sequence", "INSERT", strings.Repeat("1", 41), "", one, "sequence number"},
		{"a key of another type", "INSERT", "5", "", `{"userId":{"N":"1"},"orderId":{"S":"o-1"}}`, "type S"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := FromLambda(order.Table, delivered(t, tc.kind, tc.sequence, tc.before, tc.after))
			bad, ok := errors.AsType[*RecordError](c.Err)
			if !ok || bad.EventID != "e-7" || !strings.Contains(bad.Error(), tc.want) || strings.Contains(bad.Error(), "secret") {
				t.Errorf("got %v, want an error about %s and nothing of what is inside", c.Err, tc.want)
			}
			if c.Before != nil || c.After != nil || tc.sequence == "5" && c.Sequence != "5" {
				t.Errorf("got sequence %q and images %s, %s; want the sequence if it has one, and no images", c.Sequence, c.Before, c.After)
			}
		})
	}
	anonymous := delivered(t, "INSERT", "5", "", image("", `"n":{"N":"1"}`))
	anonymous.EventID = ""
	if c := FromLambda(order.Table, anonymous); !errors.Is(c.Err, errNoID) {
		t.Errorf("a record without any id: got %v, want %v", c.Err, errNoID)
	}
	var empty events.DynamoDBEventRecord
	empty.Change.NewImage = map[string]events.DynamoDBAttributeValue{"userId": {}}
	if c := FromLambda(order.Table, empty); c.Err == nil {
		t.Error("an attribute without a value: got no error, want one")
	}
}
