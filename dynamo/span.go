package dynamo

import (
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// span is the range of sort keys that a page is taken from. High is exclusive,
// and low is unless inclusive is set; "" is no bound.
type span struct {
	low, high string
	inclusive bool
}

// spanOf returns the range of a query, from after the place on where the page
// before has ended, unless that is "".
func spanOf(q storage.Query, place string) span {
	switch {
	case place == "":
		return span{q.From, q.To, true}
	case q.Descending:
		return span{q.From, place, true}
	}
	return span{place, q.To, false}
}

func (p span) empty() bool { return p.high != "" && p.low >= p.high }

func (p span) has(sort string) bool {
	return (sort > p.low || p.inclusive && sort == p.low) && (p.high == "" || sort < p.high)
}

// restrict adds the condition on the sort key to that on the partition. A
// condition has one operator at most, and the one with two bounds includes both:
// up to two items more may be found, which the caller drops.
func (p span) restrict(in *dynamodb.QueryInput, attribute string) {
	var operator string
	switch {
	case p.low != "" && p.high != "":
		operator = "#s BETWEEN :low AND :high"
		in.Limit = aws.Int32(*in.Limit + 2)
	case p.high != "":
		operator = "#s < :high"
	case p.low != "" && p.inclusive:
		operator = "#s >= :low"
	case p.low != "":
		operator = "#s > :low"
	default:
		return
	}
	in.KeyConditionExpression = aws.String(*in.KeyConditionExpression + " AND " + operator)
	in.ExpressionAttributeNames["#s"] = attribute
	if p.low != "" {
		in.ExpressionAttributeValues[":low"] = text(p.low)
	}
	if p.high != "" {
		in.ExpressionAttributeValues[":high"] = text(p.high)
	}
}
