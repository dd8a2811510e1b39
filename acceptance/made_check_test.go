package acceptance

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/deploy"
)

// stateOf returns a state with an API of one method, whose integration has an address.
func stateOf(method, uri string) []byte {
	return fmt.Appendf(nil, `{"values":{"outputs":{"UserPool":{"value":"eu-west-1_a"}},"root_module":{"resources":[
		{"address":"t","type":"aws_dynamodb_table","values":{"name":"x-orders","billing_mode":"PAY_PER_REQUEST","hash_key":"userId","range_key":"orderId",
			"stream_enabled":true,"stream_view_type":"NEW_AND_OLD_IMAGES","attribute":[{"name":"userId","type":"S"}],
			"local_secondary_index":[{"name":"by_time","range_key":"t","projection_type":"KEYS_ONLY"}],
			"global_secondary_index":[{"name":"open","hash_key":"r","range_key":"","projection_type":"ALL"}]}},
		{"address":"f","type":"aws_lambda_function","values":{"handler":"add_order","invoke_arn":"arn:add","environment":[{"variables":{"ZONE":"UTC"}}]}},
		{"address":"o","type":"aws_sns_topic","values":{"name":7}},
		{"address":"r","type":"aws_api_gateway_resource","values":{"id":"r1","path":"/orders"}},
		{"address":"a","type":"aws_api_gateway_authorizer","values":{"id":"a1","name":"cognito"}},
		{"address":"m","type":"aws_api_gateway_method","values":{"resource_id":"r1","http_method":%q,"authorization":"COGNITO_USER_POOLS","authorizer_id":"a1"}},
		{"address":"i","type":"aws_api_gateway_integration","values":{"resource_id":"r1","http_method":%q,"uri":%q}}]}}}`, method, method, uri)
}

func TestReadMade(t *testing.T) {
	m, err := readMade(stateOf("POST", "arn:add"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Outputs["UserPool"] != "eu-west-1_a" {
		t.Errorf("outputs: got %v, want the user pool", m.Outputs)
	}
	if want := map[string][]string{"add_order": {"ZONE=UTC"}}; !reflect.DeepEqual(m.Environments, want) {
		t.Errorf("environments: got %v, want %v", m.Environments, want)
	}
	if want := []deploy.Route{{Method: "POST", Path: "/orders", Operation: "placeOrder", Function: "add_order", Authorizer: deploy.Cognito, Model: "Placement"}}; !reflect.DeepEqual(m.Routes, want) {
		t.Errorf("routes: got %v, want %v", m.Routes, want)
	}
	if len(m.Tables) != 1 {
		t.Fatalf("tables: got %d, want 1", len(m.Tables))
	}
	in := m.Tables[0]
	if len(in.KeySchema) != 2 || in.StreamSpecification.StreamViewType != types.StreamViewTypeNewAndOldImages || aws.ToString(in.TableName) != "x-orders" {
		t.Errorf("table: got %+v, want x-orders with two keys and both images in its stream", in)
	}
	if l := in.LocalSecondaryIndexes[0]; aws.ToString(l.KeySchema[0].AttributeName) != "userId" || aws.ToString(l.KeySchema[1].AttributeName) != "t" {
		t.Errorf("local index: got %+v, want userId, t", l)
	}
	if g := in.GlobalSecondaryIndexes[0]; len(g.KeySchema) != 1 || g.Projection.ProjectionType != types.ProjectionTypeAll {
		t.Errorf("global index: got %+v, want one key and all attributes", g)
	}
}

func TestReadMadeRefusesWhatIsNotOfTheProgram(t *testing.T) {
	for name, x := range map[string]struct {
		state []byte
		want  string
	}{
		"no state":     {[]byte("x"), "read Terraform's state"},
		"no operation": {stateOf("PATCH", "arn:add"), "PATCH /orders, which is no operation"},
		"no function":  {stateOf("POST", "arn:other"), "POST /orders, which no function serves"},
		"no routes":    {[]byte(`{}`), "no routes"},
		"a resource of another shape": {
			[]byte(strings.Replace(string(stateOf("POST", "arn:add")), `"path":"/orders"`, `"path":7`, 1)), "read r of Terraform's state",
		},
	} {
		if m, err := readMade(x.state); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %+v, %v, want an error with %q", name, m, err, x.want)
		}
	}
}
