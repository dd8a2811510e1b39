package dynamo

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// usage is what operations have used: requests, and read and write units of
// tables and indexes as DynamoDB reports them. A refused write is billed like a
// write, but the refusal doesn't report it.
type usage struct {
	requests    int
	read, write float64
}

// meter adds up what a client uses.
type meter struct {
	mu sync.Mutex
	usage
}

// option has the client ask for the units, and reads them.
func (m *meter) option(o *dynamodb.Options) {
	step := middleware.InitializeMiddlewareFunc("meter", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		askForUnits(in.Parameters)
		out, meta, err := next.HandleInitialize(ctx, in)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.requests++
		for _, c := range units(out.Result) {
			m.read += aws.ToFloat64(c.ReadCapacityUnits) + aws.ToFloat64(c.CapacityUnits)*isRead(out.Result)
			m.write += aws.ToFloat64(c.WriteCapacityUnits) + aws.ToFloat64(c.CapacityUnits)*(1-isRead(out.Result))
		}
		return out, meta, err
	})
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error { return s.Initialize.Add(step, middleware.Before) })
}

func askForUnits(in any) {
	const total = types.ReturnConsumedCapacityTotal
	switch in := in.(type) {
	case *dynamodb.PutItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.UpdateItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.DeleteItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.TransactWriteItemsInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.GetItemInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.QueryInput:
		in.ReturnConsumedCapacity = total
	case *dynamodb.BatchGetItemInput:
		in.ReturnConsumedCapacity = total
	}
}

func units(out any) []types.ConsumedCapacity {
	one := func(c *types.ConsumedCapacity) []types.ConsumedCapacity {
		if c == nil {
			return nil
		}
		// With both kinds given, the sum would count twice.
		if c.ReadCapacityUnits != nil || c.WriteCapacityUnits != nil {
			c.CapacityUnits = nil
		}
		return []types.ConsumedCapacity{*c}
	}
	switch out := out.(type) {
	case *dynamodb.PutItemOutput:
		return one(out.ConsumedCapacity)
	case *dynamodb.UpdateItemOutput:
		return one(out.ConsumedCapacity)
	case *dynamodb.DeleteItemOutput:
		return one(out.ConsumedCapacity)
	case *dynamodb.TransactWriteItemsOutput:
		var all []types.ConsumedCapacity
		for _, c := range out.ConsumedCapacity {
			all = append(all, one(&c)...)
		}
		return all
	case *dynamodb.GetItemOutput:
		return one(out.ConsumedCapacity)
	case *dynamodb.QueryOutput:
		return one(out.ConsumedCapacity)
	case *dynamodb.BatchGetItemOutput:
		var all []types.ConsumedCapacity
		for _, c := range out.ConsumedCapacity {
			all = append(all, one(&c)...)
		}
		return all
	}
	return nil
}

func isRead(out any) float64 {
	switch out.(type) {
	case *dynamodb.GetItemOutput, *dynamodb.QueryOutput, *dynamodb.BatchGetItemOutput:
		return 1
	}
	return 0
}

// of returns what an operation has used.
func (m *meter) of(t *testing.T, do func() error) usage {
	t.Helper()
	m.mu.Lock()
	m.usage = usage{}
	m.mu.Unlock()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usage
}
