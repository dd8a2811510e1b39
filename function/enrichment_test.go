package function

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/feed"
	"comanda/storage"
)

// orderImage returns an order as DynamoDB's streams show it, in the workshop's shape.
func orderImage(status string) string {
	return `{"userId":{"S":"ana"},"orderId":{"S":"o-1"},"data":{"M":{"orderId":{"S":"o-1"},"userId":{"S":"ana"},"restaurantId":{"N":"1"},
		"orderItems":{"L":[{"M":{"id":{"N":"1"},"name":{"S":"Soup"},"price":{"N":"4.5"},"quantity":{"N":"2"}}}]},"totalAmount":{"N":"9"},
		"deliveryAddress":{"S":"Rua Augusta 1"},"note":{"S":"ring twice"},"status":{"S":"` + status + `"},"orderTime":{"S":"2026-05-01T12:00:00Z"}}}}`
}

// streamRecord returns a record of a stream as Lambda and Pipes hand it on. An empty image isn't there.
func streamRecord(n int, kind, before, after string) string {
	images := ""
	if before != "" {
		images += `,"OldImage":` + before
	}
	if after != "" {
		images += `,"NewImage":` + after
	}
	return fmt.Sprintf(`{"eventID":"event-%d","eventName":%q,"eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{
		"ApproximateCreationDateTime":1.7776368E9,"Keys":{"userId":{"S":"ana"},"orderId":{"S":"o-1"}}%s,"SequenceNumber":"%024d","SizeBytes":100,
		"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/shop-orders/stream/1"}`, n, kind, images, n)
}

// withFeed returns an environment with the table of dead letters, and the letters.
func withFeed(t *testing.T, more ...storage.Table) (map[string]string, *feed.DeadLetters) {
	t.Helper()
	tables, opts := append([]storage.Table{feed.Table}, more...), dynamo.Options{Prefix: dynamolocal.Prefix()}
	if err := dynamo.CreateTables(t.Context(), dynamolocal.Client(t), tables, opts); err != nil {
		t.Fatal(err)
	}
	store, err := dynamo.New(dynamolocal.Client(t), tables, opts)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		dynamoVariable: dynamolocal.Endpoint(t), TablePrefixVariable: opts.Prefix, RegionVariable: "us-east-1",
	}, feed.NewDeadLetters(store)
}

func letters(t *testing.T, from *feed.DeadLetters) []feed.DeadLetter {
	t.Helper()
	found, _, err := from.List(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAPipesBatchBecomesNotifications(t *testing.T) {
	env, dead := withFeed(t)
	enrich := newRuntime(t, "enrichment", env)
	batch := "[" + strings.Join([]string{
		streamRecord(1, "INSERT", "", orderImage("PLACED")),
		`{"eventID":"event-2","eventName":"INSERT","dynamodb":{"SequenceNumber":"000000000000000000000002","NewImage":{"userId":{"X":"ana"}}}}`,
		streamRecord(3, "MODIFY", orderImage("PLACED"), orderImage("ACKNOWLEDGED")),
		streamRecord(4, "REMOVE", orderImage("ACKNOWLEDGED"), ""),
	}, ",") + "]"
	for range 2 { // delivered again, it comes to the same
		o := enrich.invoke([]byte(batch), timeout)
		var messages []struct {
			ID, Type string
			Data     struct {
				Order          map[string]any
				PreviousStatus string
			}
		}
		if err := json.Unmarshal(o.body, &messages); err != nil || o.failed || len(messages) != 2 {
			t.Fatalf("got %s, failed %v, %v, want 2 messages", o.body, o.failed, err)
		}
		first, second := messages[0], messages[1]
		if first.ID != "event-1" || first.Type != "order.placed" || first.Data.Order["status"] != "PLACED" {
			t.Errorf("got %+v, want the placement", first)
		}
		if second.ID != "event-3" || second.Type != "order.status_changed" || second.Data.PreviousStatus != "PLACED" {
			t.Errorf("got %+v, want the new status", second)
		}
		for _, secret := range []string{"Augusta", "ring twice"} {
			if strings.Contains(string(o.body), secret) || strings.Contains(enrich.written(), secret) {
				t.Errorf("%q goes out: %s", secret, o.body)
			}
		}
	}
	if got := letters(t, dead); len(got) != 1 || got[0].Consumer != notifier || got[0].Sequence != "2" || got[0].EventID != "event-2" || got[0].Reason == "" {
		t.Errorf("dead letters: got %+v, want the record that can't be read", got)
	}
	if log := enrich.written(); !strings.Contains(log, `"level":"ERROR"`) || !strings.Contains(log, `"consumer":"notifications","DeadLetters":[1]`) ||
		!strings.Contains(log, `"consumer":"notifications","FeedLag":[`) {
		t.Errorf("got the log %s, want an error line and metrics of it and of the lag", log)
	}
}

func TestABatchThatAnnouncesNothingIsAnEmptyList(t *testing.T) {
	env, _ := withFeed(t)
	enrich := newRuntime(t, "enrichment", env)
	for _, batch := range []string{"[]", "[" + streamRecord(1, "REMOVE", orderImage("PLACED"), "") + "]"} {
		if o := enrich.invoke([]byte(batch), timeout); o.failed || string(o.body) != "[]" {
			t.Errorf("got %s, failed %v, want []", o.body, o.failed)
		}
	}
	if o := enrich.invoke([]byte(`{"Records":[]}`), timeout); !o.failed || !strings.Contains(string(o.body), "read the event") {
		t.Errorf("an event source mapping's event: got %s, failed %v, want an error", o.body, o.failed)
	}
}

func TestADeadLetterThatCantBeKeptFailsTheBatch(t *testing.T) {
	env, _ := withFeed(t)
	env["FEED_TABLE"] = "nothing-of-the-kind"
	if o := newRuntime(t, "enrichment", env).invoke([]byte(`[7]`), timeout); !o.failed {
		t.Errorf("got %s, want a failure, so that the batch comes again", o.body)
	}
}

func TestABatchWithAnOrderOfALaterReleaseIsDeliveredAgain(t *testing.T) {
	env, dead := withFeed(t)
	enrich := newRuntime(t, "enrichment", env)
	newer := strings.Replace(orderImage("PLACED"), `"data":{"M":{`, `"data":{"M":{"format":{"N":"2"},`, 1)
	batch := "[" + streamRecord(1, "INSERT", "", orderImage("PLACED")) + "," + streamRecord(2, "MODIFY", orderImage("PLACED"), newer) + "]"
	if o := enrich.invoke([]byte(batch), timeout); !o.failed {
		t.Errorf("got %s, want a failure, so that the Pipe delivers the batch again", o.body)
	}
	if got := letters(t, dead); len(got) != 0 {
		t.Errorf("dead letters: got %+v, want none", got)
	}
	if log := enrich.written(); !strings.Contains(log, "format 2 is newer than this release: upgrade this process") || !strings.Contains(log, `"consumer":"notifications","FeedFailures":[1]`) {
		t.Errorf("got the log %s, want an error line that asks for an upgrade, and a metric", log)
	}
}
