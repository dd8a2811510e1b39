package recorder

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Call is one thing that a request does to one table or index, as the policy of a
// role names it.
type Call struct {
	Action string // without "dynamodb:"
	Table  string // the table's name in the request
	Index  string // "" for the table itself
}

// String returns "PutItem on orders", "Query on orders/by_time".
func (c Call) String() string {
	if c.Index != "" {
		return c.Action + " on " + c.Table + "/" + c.Index
	}
	return c.Action + " on " + c.Table
}

// target is the service's name and version in the header X-Amz-Target.
const target = "DynamoDB_20120810."

// request is what of a request to DynamoDB says which permissions it needs.
type request struct {
	TableName     string
	IndexName     string
	RequestItems  map[string]any // of the batch operations, by table
	TransactItems []map[string]struct{ TableName string }
}

// inTransaction are the actions that the parts of a transaction need, by the
// member's name. There is no action for the transaction itself.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
var inTransaction = map[string]string{
	"ConditionCheck": "ConditionCheckItem",
	"Delete":         "DeleteItem",
	"Get":            "GetItem",
	"Put":            "PutItem",
	"Update":         "UpdateItem",
}

// ofTable are the operations on one table, or one of its indexes, which need the
// action of the same name on that.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
var ofTable = []string{"DeleteItem", "DescribeTable", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"}

// CallsOf returns the permissions that a request to DynamoDB needs: target is
// its header X-Amz-Target. It is an error if that isn't known here.
func CallsOf(amzTarget string, body []byte) ([]Call, error) {
	operation, ok := strings.CutPrefix(amzTarget, target)
	if !ok {
		return nil, fmt.Errorf("%.100q is no operation of DynamoDB", amzTarget)
	}
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, fmt.Errorf("read the request %s: %w", operation, err)
	}
	var calls []Call
	switch {
	case slices.Contains(ofTable, operation) && r.TableName != "":
		calls = []Call{{operation, tableOf(r.TableName), r.IndexName}}
	case operation == "BatchGetItem" || operation == "BatchWriteItem":
		for table := range r.RequestItems {
			calls = append(calls, Call{operation, tableOf(table), ""})
		}
	case operation == "TransactWriteItems" || operation == "TransactGetItems":
		for _, part := range r.TransactItems {
			for member, item := range part {
				action, ok := inTransaction[member]
				if !ok {
					return nil, fmt.Errorf("%s has a member %.40q: say in testbed/recorder/call.go what it needs", operation, member)
				}
				calls = append(calls, Call{action, tableOf(item.TableName), ""})
			}
		}
	}
	if len(calls) == 0 {
		return nil, fmt.Errorf("the permissions for %.60s aren't written down: see testbed/recorder/call.go", operation)
	}
	return calls, nil
}

// tableOf returns the name of a table that a request may give as an ARN:
// arn:aws:dynamodb:REGION:ACCOUNT:table/NAME.
func tableOf(name string) string {
	if _, after, ok := strings.Cut(name, ":table/"); ok && strings.HasPrefix(name, "arn:") {
		return after
	}
	return name
}
