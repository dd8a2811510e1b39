package main

import (
	"strings"
	"testing"

	"comanda/dynamolocal"
	"comanda/order"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestOrdersOfOtherSoftwareAreAdopted(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	must(t, "", env, "tables", "create", "--to", place)
	table := placeOf(t, place).Table(order.Table).Name
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	for _, id := range []string{"o-1", "o-2"} {
		_, err := dynamolocal.Client(t).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
			"userId": text("ana"), "orderId": text(id), "data": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
				"restaurantId": &types.AttributeValueMemberN{Value: "1"}, "totalAmount": &types.AttributeValueMemberN{Value: "0"},
				"orderItems": &types.AttributeValueMemberL{}, "status": text("PLACED"), "orderTime": text("2026-03-14T12:00:00Z")}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"2 orders adopted\n", "0 orders adopted\n"} {
		if got := must(t, "", env, "tables", "adopt", "--in", place); got != want {
			t.Errorf("adopt: got %q, want %q", got, want)
		}
	}
	other, _ := onDynamoDB(t)
	if r := run(t, "", env, "tables", "adopt", "--in", other); r.code != 1 || !strings.Contains(r.err, "comanda tables create") {
		t.Errorf("adopt where there are no tables: got %+v, want exit code 1 and how to make them", r)
	}
	if r := run(t, "", env, "tables", "adopt", "--in", "sqlite:"+t.TempDir()); r.code != 2 || !strings.Contains(r.err, "DynamoDB") {
		t.Errorf("adopt in a data directory: got %+v, want exit code 2", r)
	}
}
