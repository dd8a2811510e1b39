package acceptance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"comanda/order"
	"comanda/testbed/gateway"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// mapping stands for Lambda's event source mapping with a tumbling window: it reads
// the stream of the orders and invokes the function that counts them, shard by shard, batch by
// batch, and once more at the end of each window. Delivery is at least once: it
// repeats every third window on purpose. It stands for the Pipe on the same stream, too.
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
type mapping struct {
	functions *gateway.Functions
	streams   *dynamodbstreams.Client
	arn       string
	shards    map[string]*shard
	windows   int
	problems  []error // with what was announced
}

// shard is one shard of the stream.
type shard struct {
	next    *string           // where to read on; nil: at the end of a closed one
	last    *string           // sequence number of the last record that was read; nil: none
	pending []json.RawMessage // records that are to be delivered
	window  []json.RawMessage // records that were delivered in this window
	state   map[string]string // of this window
}

const (
	mappingBatch = 7                      // records; few, so that windows have several
	mappingPause = 100 * time.Millisecond // between two looks at the stream
)

// follow starts a mapping, and returns what ends it.
func follow(t *testing.T, client *dynamodb.Client, functions *gateway.Functions, prefix string) (end func()) {
	t.Helper()
	name := prefix + order.TableName
	table, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		t.Fatal(err)
	}
	o := client.Options()
	m := &mapping{
		functions: functions, arn: *table.Table.LatestStreamArn, shards: map[string]*shard{},
		streams: dynamodbstreams.New(dynamodbstreams.Options{Region: o.Region, BaseEndpoint: o.BaseEndpoint, Credentials: o.Credentials}),
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("follow the stream: %v", err)
		}
		for _, err := range m.problems {
			t.Errorf("announce changes: %v", err)
		}
	}
}

// run looks until ctx is done, and returns how the last look failed.
func (m *mapping) run(ctx context.Context) error {
	pause := time.NewTicker(mappingPause)
	defer pause.Stop()
	for {
		err := m.look(ctx)
		select {
		case <-pause.C:
		case <-ctx.Done():
			return err
		}
	}
}

// look delivers what has come to every shard whose parent was read to its end.
func (m *mapping) look(ctx context.Context) error {
	described, err := m.streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &m.arn})
	if err != nil {
		return err
	}
	for _, d := range described.StreamDescription.Shards {
		if d.ParentShardId != nil {
			if parent := m.shards[*d.ParentShardId]; parent != nil && parent.next != nil {
				continue
			}
		}
		if m.shards[*d.ShardId] == nil {
			s := &shard{state: map[string]string{}}
			if err := m.begin(ctx, *d.ShardId, s); err != nil {
				return err
			}
			m.shards[*d.ShardId] = s
		}
		if err := m.read(ctx, *d.ShardId); err != nil {
			return err
		}
	}
	return nil
}

// begin goes to where reading goes on.
func (m *mapping) begin(ctx context.Context, id string, s *shard) error {
	in := &dynamodbstreams.GetShardIteratorInput{StreamArn: &m.arn, ShardId: &id, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}
	if s.last != nil {
		in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, s.last
	}
	out, err := m.streams.GetShardIterator(ctx, in)
	if err != nil {
		return err
	}
	s.next = out.ShardIterator
	return nil
}

// records reads on in a shard. DynamoDB Local loses iterators of shards that had no
// record yet.
func (m *mapping) records(ctx context.Context, id string, s *shard) ([]types.Record, error) {
	limit := int32(mappingBatch)
	out, err := m.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: s.next, Limit: &limit})
	var lost *types.TrimmedDataAccessException
	if errors.As(err, &lost) {
		return nil, m.begin(ctx, id, s)
	}
	if err != nil {
		return nil, err
	}
	s.next = out.NextShardIterator
	if n := len(out.Records); n > 0 {
		s.last = out.Records[n-1].Dynamodb.SequenceNumber
	}
	return out.Records, nil
}

// read makes a window of what a shard has.
func (m *mapping) read(ctx context.Context, id string) error {
	s := m.shards[id]
	for range 3 { // batches of a window, at most
		if s.next == nil {
			break
		}
		records, err := m.records(ctx, id, s)
		if err != nil {
			return err
		}
		batch, err := lambdaRecords(records, m.arn)
		if err != nil {
			return err
		}
		s.pending = append(s.pending, batch...)
		if err := m.announce(ctx, batch); err != nil && ctx.Err() == nil {
			m.problems = append(m.problems, err)
		}
		if len(s.pending) == 0 {
			break
		}
		if err := m.deliver(ctx, id, s, false); err != nil {
			return err
		}
	}
	if len(s.window) == 0 {
		return nil
	}
	if err := m.deliver(ctx, id, s, true); err != nil {
		return err
	}
	if m.windows++; m.windows%3 == 0 {
		s.pending = append(s.window, s.pending...)
		if err := m.deliver(ctx, id, s, false); err != nil {
			return err
		}
		if err := m.deliver(ctx, id, s, true); err != nil {
			return err
		}
	}
	s.window = nil
	return nil
}

// deliver invokes the function with what is pending, or at the end of the window
// with its state alone.
func (m *mapping) deliver(ctx context.Context, id string, s *shard, final bool) error {
	now := time.Now().UTC()
	event := map[string]any{
		"Records": s.pending, "shardId": id, "eventSourceARN": m.arn, "state": s.state,
		"window":                 map[string]any{"start": now.Add(-time.Minute), "end": now},
		"isFinalInvokeForWindow": final, "isWindowTerminatedEarly": false,
	}
	if final {
		event["Records"] = []any{}
	}
	text, err := json.Marshal(event)
	if err != nil {
		return err
	}
	payload, err := m.functions.Invoke(ctx, "reports", text)
	if err != nil {
		return err
	}
	var answer struct {
		State             map[string]string
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return err
	}
	if len(answer.BatchItemFailures) > 0 {
		return fmt.Errorf("the function wants record %s of shard %s again", answer.BatchItemFailures[0].ItemIdentifier, id)
	}
	if s.state = answer.State; final {
		s.state = map[string]string{}
		return nil
	}
	s.window, s.pending = append(s.window, s.pending...), nil
	return nil
}

// announce stands for the Pipe on the same stream: it has records made into
// notifications. Every new order is announced.
func (m *mapping) announce(ctx context.Context, records []json.RawMessage) error {
	if len(records) == 0 {
		return nil
	}
	text, err := json.Marshal(records)
	if err != nil {
		return err
	}
	payload, err := m.functions.Invoke(ctx, "enrichment", text)
	if err != nil {
		return err
	}
	var messages []struct{ Type string }
	if err := json.Unmarshal(payload, &messages); err != nil {
		return fmt.Errorf("read the notifications: %w", err)
	}
	placed, announced := strings.Count(string(text), `"eventName":"INSERT"`), 0
	for _, message := range messages {
		if message.Type == "order.placed" {
			announced++
		}
	}
	if announced != placed {
		return fmt.Errorf("%d orders were placed, and %d announced: %s", placed, announced, payload)
	}
	return nil
}

// lambdaRecords are records as Lambda and Pipes deliver them.
func lambdaRecords(records []types.Record, arn string) ([]json.RawMessage, error) {
	var out []json.RawMessage
	for _, r := range records {
		text, err := json.Marshal(lambdaRecord(r, arn))
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}

// lambdaRecord is a record as Lambda delivers it.
func lambdaRecord(r types.Record, arn string) any {
	d := r.Dynamodb
	return map[string]any{
		"eventID": r.EventID, "eventName": r.EventName, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": r.AwsRegion, "eventSourceARN": arn,
		"dynamodb": map[string]any{
			"ApproximateCreationDateTime": d.ApproximateCreationDateTime.Unix(), "SequenceNumber": d.SequenceNumber, "SizeBytes": d.SizeBytes,
			"StreamViewType": d.StreamViewType, "Keys": lambdaValues(d.Keys), "NewImage": lambdaValues(d.NewImage), "OldImage": lambdaValues(d.OldImage),
		},
	}
}

func lambdaValues(attributes map[string]types.AttributeValue) map[string]any {
	if len(attributes) == 0 {
		return nil
	}
	out := map[string]any{}
	for name, v := range attributes {
		out[name] = lambdaValue(v)
	}
	return out
}

// lambdaValue is the JSON of DynamoDB for the types that orders have.
func lambdaValue(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberNULL:
		return map[string]any{"NULL": true}
	case *types.AttributeValueMemberM:
		members := map[string]any{}
		for name, e := range v.Value {
			members[name] = lambdaValue(e)
		}
		return map[string]any{"M": members}
	case *types.AttributeValueMemberL:
		list := []any{}
		for _, e := range v.Value {
			list = append(list, lambdaValue(e))
		}
		return map[string]any{"L": list}
	}
	return nil
}
