package function

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/report"
	"comanda/storage"
)

// recordsOfADay returns records of a stream of orders from placed to delivered or
// canceled, some of which can't be read, and how many orders are in which status at the end.
func recordsOfADay(random *rand.Rand, n int) (records []string, orders map[string]int64, bad int) {
	next := map[string]string{"PLACED": "ACKNOWLEDGED", "ACKNOWLEDGED": "DISPATCHED", "DISPATCHED": "DELIVERED"}
	orders = map[string]int64{"PLACED": 0, "ACKNOWLEDGED": 0, "DISPATCHED": 0, "DELIVERED": 0, "CANCELED": 0}
	statuses := map[string]string{}
	var ids []string
	for i := range n {
		if random.IntN(30) == 0 {
			bad++
			records = append(records, fmt.Sprintf(`{"eventID":"event-%d","dynamodb":{"SequenceNumber":"%024d","Keys":7}}`, i+1, i+1))
			continue
		}
		id := fmt.Sprint("day-", i)
		if len(ids) > 0 && random.IntN(3) > 0 {
			id = ids[random.IntN(len(ids))]
		}
		was, is := statuses[id], "PLACED"
		kind, before := "INSERT", ""
		switch {
		case was == "":
			ids = append(ids, id)
		case next[was] == "":
			kind, before, is = "REMOVE", orderImage(was), ""
		default:
			kind, before, is = "MODIFY", orderImage(was), next[was]
			if random.IntN(5) == 0 {
				is = "CANCELED"
			}
		}
		after := ""
		if is != "" {
			after = orderImage(is)
			orders[is]++
		}
		if was != "" {
			orders[was]--
		}
		statuses[id] = is
		records = append(records, strings.ReplaceAll(streamRecord(i+1, kind, before, after), `"o-1"`, `"`+id+`"`))
	}
	return records, orders, bad
}

// TestADayIsCountedAsLambdaDeliversIt delivers a stream in the event source mapping's own JSON:
// windows that end in time or early, invocations whose answer gets lost, and batches of which the function
// refuses a part, as dead letters can't be kept.
func TestADayIsCountedAsLambdaDeliversIt(t *testing.T) {
	env, dead := withFeed(t, report.Table)
	start := func(env map[string]string) *Handler {
		t.Helper()
		h, err := New(environment("reports", env), io.Discard, "test")
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	healthy := start(env)
	broken := maps.Clone(env)
	broken["FEED_TABLE"] = "nothing-of-the-kind"
	handlers := []*Handler{healthy, healthy, start(broken)}

	random := rand.New(rand.NewPCG(2026, 11))
	records, want, bad := recordsOfADay(random, 400)
	state := map[string]string{}
	lost, failures, early := 0, 0, 0
	for done := 0; done < len(records) || len(state) > 0; {
		n := min(len(records)-done, random.IntN(50))
		final, soon := n == 0 || random.IntN(4) == 0, false
		if !final && random.IntN(4) == 0 {
			soon = true
		}
		kept, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		payload := fmt.Sprintf(`{"Records":[%s],"shardId":"shardId-1","eventSourceARN":"arn","window":{"start":"2026-05-01T12:00:00Z","end":"2026-05-01T12:00:45Z"},
			"state":%s,"isFinalInvokeForWindow":%v,"isWindowTerminatedEarly":%v}`, strings.Join(records[done:done+n], ","), kept, final, soon)
		answer, err := handlers[random.IntN(len(handlers))].Invoke(t.Context(), []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		if random.IntN(8) == 0 {
			lost++
			continue
		}
		if soon {
			early++
		}
		var out windowed
		if err := json.Unmarshal(answer, &out); err != nil {
			t.Fatal(err)
		}
		state = out.State
		if len(out.Failures) == 0 {
			done += n
			if (final || soon) && len(state) > 0 {
				t.Fatalf("at the end of a window, early %v: got a state, want none", soon)
			}
			continue
		}
		failures++
		for !strings.Contains(records[done], `"SequenceNumber":"`+out.Failures[0].ID+`"`) {
			done++
		}
	}
	if lost == 0 || failures == 0 || early == 0 {
		t.Errorf("got %d lost answers, %d failures of a part and %d windows that ended early, want some of each", lost, failures, early)
	}
	wantOfADay(t, env, want)
	if got, _, err := dead.List(t.Context(), "", 100); err != nil || len(got) != bad {
		t.Errorf("dead letters: got %d, %v, want %d", len(got), err, bad)
	}
}

// wantOfADay compares the report with the orders, of two units and 9 in all each.
func wantOfADay(t *testing.T, env map[string]string, want map[string]int64) {
	t.Helper()
	store, err := dynamo.New(dynamolocal.Client(t), []storage.Table{report.Table}, dynamo.Options{Prefix: env[TablePrefixVariable]})
	if err != nil {
		t.Fatal(err)
	}
	got, err := report.NewService(report.Config{Store: store, Zone: time.UTC, Now: func() time.Time { return noon }}).Read(context.Background(), report.Query{Top: 10})
	if err != nil {
		t.Fatal(err)
	}
	var counted int64
	for status, n := range want {
		if status != "CANCELED" {
			counted += n
		}
	}
	if !maps.Equal(got.Orders, want) || got.Revenue.String() != fmt.Sprint(9*counted) || len(got.TopProducts) != 1 || got.TopProducts[0].Units != 2*counted {
		t.Errorf("got %v, revenue %v and products %+v, want %v, %d and %d units", got.Orders, got.Revenue, got.TopProducts, want, 9*counted, 2*counted)
	}
}
