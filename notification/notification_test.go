package notification

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"

	"github.com/go-json-experiment/json"
)

// update writes golden files that don't exist yet. Receivers rely on what they
// hold: one that no longer fits is a change that receivers must be told of.
var update = flag.Bool("update", false, "write missing golden files")

var (
	noon  = time.Date(2026, 3, 14, 12, 0, 0, 250_000_000, time.UTC)
	staff = order.Actor{ID: "kit-7", Role: order.Staff}
)

func id(t *testing.T, text string, number bool) order.ID {
	t.Helper()
	id, err := order.ParseID(text, number)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func dinner(t *testing.T) order.Content {
	t.Helper()
	return order.Content{
		Restaurant: id(t, "casa:9", false),
		Items:      []order.Item{{ID: id(t, "1", true), Name: `Risotto "bianco" & <b>`, Price: 145_000, Quantity: 3}},
		Total:      450_000,
		Delivery:   &order.Courier{ID: id(t, "44", true), Name: "Wheels"},
		Note:       "no onions",
		Address:    "1 Quay Street",
	}
}

// life is an order on its way through everything that can happen to one.
type life struct {
	placed, edited, moved, erased, acknowledged, canceled order.Order
}

func lifeOf(t *testing.T) life {
	t.Helper()
	must := func(o order.Order, err error) order.Order {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	other := dinner(t)
	other.Items = other.Items[:1:1]
	other.Items = append(other.Items, order.Item{ID: id(t, "p-2", false), Name: "Té", Price: 12_345, Quantity: 1})
	var l life
	l.placed = order.Place("ana", "o-1", dinner(t), order.FlagTotal, noon)
	l.edited = must(l.placed.Edit(other, order.AcceptTotal, noon.Add(time.Minute)))
	other.Address = "2 Quay Street"
	l.moved = must(l.edited.Edit(other, order.AcceptTotal, noon.Add(2*time.Minute)))
	l.erased = l.moved.Erase(order.Actor{ID: "admin", Role: order.Staff}, noon.Add(3*time.Minute))
	l.acknowledged = must(l.placed.Advance(order.Step{Status: order.Acknowledged}, staff, noon.Add(time.Minute)))
	l.canceled = must(l.acknowledged.Advance(order.Step{Status: order.Canceled, Reason: "out of rice"}, staff, noon.Add(5*time.Minute)))
	return l
}

func event(before, after *order.Order) feed.Event {
	return feed.Event{ID: "AAAAAAAAAAAAAAAAAAAAAA", Sequence: "7", Time: noon, UserID: "ana", OrderID: "o-1", Before: before, After: after}
}

func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *update {
		want, err = got, os.WriteFile(path, append(bytes.Clone(got), '\n'), 0o644)
	}
	if err != nil {
		t.Fatalf("golden file: %v", err)
	}
	return bytes.TrimSuffix(want, []byte("\n"))
}

func TestWhatIsAnnouncedAndInWhichWords(t *testing.T) {
	l := lifeOf(t)
	for _, x := range []struct {
		name          string
		before, after *order.Order
		want          Type
	}{
		{"placed", nil, &l.placed, Placed},
		{"edited", &l.placed, &l.edited, Edited},
		{"moved", &l.edited, &l.moved, Edited},
		{"acknowledged", &l.placed, &l.acknowledged, StatusChanged},
		{"canceled", &l.acknowledged, &l.canceled, StatusChanged},
	} {
		n, err := Of(event(x.before, x.after))
		if err != nil || n == nil || n.Type != x.want {
			t.Errorf("%s: got %+v, %v, want %s", x.name, n, err, x.want)
			continue
		}
		if n.ID != "AAAAAAAAAAAAAAAAAAAAAA" || n.UserID != "ana" || n.OrderID != "o-1" {
			t.Errorf("%s: got %s of %s, %s, want the event's ids", x.name, n.ID, n.UserID, n.OrderID)
		}
		if want := golden(t, x.name+".json", n.Body); !bytes.Equal(n.Body, want) {
			t.Errorf("%s:\n got %s\nwant %s", x.name, n.Body, want)
		}
		for _, private := range []string{"no onions", "Quay Street", "kit-7"} {
			if bytes.Contains(n.Body, []byte(private)) {
				t.Errorf("%s: got %s, want no %q in it", x.name, n.Body, private)
			}
		}
	}
}

func TestNothingElseIsAnnounced(t *testing.T) {
	l := lifeOf(t)
	corrected := l.acknowledged
	corrected.Total++
	copied := event(nil, &l.placed)
	copied.Time = noon.Add(6 * time.Minute)
	for name, e := range map[string]feed.Event{
		"copied as it was placed":  copied,
		"removed":                  event(&l.placed, nil),
		"erased":                   event(&l.moved, &l.erased),
		"copied in a later status": event(nil, &l.acknowledged),
		"copied after an edit":     event(nil, &l.edited),
		"written as it was":        event(&l.placed, &l.placed),
		"changed by staff":         event(&l.acknowledged, &corrected),
	} {
		if n, err := Of(e); n != nil || err != nil {
			t.Errorf("%s: got %+v, %v, want nothing", name, n, err)
		}
	}
}

// large returns an order whose notification has about this many bytes.
func large(t *testing.T, size int) order.Order {
	t.Helper()
	c := dinner(t)
	c.Items = nil
	const one = 1200 + len(`{"id":1,"name":"","price":14.5,"quantity":3},`) // U+0001 takes 6 bytes of JSON
	for range size / one {
		c.Items = append(c.Items, order.Item{ID: id(t, "1", true), Name: strings.Repeat("\x01", 200), Price: 145_000, Quantity: 3})
	}
	return order.Place("ana", "o-1", c, order.AcceptTotal, noon)
}

func TestALargeNotificationGoesOutWithoutItems(t *testing.T) {
	fits, tooLarge := large(t, MaxBody-1500), large(t, MaxBody+1500)
	n, err := Of(event(nil, &fits))
	if err != nil || len(n.Body) > MaxBody || len(n.Body) < MaxBody-4000 || bytes.Contains(n.Body, []byte("truncated")) {
		t.Fatalf("just small enough: got %d bytes, %v, want the whole order in at most %d", len(n.Body), err, MaxBody)
	}
	n, err = Of(event(nil, &tooLarge))
	if err != nil {
		t.Fatal(err)
	}
	if want := golden(t, "truncated.json", n.Body); !bytes.Equal(n.Body, want) {
		t.Errorf("too large:\n got %s\nwant %s", n.Body, want)
	}
	if len(tooLarge.Items) == 0 {
		t.Error("the event's order lost its items")
	}
}

// changeOf returns the change between two orders as a feed has it.
func changeOf(t *testing.T, sequence feed.Sequence, before, after *order.Order) feed.Change {
	t.Helper()
	c := feed.Change{Sequence: sequence, Change: storage.Change{ID: "event-" + string(sequence), Time: noon}}
	for o, doc := range map[*order.Order]*[]byte{before: &c.Before, after: &c.After} {
		if o == nil {
			continue
		}
		r, err := order.Encode(*o)
		if err != nil {
			t.Fatal(err)
		}
		c.Key, *doc = r.Key, r.Doc
	}
	return c
}

func TestMessagesHaveTheirIDAndOneBadRecordDoesNotHoldUpTheOthers(t *testing.T) {
	l := lifeOf(t)
	broken := changeOf(t, "3", &l.placed, &l.edited)
	broken.After = []byte(`{"status":7}`)
	messages, dead, err := Messages([]feed.Change{
		changeOf(t, "1", nil, &l.placed), changeOf(t, "2", &l.moved, &l.erased), broken, changeOf(t, "4", &l.placed, &l.acknowledged),
	})
	if len(messages) != 2 || err != nil {
		t.Fatalf("got %d messages, %v, want 2: %s", len(messages), err, messages)
	}
	for i, want := range []struct {
		id   string
		kind Type
	}{{"event-1", Placed}, {"event-4", StatusChanged}} {
		var got body
		if err := json.Unmarshal(messages[i], &got); err != nil || got.ID != want.id || got.Type != want.kind {
			t.Errorf("message %d: got %s %s, %v, want %s %s", i, got.ID, got.Type, err, want.id, want.kind)
		}
	}
	if len(dead) != 1 || dead[0].Sequence != "3" || dead[0].EventID != "event-3" || dead[0].OrderID != "o-1" || dead[0].Reason == "" {
		t.Errorf("dead letters: got %+v, want the third change with its reason", dead)
	}
	if messages, _, _ := Messages(nil); messages == nil {
		t.Error("nothing announced: got null, want an empty list, which is what a pipe expects")
	}
}

func TestAChangeOfALaterReleaseHoldsUpTheMessages(t *testing.T) {
	l := lifeOf(t)
	newer := changeOf(t, "2", &l.placed, &l.edited)
	newer.After = []byte(`{"format":2,"status":"PLACED"}`)
	messages, dead, err := Messages([]feed.Change{changeOf(t, "1", nil, &l.placed), newer})
	if !feed.Newer(err) || messages != nil || dead != nil {
		t.Errorf("got %s, %+v, %v, want neither messages nor dead letters, and an error that asks for an upgrade", messages, dead, err)
	}
}
