package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/deploy"
)

// made is what Terraform has made, as far as an operator has to know
// there.
type made struct {
	Outputs      map[string]string
	Environments map[string][]string // of each function by name: "NAME=value"
	Tables       []*dynamodb.CreateTableInput
	Routes       []deploy.Route // with the authorizers and functions that the gateway has
}

// readMade reads Terraform's state as `terraform show -json` prints it. What can't be understood,
// or is of no function or operation of the program, is an error.
func readMade(state []byte) (made, error) {
	var s struct {
		Values struct {
			Outputs map[string]struct {
				Value string `json:"value"`
			} `json:"outputs"`
			Root struct {
				Resources []stateResource `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return made{}, fmt.Errorf("read Terraform's state: %w", err)
	}
	m := made{Outputs: map[string]string{}, Environments: map[string][]string{}}
	for name, o := range s.Values.Outputs {
		m.Outputs[name] = o.Value
	}
	g := stateGateway{functions: map[string]string{}, paths: map[string]string{}, authorizers: map[string]string{}, served: map[string]string{}}
	for _, r := range s.Values.Root.Resources {
		if err := m.read(&g, r); err != nil {
			return made{}, fmt.Errorf("read %s of Terraform's state: %w", r.Address, err)
		}
	}
	var err error
	m.Routes, err = g.routes()
	return m, err
}

// stateResource is a resource of the state.
type stateResource struct {
	Address string          `json:"address"`
	Type    string          `json:"type"`
	Values  json.RawMessage `json:"values"`
}

// stateGateway is what the state has of the API, by the ids of the cloud.
type stateGateway struct {
	functions   map[string]string // name by address to invoke
	paths       map[string]string // by id of the gateway's resource
	authorizers map[string]string // name by id
	methods     []stateMethod
	served      map[string]string // address to invoke, by resource and method
}

type stateMethod struct {
	Resource      string `json:"resource_id"`
	Method        string `json:"http_method"`
	Authorization string `json:"authorization"`
	Authorizer    string `json:"authorizer_id"`
}

// read takes what is needed of one resource.
func (m *made) read(g *stateGateway, r stateResource) error {
	switch r.Type {
	case "aws_dynamodb_table":
		var t stateTable
		if err := json.Unmarshal(r.Values, &t); err != nil {
			return err
		}
		m.Tables = append(m.Tables, t.definition())
	case "aws_lambda_function":
		var f struct {
			Handler     string `json:"handler"`
			Invoke      string `json:"invoke_arn"`
			Environment []struct {
				Variables map[string]string `json:"variables"`
			} `json:"environment"`
		}
		if err := json.Unmarshal(r.Values, &f); err != nil {
			return err
		}
		g.functions[f.Invoke] = f.Handler
		for _, e := range f.Environment {
			for name, value := range e.Variables {
				m.Environments[f.Handler] = append(m.Environments[f.Handler], name+"="+value)
			}
		}
	default:
		return g.read(r)
	}
	return nil
}

// read takes what is needed of one resource of the API.
func (g *stateGateway) read(r stateResource) error {
	var v struct {
		ID       string `json:"id"`
		Path     string `json:"path"`
		Name     string `json:"name"`
		Root     string `json:"root_resource_id"`
		Resource string `json:"resource_id"`
		Method   string `json:"http_method"`
		URI      string `json:"uri"`
	}
	switch r.Type {
	case "aws_api_gateway_method":
		var method stateMethod
		err := json.Unmarshal(r.Values, &method)
		g.methods = append(g.methods, method)
		return err
	case "aws_api_gateway_rest_api", "aws_api_gateway_resource", "aws_api_gateway_authorizer", "aws_api_gateway_integration":
		if err := json.Unmarshal(r.Values, &v); err != nil {
			return err
		}
	}
	switch r.Type {
	case "aws_api_gateway_rest_api":
		g.paths[v.Root] = "/"
	case "aws_api_gateway_resource":
		g.paths[v.ID] = v.Path
	case "aws_api_gateway_authorizer":
		g.authorizers[v.ID] = v.Name
	case "aws_api_gateway_integration":
		g.served[v.Resource+" "+v.Method] = v.URI
	}
	return nil
}

// routes puts the methods together with their paths, authorizers and functions.
func (g *stateGateway) routes() ([]deploy.Route, error) {
	known := append(deploy.Routes(), deploy.Preflights()...)
	var out []deploy.Route
	for _, method := range g.methods {
		r := deploy.Route{Method: method.Method, Path: g.paths[method.Resource], Authorizer: deploy.Nobody}
		i := slices.IndexFunc(known, func(k deploy.Route) bool { return k.Method == r.Method && k.Path == r.Path })
		if i < 0 {
			return nil, fmt.Errorf("the gateway has %s, which is no operation", r.Name())
		}
		r.Operation, r.Model = known[i].Operation, known[i].Model
		if method.Authorization != "NONE" {
			r.Authorizer = deploy.Authorizer(g.authorizers[method.Authorizer])
		}
		if r.Function = g.functions[g.served[method.Resource+" "+method.Method]]; r.Function == "" {
			return nil, fmt.Errorf("the gateway has %s, which no function serves", r.Name())
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the gateway has no routes: want %d, such as %s /orders", len(known), http.MethodPost)
	}
	return out, nil
}

// stateTable is a table of the state.
type stateTable struct {
	Name       string `json:"name"`
	Billing    string `json:"billing_mode"`
	Partition  string `json:"hash_key"`
	Sort       string `json:"range_key"`
	Stream     bool   `json:"stream_enabled"`
	View       string `json:"stream_view_type"`
	Attributes []struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"attribute"`
	Local  []stateIndex `json:"local_secondary_index"`
	Global []stateIndex `json:"global_secondary_index"`
}

type stateIndex struct {
	Name       string `json:"name"`
	Partition  string `json:"hash_key"`
	Sort       string `json:"range_key"`
	Projection string `json:"projection_type"`
}

// definition returns how to make the same table elsewhere.
func (t stateTable) definition() *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{TableName: aws.String(t.Name), BillingMode: types.BillingMode(t.Billing), KeySchema: keySchema(t.Partition, t.Sort)}
	if t.Stream {
		in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(strings.ToUpper(t.View))}
	}
	for _, a := range t.Attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type)})
	}
	for _, ix := range t.Local {
		in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes, types.LocalSecondaryIndex{
			IndexName: aws.String(ix.Name), KeySchema: keySchema(t.Partition, ix.Sort), Projection: &types.Projection{ProjectionType: types.ProjectionType(ix.Projection)},
		})
	}
	for _, ix := range t.Global {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(ix.Name), KeySchema: keySchema(ix.Partition, ix.Sort), Projection: &types.Projection{ProjectionType: types.ProjectionType(ix.Projection)},
		})
	}
	return in
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	out := []types.KeySchemaElement{{AttributeName: aws.String(partition), KeyType: types.KeyTypeHash}}
	if sort != "" {
		out = append(out, types.KeySchemaElement{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange})
	}
	return out
}
