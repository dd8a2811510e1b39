package acceptance

import (
	"context"
	"os"
	"testing"
	"time"

	"comanda/app"
	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/order"
	"comanda/pool"
	"comanda/storage"
	changes "comanda/stream"
	"comanda/testbed/recorder"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
)

// onDynamoDB is the program on DynamoDB, with the user pool in tables beside the
// orders: what `comanda serve --store dynamodb --identity embedded` runs, in this
// process, on DynamoDB Local and a real port, with a clock that can be moved.
type onDynamoDB struct {
	keys    pool.Keys
	client  *dynamodb.Client
	streams *dynamodbstreams.Client

	recorder *recorder.Recorder // of what servers ask of DynamoDB
	recorded *dynamodb.Client   // which it listens to
}

// newOnDynamoDB ends the test where DynamoDB Local is missing.
func newOnDynamoDB(t *testing.T) *onDynamoDB {
	t.Helper()
	client := dynamolocal.Client(t)
	o := client.Options()
	streams := dynamodbstreams.New(dynamodbstreams.Options{Region: o.Region, BaseEndpoint: o.BaseEndpoint, Credentials: o.Credentials})
	asked := newRecorder(t)
	recorded := dynamodb.New(o, func(o *dynamodb.Options) { o.HTTPClient = asked.Around("serve", o.HTTPClient) })
	return &onDynamoDB{newKeys(t), client, streams, asked, recorded}
}

// matchPolicy compares what servers have asked of DynamoDB with the policy that the
// documentation gives them. Streams are asked directly, for what package stream calls.
func (d *onDynamoDB) matchPolicy(t *testing.T) {
	page, err := os.ReadFile("../docs/fleet.md")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := recorder.PolicyIn(string(page))
	if err != nil {
		t.Fatal(err)
	}
	needed, wrong := d.recorder.Asked("serve")
	for _, action := range []string{"DescribeStream", "GetRecords", "GetShardIterator"} {
		needed["dynamodb:"+action] = []string{recorder.Call{Table: order.TableName}.ARN() + "/stream/2026-11-03T12:00:00.000"}
	}
	for _, w := range append(wrong, policy.Compare(needed)...) {
		t.Error(w)
	}
}

func (*onDynamoDB) name() string            { return "dynamodb" }
func (*onDynamoDB) differs(difference) bool { return false }
func (*onDynamoDB) lacks(id string) bool    { return id == "events" }

func (d *onDynamoDB) open(t *testing.T, o options) server {
	t.Helper()
	prefix := dynamolocal.Prefix()
	createTables(t, d.client, prefix)
	s := newInProcess(d.keys, o, func(s *inProcess) (opened, error) {
		store, err := dynamo.Open(context.Background(), d.recorded, app.Tables(), dynamoOptions(prefix))
		if err != nil {
			return opened{}, err
		}
		engine := app.Engine{Store: store, Shared: true}
		if !o.follow {
			return opened{Engine: engine}, nil
		}
		find := func(ctx context.Context) (string, error) { return store.StreamARN(ctx, order.TableName) }
		engine.Feed.Source = changes.NewPoller(d.streams, order.Table, find, time.Now)
		return opened{Engine: engine}, nil
	})
	s.run(t)
	return s
}

// dynamoOptions are those of a deployment whose tables begin with a prefix.
func dynamoOptions(prefix string) dynamo.Options {
	return dynamo.Options{
		Prefix: prefix,
		Index:  map[string]func(storage.Key, []byte) map[string]storage.IndexKey{order.TableName: order.IndexOf},
	}
}

// createTables makes the program's tables.
func createTables(t *testing.T, client *dynamodb.Client, prefix string) {
	t.Helper()
	if err := dynamo.CreateTables(context.Background(), client, app.Tables(), dynamoOptions(prefix)); err != nil {
		t.Fatal(err)
	}
}
