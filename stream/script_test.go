package stream

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"comanda/feed"
	"comanda/order"
	"comanda/storagetest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// script is a stream that a test writes: shards with records, of which some may
// be trimmed, and iterators that expire when told.
type script struct {
	t      *testing.T
	shards []*scriptedShard
	view   types.StreamViewType
	page   int // shards of a page

	age      int              // of iterators: those of an earlier age have expired
	fail     map[string]error // the next call of a method
	requests map[string]int
}

type scriptedShard struct {
	id, parent string
	sequences  []int
	closed     bool
	trimmed    int // records up to this sequence are gone
	holes      int // empty answers before the records
}

func newScript(t *testing.T, shards ...*scriptedShard) *script {
	return &script{t: t, shards: shards, view: types.StreamViewTypeNewAndOldImages, page: 2, fail: map[string]error{}, requests: map[string]int{}}
}

// call counts a request and returns the error that it is to meet.
func (s *script) call(method string) error {
	s.requests[method]++
	err := s.fail[method]
	delete(s.fail, method)
	return err
}

// ListStreams knows of no other streams than the one that a test finds.
func (s *script) ListStreams(context.Context, *dynamodbstreams.ListStreamsInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.ListStreamsOutput, error) {
	return &dynamodbstreams.ListStreamsOutput{}, s.call("ListStreams")
}

func (s *script) DescribeStream(_ context.Context, in *dynamodbstreams.DescribeStreamInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.DescribeStreamOutput, error) {
	if err := s.call("DescribeStream"); err != nil {
		return nil, err
	}
	d := &types.StreamDescription{StreamViewType: s.view}
	first := 1 + slices.IndexFunc(s.shards, func(h *scriptedShard) bool { return h.id == aws.ToString(in.ExclusiveStartShardId) })
	for _, h := range s.shards[first:min(first+s.page, len(s.shards))] {
		shard := types.Shard{ShardId: &h.id, SequenceNumberRange: &types.SequenceNumberRange{}}
		if h.parent != "" {
			shard.ParentShardId = &h.parent
		}
		if h.closed {
			shard.SequenceNumberRange.EndingSequenceNumber = aws.String("9")
		}
		d.Shards = append(d.Shards, shard)
	}
	if first+s.page < len(s.shards) {
		d.LastEvaluatedShardId = &s.shards[first+s.page-1].id
	}
	return &dynamodbstreams.DescribeStreamOutput{StreamDescription: d}, nil
}

func (s *script) shard(id string) *scriptedShard {
	i := slices.IndexFunc(s.shards, func(h *scriptedShard) bool { return h.id == id })
	if i < 0 {
		s.t.Fatalf("request for shard %q, which isn't there", id)
	}
	return s.shards[i]
}

// iterator is the shard, the age and the sequence after which it goes on.
func (s *script) iterator(id string, after int) *string {
	return aws.String(fmt.Sprintf("%s/%d/%d", id, s.age, after))
}

func (s *script) GetShardIterator(_ context.Context, in *dynamodbstreams.GetShardIteratorInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error) {
	if err := s.call("GetShardIterator"); err != nil {
		return nil, err
	}
	h, after := s.shard(*in.ShardId), 0
	if in.ShardIteratorType == types.ShardIteratorTypeAfterSequenceNumber {
		if len(*in.SequenceNumber) < minSequence {
			s.t.Errorf("sequence number %q: got %d characters, want %d at least", *in.SequenceNumber, len(*in.SequenceNumber), minSequence)
		}
		after, _ = strconv.Atoi(*in.SequenceNumber)
		if after <= h.trimmed {
			return nil, &types.TrimmedDataAccessException{}
		}
	}
	return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: s.iterator(h.id, max(after, h.trimmed))}, nil
}

func (s *script) GetRecords(_ context.Context, in *dynamodbstreams.GetRecordsInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error) {
	if err := s.call("GetRecords"); err != nil {
		return nil, err
	}
	part := strings.Split(*in.ShardIterator, "/")
	h := s.shard(part[0])
	if part[1] != strconv.Itoa(s.age) {
		return nil, &types.ExpiredIteratorException{}
	}
	after, _ := strconv.Atoi(part[2])
	if after < h.trimmed {
		return nil, &types.TrimmedDataAccessException{}
	}
	out := &dynamodbstreams.GetRecordsOutput{}
	if h.holes > 0 {
		h.holes--
		out.NextShardIterator = s.iterator(h.id, after)
		return out, nil
	}
	for _, n := range h.sequences {
		if n > after && len(out.Records) < int(*in.Limit) {
			out.Records, after = append(out.Records, scripted(n)), n
		}
	}
	if last := h.sequences; !h.closed || len(last) > 0 && after < last[len(last)-1] {
		out.NextShardIterator = s.iterator(h.id, after)
	}
	return out, nil
}

func scripted(n int) types.Record {
	return types.Record{EventID: aws.String(fmt.Sprint("e-", n)), EventName: types.OperationTypeInsert, Dynamodb: &types.StreamRecord{
		SequenceNumber: aws.String(fmt.Sprintf("%021d", n)), ApproximateCreationDateTime: &noon,
		NewImage: map[string]types.AttributeValue{"userId": &types.AttributeValueMemberS{Value: "ana"}, "orderId": &types.AttributeValueMemberS{Value: fmt.Sprint("o-", n)}},
	}}
}

// reading is a poller of a script with its clock.
type reading struct {
	*Poller
	*script
	clock *storagetest.Clock
	finds int
}

func newReading(t *testing.T, shards ...*scriptedShard) *reading {
	r := &reading{script: newScript(t, shards...), clock: storagetest.NewClock(noon)}
	r.Poller = NewPoller(r.script, order.Table, func(context.Context) (string, error) { r.finds++; return "arn:made-up", nil }, r.clock.Now)
	r.list()
	return r
}

func (r *reading) list() []string {
	r.t.Helper()
	found, err := r.Shards(background)
	if err != nil {
		r.t.Fatal(err)
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	return ids
}

// want reads and compares sequences, closed and lost.
func (r *reading) want(shard string, after feed.Sequence, limit int, sequences string, flags ...string) {
	r.t.Helper()
	b, err := r.Read(background, shard, after, limit)
	if err != nil {
		r.t.Fatalf("read %s after %q: %v", shard, after, err)
	}
	var got []string
	for _, c := range b.Changes {
		got = append(got, string(c.Sequence))
	}
	if text := strings.Join(got, " "); text != sequences || b.Closed != slices.Contains(flags, "closed") || b.Lost != slices.Contains(flags, "lost") {
		r.t.Errorf("read %s after %q: got %q, closed %v, lost %v; want %q %v", shard, after, text, b.Closed, b.Lost, sequences, flags)
	}
}
