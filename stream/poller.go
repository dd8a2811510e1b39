package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	ListStreams(context.Context, *dynamodbstreams.ListStreamsInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.ListStreamsOutput, error)
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

// Poller is the feed of a table's stream, read through the Streams API. When the
// stream is switched off and on again the table has a new one; the old one is read as long as
// DynamoDB keeps it, a day, first in each round. It is a
// [feed.Source]. Besides the context's, its errors are [storage.ErrBusy], when DynamoDB throttles,
// and those of DynamoDB.
type Poller struct {
	api   API
	find  func(context.Context) (string, error)
	table storage.Table
	now   func() time.Time

	mu      sync.Mutex
	streams []string  // ARNs, oldest first; empty: find them
	listed  time.Time // zero: list again
	shards  []feed.Shard
	states  map[string]*shard
}

var _ feed.Source = (*Poller)(nil)

// NewPoller returns the feed of a table. find returns the ARN of the table's
// stream, like the method StreamARN of a store on DynamoDB; it is asked again when
// the stream was switched off or is no more. Nothing is sent yet.
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
	if len(p.streams) == 0 {
		if err := p.discoverLocked(ctx); err != nil {
			return nil, err
		}
	}
	writing, err := p.listLocked(ctx)
	if err == nil && !writing {
		p.listed = time.Time{} // look again soon, if there is no new one: nothing would come any more
		if err := p.discoverLocked(ctx); err != nil {
			return nil, err
		}
		_, err = p.listLocked(ctx)
	}
	if err != nil {
		p.forgetLocked(err)
		return nil, fmt.Errorf("list the shards of table %s: %w", p.table.Name, known(err))
	}
	return p.shards, nil
}

// discoverLocked finds the table's stream, and those before it that DynamoDB still has.
func (p *Poller) discoverLocked(ctx context.Context) error {
	arn, err := p.find(ctx)
	if err != nil {
		return fmt.Errorf("find the stream of table %s: %w", p.table.Name, err)
	}
	labels := map[string]string{arn: labelOf(arn)}
	in := &dynamodbstreams.ListStreamsInput{TableName: aws.String(tableOf(arn))}
	for {
		out, err := p.api.ListStreams(ctx, in)
		if err != nil {
			return fmt.Errorf("list the streams of table %s: %w", p.table.Name, known(err))
		}
		for _, s := range out.Streams {
			labels[aws.ToString(s.StreamArn)] = aws.ToString(s.StreamLabel)
		}
		if in.ExclusiveStartStreamArn = out.LastEvaluatedStreamArn; in.ExclusiveStartStreamArn == nil {
			break
		}
	}
	p.streams = slices.SortedFunc(maps.Keys(labels), func(a, b string) int { return cmp.Compare(labels[a], labels[b]) })
	return nil
}

// tableOf and labelOf take the name of a stream apart: arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE/stream/LABEL,
// whose label is the time when it was made.
func tableOf(arn string) string {
	_, rest, _ := strings.Cut(arn, ":table/")
	table, _, _ := strings.Cut(rest, "/")
	return table
}

func labelOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// listLocked lists the shards of all streams, and reports whether the newest is being written.
func (p *Poller) listLocked(ctx context.Context) (writing bool, err error) {
	states, shards := map[string]*shard{}, []feed.Shard(nil)
	for i, arn := range p.streams {
		status, found, err := p.list(ctx, arn)
		if i < len(p.streams)-1 && (is[*types.ResourceNotFoundException](err) || errors.Is(err, errImages)) {
			continue // an old one whose day is over, or that was of other software
		}
		if err != nil {
			return false, err
		}
		for _, f := range found {
			id := aws.ToString(f.ShardId)
			states[id] = cmp.Or(p.states[id], &shard{poller: p, id: id, arn: arn})
			states[id].ended.Store(f.SequenceNumberRange != nil && f.SequenceNumberRange.EndingSequenceNumber != nil)
		}
		shards = append(shards, lineage(found)...)
		writing = status != types.StreamStatusDisabled && status != types.StreamStatusDisabling
	}
	p.states, p.shards, p.listed = states, shards, p.now()
	return writing, nil
}

func (p *Poller) list(ctx context.Context, arn string) (types.StreamStatus, []types.Shard, error) {
	var found []types.Shard
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: &arn}
	for {
		out, err := p.api.DescribeStream(ctx, in)
		if err != nil {
			return "", nil, err
		}
		d := out.StreamDescription
		if d.StreamViewType != types.StreamViewTypeNewAndOldImages {
			return "", nil, errImages
		}
		found = append(found, d.Shards...)
		if d.LastEvaluatedShardId == nil {
			return d.StreamStatus, found, nil
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
		p.streams, p.listed, p.states = nil, time.Time{}, make(map[string]*shard)
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
