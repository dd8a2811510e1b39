package stream

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"comanda/feed"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// API is what a [Poller] uses of [dynamodbstreams.Client], whose own retries it
// relies on.
type API interface {
	DescribeStream(context.Context, *dynamodbstreams.DescribeStreamInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.DescribeStreamOutput, error)
	GetShardIterator(context.Context, *dynamodbstreams.GetShardIteratorInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error)
	GetRecords(context.Context, *dynamodbstreams.GetRecordsInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error)
}

// Bounds of polling. DynamoDB serves two readers of a shard and throttles more,
// and lists shards ten times a second for the whole account.
const (
	listEvery = 15 * time.Second       // unless a shard has ended
	pollEvery = 250 * time.Millisecond // at the end of a shard, for all consumers together
	maxLimit  = 1000                   // records that a request may ask for
	maxEmpty  = 20                     // requests in a row that may find nothing in a shard that has ended
)

// Poller is the feed of a table's stream, read through the Streams API. It is a
// [feed.Source]. Besides the context's, its errors are [storage.ErrBusy], when DynamoDB throttles,
// and those of DynamoDB.
type Poller struct {
	api   API
	find  func(context.Context) (string, error)
	table storage.Table
	now   func() time.Time

	mu     sync.Mutex
	arn    string
	listed time.Time // zero: list again
	shards []feed.Shard
	states map[string]*shard
}

var _ feed.Source = (*Poller)(nil)

// NewPoller returns the feed of a table. find returns the ARN of the table's
// stream, like the method StreamARN of a store on DynamoDB; it is asked again when
// the stream is no more. Nothing is sent yet.
func NewPoller(api API, table storage.Table, find func(context.Context) (arn string, err error), now func() time.Time) *Poller {
	return &Poller{api: api, find: find, table: table, now: now, states: make(map[string]*shard)}
}

// Shards implements [feed.Source]. A list is used for some seconds, unless a
// shard of it has ended meanwhile.
func (p *Poller) Shards(ctx context.Context) ([]feed.Shard, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.listed.IsZero() && p.now().Sub(p.listed) < listEvery {
		return p.shards, nil
	}
	if p.arn == "" {
		arn, err := p.find(ctx)
		if err != nil {
			return nil, fmt.Errorf("find the stream of table %s: %w", p.table.Name, err)
		}
		p.arn = arn
	}
	found, err := p.list(ctx, p.arn)
	if err != nil {
		p.forgetLocked(err)
		return nil, fmt.Errorf("list the shards of table %s: %w", p.table.Name, known(err))
	}
	states := make(map[string]*shard, len(found))
	for _, f := range found {
		id := aws.ToString(f.ShardId)
		states[id] = cmp.Or(p.states[id], &shard{poller: p, id: id, arn: p.arn})
		states[id].ended.Store(f.SequenceNumberRange != nil && f.SequenceNumberRange.EndingSequenceNumber != nil)
	}
	p.states, p.shards, p.listed = states, lineage(found), p.now()
	return p.shards, nil
}

func (p *Poller) list(ctx context.Context, arn string) ([]types.Shard, error) {
	var found []types.Shard
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: &arn}
	for {
		out, err := p.api.DescribeStream(ctx, in)
		if err != nil {
			return nil, err
		}
		d := out.StreamDescription
		if d.StreamViewType != types.StreamViewTypeNewAndOldImages {
			return nil, errImages
		}
		found = append(found, d.Shards...)
		if d.LastEvaluatedShardId == nil {
			return found, nil
		}
		in.ExclusiveStartShardId = d.LastEvaluatedShardId
	}
}

// lineage returns shards with parents before children, and otherwise as they came.
func lineage(found []types.Shard) []feed.Shard {
	byID := make(map[string]feed.Shard, len(found))
	for _, f := range found {
		id := aws.ToString(f.ShardId)
		byID[id] = feed.Shard{ID: id, Parent: aws.ToString(f.ParentShardId)}
	}
	sorted := make([]feed.Shard, 0, len(byID))
	var add func(id string)
	add = func(id string) {
		s, waiting := byID[id]
		if !waiting {
			return
		}
		delete(byID, id)
		add(s.Parent)
		sorted = append(sorted, s)
	}
	for _, f := range found {
		add(aws.ToString(f.ShardId))
	}
	return sorted
}

// Read implements [feed.Source]. A batch at the end of an open shard may be empty
// for a moment although there are changes, since the shard isn't asked more than a few times a second.
func (p *Poller) Read(ctx context.Context, id string, after feed.Sequence, limit int) (feed.Batch, error) {
	p.mu.Lock()
	s := p.states[id]
	p.mu.Unlock()
	if s == nil {
		return feed.Batch{}, fmt.Errorf("shard %.64q of table %s isn't listed any more", id, p.table.Name)
	}
	b, err := s.read(ctx, after, limit)
	switch {
	case err != nil:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.forgetLocked(err)
		return feed.Batch{}, fmt.Errorf("read a shard of table %s: %w", p.table.Name, known(err))
	case b.Closed && !s.ended.Swap(true):
		p.mu.Lock()
		defer p.mu.Unlock()
		p.listed = time.Time{} // its children are next
	}
	return b, nil
}

// forgetLocked has everything looked up again if an error says that something is gone.
func (p *Poller) forgetLocked(err error) {
	if is[*types.ResourceNotFoundException](err) {
		p.arn, p.listed, p.states = "", time.Time{}, make(map[string]*shard)
	}
}

var throttled = retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}

// known turns being throttled into what callers know.
func known(err error) error {
	if throttled.IsErrorThrottle(err) == aws.TrueTernary {
		return fmt.Errorf("%w: %w", storage.ErrBusy, err)
	}
	return err
}
