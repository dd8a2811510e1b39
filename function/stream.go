package function

import (
	"encoding/json"
	"errors"

	lambda "github.com/aws/aws-lambda-go/events"

	"comanda/feed"
	"comanda/order"
	"comanda/stream"
)

// errNoRecord says that a record of a stream isn't in a record's form.
var errNoRecord = errors.New("it isn't in the form of a record of DynamoDB's stream")

// streamRecords are records of the orders' stream as an event has them, each for
// itself, so that one that can't be read stays alone.
type streamRecords []json.RawMessage

// changes returns the changes of the records, in their order.
func (r streamRecords) changes() []feed.Change {
	out := make([]feed.Change, len(r))
	for i, raw := range r {
		var record lambda.DynamoDBEventRecord
		err := json.Unmarshal(raw, &record)
		if err == nil {
			out[i] = stream.FromLambda(order.Table, record)
			continue
		}
		head := headOf(raw)
		record = lambda.DynamoDBEventRecord{EventID: head.ID, Change: lambda.DynamoDBStreamRecord{SequenceNumber: head.Change.Sequence}}
		out[i] = stream.FromLambda(order.Table, record)
		out[i].Err = &stream.RecordError{EventID: head.ID, Err: errNoRecord}
	}
	return out
}

// sequenceNumber returns the sequence number of record i as DynamoDB spells it,
// which is how AWS Lambda wants to be told of a failure.
func (r streamRecords) sequenceNumber(i int) string { return headOf(r[i]).Change.Sequence }

// head is as much of a record as names it.
type head struct {
	ID     string `json:"eventID"`
	Change struct {
		Sequence string `json:"SequenceNumber"`
	} `json:"dynamodb"`
}

func headOf(record json.RawMessage) (h head) {
	if json.Unmarshal(record, &h) != nil {
		return head{} // the reader of the record says what it lacks
	}
	return h
}
