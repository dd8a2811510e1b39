package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"reflect"
	"testing"
	"time"

	"comanda/dynamolocal"
	"comanda/feed"
	"comanda/order"
	"comanda/storage"
	"comanda/storagetest"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 250_000_000, time.UTC)

// history is what happens to records, commit by commit: documents as an order
// has them, and such as only an engine has to bear. "" removes.
var history = []struct{ user, order, doc string }{
	{"ana", "o-1", `{"format":1,"status":"PLACED","totalAmount":19.97,"orderItems":[{"id":1,"name":"Soup","price":9.99,"quantity":1}]}`},
	{"ana", "o-2", `{"":1,"_":{"__":[{"_":null}]},"a_":"x"}`},
	{"ben", "o-1", `{"empty":{},"none":[],"text":"","yes":true,"no":false,"nothing":null}`},
	{"ana", "o-1", `{"format":1,"status":"CANCELED","totalAmount":0.0001,"note":"§ \" \\ \u0000 \u2028"}`},
	{"ana", "o-2", ``},
	{"ben", "o-1", `{"numbers":[0,-0.5,12345678901234567890123456789012345678,1e125,1.5e-100]}`},
	{"ana", "o-2", `{"again":true}`},
	{"ana", "o-2", `{"again":true}`}, // the same document, by another commit
	{"ben", "o-1", ``},
}

// live applies the history to a store with the ids given.
func live(t *testing.T, s storage.Store, ids []string) {
	t.Helper()
	current := map[storage.Key]*storage.Record{}
	for i, h := range history {
		k := storage.Key{Table: order.TableName, Partition: h.user, Sort: h.order}
		w := storage.Write{Old: current[k]}
		current[k] = nil
		if h.doc != "" {
			w.New = &storage.Record{Key: k, Doc: []byte(h.doc)}
			current[k] = &storage.Record{Key: k, Doc: w.New.Doc, Version: ids[i]}
		}
		if err := s.Commit(background, storage.Commit{ID: ids[i], Writes: []storage.Write{w}}); err != nil {
			t.Fatalf("commit %d: %v", i, err)
		}
	}
}

// wire keeps the bodies of GetRecords' answers, whose records look exactly as
// Lambda delivers them.
type wire struct{ bodies [][]byte }

func (w *wire) option(o *dynamodbstreams.Options) { o.HTTPClient = &http.Client{Transport: w} }

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Header.Get("X-Amz-Target") != "DynamoDBStreams_20120810.GetRecords" {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	w.bodies = append(w.bodies, body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// drain reads a feed from its beginning until nothing comes any more.
func drain(t *testing.T, s feed.Source, clock *storagetest.Clock) (all []feed.Change) {
	t.Helper()
	shards, err := s.Shards(background)
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range shards {
		for at := feed.Sequence(""); ; {
			clock.Move(time.Second)
			b, err := s.Read(background, shard.ID, at, 4)
			if err != nil {
				t.Fatal(err)
			}
			if b.Lost {
				t.Error("a batch after the beginning of the stream: got changes lost, want none")
			}
			all = append(all, b.Changes...)
			if len(b.Changes) == 0 {
				break
			}
			at = b.Changes[len(b.Changes)-1].Sequence
		}
	}
	return all
}

func TestBothEnginesTellTheSame(t *testing.T) {
	c, embedded := newCloud(t), newEmbedded(t)
	ids := make([]string, len(history))
	for i := range ids {
		ids[i] = storage.NewCommitID()
	}
	live(t, embedded, ids)
	live(t, c, ids)

	clock := storagetest.NewClock(noon)
	want := drain(t, feed.NewLocal(embedded, order.TableName), clock)
	if len(want) != len(history) {
		t.Fatalf("changes of the embedded feed: got %d, want %d", len(want), len(history))
	}
	w := &wire{}
	polled := drain(t, NewPoller(dynamolocal.Streams(t, w.option), order.Table, c.find, clock.Now), clock)
	var delivered []feed.Change
	for _, body := range w.bodies {
		var e events.DynamoDBEvent
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatal(err)
		}
		for _, r := range e.Records {
			delivered = append(delivered, FromLambda(order.Table, r))
		}
	}
	wantChanges(t, "polled", polled, want)
	wantChanges(t, "delivered to Lambda", delivered, want)
	if !reflect.DeepEqual(polled, delivered) {
		t.Errorf("polled and delivered: got %+v and %+v, want the same", polled, delivered)
	}
}

func wantChanges(t *testing.T, name string, got, want []feed.Change) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d changes, want %d", name, len(got), len(want))
	}
	var last feed.Sequence
	removals := map[string]bool{}
	for i, g := range got {
		w := want[i]
		if g.Err != nil || g.Key != w.Key || g.Kind != w.Kind || !sameJSON(t, g.Before, w.Before) || !sameJSON(t, g.After, w.After) {
			t.Errorf("%s, change %d: got %+v, want %+v", name, i, g, w)
		}
		if g.Sequence.Compare(last) <= 0 || g.Time.IsZero() {
			t.Errorf("%s, change %d: got sequence %q after %q at %v, want a larger one and a time", name, i, g.Sequence, last, g.Time)
		}
		last = g.Sequence
		if g.Kind != storage.Remove {
			if g.ID != w.ID {
				t.Errorf("%s, change %d: got id %q, want %q", name, i, g.ID, w.ID)
			}
			continue
		}
		if len(g.ID) != 22 || removals[g.ID] {
			t.Errorf("%s, change %d: got id %q, want 22 characters that no other removal has", name, i, g.ID)
		}
		removals[g.ID] = true
	}
}

// sameJSON reports whether two documents are the same but for the order of members
// and the spelling of numbers. nil is only nil.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return reflect.DeepEqual(parse(t, a), parse(t, b))
}

func parse(t *testing.T, doc []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("document %s: %v", doc, err)
	}
	return exact(v)
}

func exact(v any) any {
	switch v := v.(type) {
	case json.Number:
		r, _ := new(big.Rat).SetString(v.String())
		return fmt.Sprint("number ", r)
	case []any:
		for i := range v {
			v[i] = exact(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = exact(v[k])
		}
	}
	return v
}
