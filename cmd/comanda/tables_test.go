package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"comanda/app"
	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/order"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"
)

func TestTablesAreMadeOnceAndOthersLeftAlone(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	workshop := order.Table
	workshop.Indexes, workshop.Feed = nil, false
	if err := dynamo.CreateTables(t.Context(), dynamolocal.Client(t), []storage.Table{workshop}, optionsOf(t, place)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{len(app.Tables()) - 1, 0} {
		out := must(t, "", env, "tables", "create", "--to", place)
		if got := strings.Count(out, "  created"); got != want || strings.Count(out, "was there") != len(app.Tables())-want {
			t.Errorf("call %d: got %d tables created in %s, want %d", i, got, out, want)
		}
		if !strings.Contains(out, lackingAll()) {
			t.Errorf("call %d: got %s, want it to say what the workshop's table lacks", i, out)
		}
	}
	out, err := dynamolocal.Client(t).DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: new(placeOf(t, place).Table(order.Table).Name)})
	if err != nil || out.Table.StreamSpecification != nil {
		t.Errorf("the table that was there: got %+v, %v, want it as it was", out, err)
	}
}

// lackingAll is what is said of a table of orders without indexes and stream.
func lackingAll() string {
	var lacks []string
	for _, ix := range order.Table.Indexes {
		lacks = append(lacks, "index "+ix.Name)
	}
	return strings.Join(append(lacks, "stream"), ", ")
}

func TestDefinitionsAreThoseOfTheRequests(t *testing.T) {
	t.Parallel()
	out := must(t, "", nil, "tables", "show", "--table", "orders")
	var got dynamodb.CreateTableInput
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(dynamo.Definition(order.Table))
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&got)
	if diff := cmp.Diff(string(want), string(again)); err != nil || diff != "" {
		t.Errorf("definition: %v, want to got:\n%s", err, diff)
	}
	var all []struct{ TableName string }
	if err := json.Unmarshal([]byte(must(t, "", nil, "tables", "show")), &all); err != nil || len(all) != len(app.Tables()) {
		t.Errorf("all definitions: got %d, %v, want %d", len(all), err, len(app.Tables()))
	}
}

// TestDefinitionsHaveWhatIsWantedAndNothingElse guards against members that a request of
// the SDK has beside those that we set: DynamoDB refuses an enumeration that is "".
func TestDefinitionsHaveWhatIsWantedAndNothingElse(t *testing.T) {
	t.Parallel()
	wanted := []string{
		"TableName", "BillingMode", "AttributeDefinitions", "AttributeName", "AttributeType", "KeySchema", "KeyType",
		"LocalSecondaryIndexes", "GlobalSecondaryIndexes", "IndexName", "Projection", "ProjectionType",
		"StreamSpecification", "StreamEnabled", "StreamViewType",
	}
	var look func(v any, path string)
	look = func(v any, path string) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				if !slices.Contains(wanted, name) {
					t.Errorf("%s.%s: got %v, want no such member", path, name, member)
				}
				look(member, path+"."+name)
			}
		case []any:
			if len(v) == 0 {
				t.Errorf("%s: got an empty list", path)
			}
			for i, element := range v {
				look(element, fmt.Sprintf("%s[%d]", path, i))
			}
		case nil:
			t.Errorf("%s: got null", path)
		case string:
			if v == "" {
				t.Errorf("%s: got an empty string", path)
			}
		}
	}
	var all []any
	if err := json.Unmarshal([]byte(must(t, "", nil, "tables", "show")), &all); err != nil || len(all) != len(app.Tables()) {
		t.Fatalf("got %d definitions, %v, want %d", len(all), err, len(app.Tables()))
	}
	look(all, "tables")
}
