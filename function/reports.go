package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"

	"comanda/feed"
	"comanda/report"
)

// windowEvent is what an event source mapping with a tumbling window delivers,
// with each record for itself.
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
type windowEvent struct {
	Records streamRecords `json:"Records"`
	lambda.TimeWindowProperties
}

// Entries of the state that a window carries from one invocation to the next.
const (
	stateKey  = "changes"
	newestKey = "newest" // when the newest of them was committed, in milliseconds since 1970; a window usually ends without a record
)

var errNoWindow = errors.New("the event names no shard: the event source mapping needs a tumbling window, without which nothing can be counted exactly once")

// reports counts orders from their stream.
func (h *Handler) reports(string) (event, error) {
	s := h.settings
	store, err := s.store()
	if err != nil {
		return nil, err
	}
	watch := observer{h.metrics}
	window := report.NewWindow(report.Config{
		Store: store, Zone: s.zone, Now: h.now, Dead: feed.NewDeadLetters(store), Observer: watch, Logger: h.logger,
	})
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var e windowEvent
		if err := json.Unmarshal(payload, &e); err != nil {
			return nil, fmt.Errorf("read the event: it isn't one of a stream: %w", err)
		}
		if e.ShardID == "" {
			return nil, errNoWindow
		}
		changes := e.Records.changes()
		result, err := window.Handle(ctx, report.Invocation{
			Shard: e.ShardID, Changes: changes, State: e.State[stateKey], End: e.IsFinalInvokeForWindow || e.IsWindowTerminatedEarly,
		})
		if err != nil {
			h.logger.ErrorContext(ctx, "orders could not be counted and will be delivered again", "shard", e.ShardID, "error", err.Error())
			return nil, errors.New("orders could not be counted now")
		}
		newest := e.newest(changes, result)
		if result.State == "" && newest > 0 {
			watch.Lagged(report.Name, h.now().Sub(time.UnixMilli(newest)))
		}
		return e.response(changes, newest, result)
	}, nil
}

// newest returns when the newest change of the window was committed that has been taken
// in, in milliseconds since 1970; 0 when there is none.
func (e windowEvent) newest(changes []feed.Change, r report.Result) int64 {
	newest, err := strconv.ParseInt(e.State[newestKey], 10, 64)
	if err != nil {
		newest = 0 // it is a metric's; an older state has none
	}
	for _, c := range changes {
		if r.Failed != "" && c.Sequence == r.Failed {
			break
		}
		if !c.Time.IsZero() {
			newest = max(newest, c.Time.UnixMilli())
		}
	}
	return newest
}

// response returns the answer to AWS Lambda: the state, and the first record that
// has to be delivered again with all after it.
func (e windowEvent) response(changes []feed.Change, newest int64, r report.Result) ([]byte, error) {
	out := lambda.DynamoDBTimeWindowEventResponse{BatchItemFailures: []lambda.DynamoDBBatchItemFailure{}}
	out.State = map[string]string{}
	if r.State != "" {
		out.State[stateKey], out.State[newestKey] = r.State, strconv.FormatInt(newest, 10)
	}
	for i, c := range changes {
		if r.Failed != "" && c.Sequence == r.Failed {
			out.BatchItemFailures = append(out.BatchItemFailures, lambda.DynamoDBBatchItemFailure{ItemIdentifier: e.Records.sequenceNumber(i)})
			break
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write the answer: %w", err)
	}
	return text, nil
}
