package function

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/report"
	"comanda/storage"
)

// windowed is what the reports' function answers.
type windowed struct {
	State    map[string]string `json:"state"`
	Failures []struct {
		ID string `json:"itemIdentifier"`
	} `json:"batchItemFailures"`
}

// window has the function do one invocation of a window.
func (a *runtimeAPI) window(state map[string]string, final bool, records ...string) windowed {
	a.t.Helper()
	kept, err := json.Marshal(state)
	if err != nil {
		a.t.Fatal(err)
	}
	end := "false"
	if final {
		end = "true"
	}
	o := a.invoke([]byte(`{"Records":[`+strings.Join(records, ",")+`],"shardId":"shardId-1","eventSourceARN":"arn",
		"window":{"start":"2026-05-01T12:00:00Z","end":"2026-05-01T12:01:00Z"},"state":`+string(kept)+`,"isFinalInvokeForWindow":`+end+`,"isWindowTerminatedEarly":false}`), timeout)
	var out windowed
	if err := json.Unmarshal(o.body, &out); err != nil || o.failed {
		a.t.Fatalf("got %s, failed %v, %v", o.body, o.failed, err)
	}
	return out
}

func TestAStreamsWindowIsCountedOnceAtItsEnd(t *testing.T) {
	env, dead := withFeed(t, report.Table)
	count := newRuntime(t, "reports", env)
	store, err := dynamo.New(dynamolocal.Client(t), []storage.Table{report.Table}, dynamo.Options{Prefix: env[TablePrefixVariable]})
	if err != nil {
		t.Fatal(err)
	}
	service := report.NewService(report.Config{Store: store, Zone: time.UTC, Now: func() time.Time { return noon }})
	orders := func() map[string]int64 {
		t.Helper()
		r, err := service.Read(context.Background(), report.Query{Top: 10})
		if err != nil {
			t.Fatal(err)
		}
		return r.Orders
	}
	first := count.window(map[string]string{}, false, streamRecord(1, "INSERT", "", orderImage("PLACED")), `{"eventID":"event-2","dynamodb":{"SequenceNumber":"2","Keys":7}}`)
	if first.State[stateKey] == "" || len(first.Failures) > 0 {
		t.Fatalf("in the window: got %+v, want a state and no failures", first)
	}
	if got := orders(); got["PLACED"] != 0 {
		t.Errorf("in the window: got %v counted, want nothing yet", got)
	}
	second := count.window(first.State, false, streamRecord(3, "MODIFY", orderImage("PLACED"), orderImage("ACKNOWLEDGED")))
	if log := count.written(); strings.Contains(log, "FeedLag") {
		t.Errorf("in the window: got the log %s, want no lag yet", log)
	}
	for range 2 { // the end is delivered again, and as windows end: without a record
		if last := count.window(second.State, true); len(last.State) > 0 || len(last.Failures) > 0 {
			t.Errorf("at the end: got %+v, want neither state nor failures", last)
		}
		if got := orders(); got["PLACED"] != 0 || got["ACKNOWLEDGED"] != 1 {
			t.Errorf("after the window: got %v, want one order, ACKNOWLEDGED", got)
		}
	}
	env[CurrencyVariable] = "EUR"
	event := proxyEvent("GET", "/monitor", "/monitor", func(e *lambda.APIGatewayProxyRequest) {
		e.RequestContext.Authorizer = map[string]any{"sub": "u-1", "groups": `["apiAdmins"]`, "expires": "99999999999"}
	})
	monitor := newRuntime(t, "monitor", env)
	if got := monitor.request(event); got.Status != 200 || !strings.Contains(got.Body, `"ACKNOWLEDGED":1`) || !strings.Contains(got.Body, `"currency":"EUR"`) {
		t.Errorf("the report: got %+v, want the order", got)
	}
	event.RequestContext.Authorizer["groups"] = `["restaurant-1"]`
	if got := monitor.request(event); got.Status != 403 {
		t.Errorf("the report for somebody else: got %+v, want 403", got)
	}
	if got := letters(t, dead); len(got) != 1 || got[0].Shard != "shardId-1" || got[0].Sequence != "2" {
		t.Errorf("dead letters: got %+v, want the record that can't be read", got)
	}
	if log := count.written(); !strings.Contains(log, `"consumer":"reports","FeedLag":[`) {
		t.Errorf("got the log %s, want the lag", log)
	}
}

func TestWhatCouldNotBeHandledIsNamedByItsOwnNumber(t *testing.T) {
	env, _ := withFeed(t, report.Table)
	env["FEED_TABLE"] = "nothing-of-the-kind" // so that a dead letter can't be kept
	count := newRuntime(t, "reports", env)
	const number = "000000000000000000000007"
	got := count.window(nil, false, streamRecord(1, "INSERT", "", orderImage("PLACED")), `{"eventID":"event-7","dynamodb":{"SequenceNumber":"`+number+`"}}`, streamRecord(9, "REMOVE", orderImage("PLACED"), ""))
	if len(got.Failures) != 1 || got.Failures[0].ID != number {
		t.Errorf("got %+v, want the record %s to be delivered again", got, number)
	}
}

func TestWithoutAWindowNothingIsCounted(t *testing.T) {
	env, _ := withFeed(t, report.Table)
	count := newRuntime(t, "reports", env)
	for name, payload := range map[string]string{"no shard": `{"Records":[]}`, "a Pipe's batch": `[]`} {
		if o := count.invoke([]byte(payload), timeout); !o.failed {
			t.Errorf("%s: got %s, want an error", name, o.body)
		}
	}
}
