package deploy

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

var (
	//go:embed sam.tmpl
	samTemplate string
	//go:embed terraform.tmpl
	terraformTemplate string
	//go:embed dashboard.tmpl
	dashboardTemplate string
)

// Consumer is how a reader of the orders' stream is fed.
type Consumer struct {
	BatchSize     int // records at most
	BatchSeconds  int // waited for a batch at most
	WindowSeconds int // tumbling window; reports only
	MaxAge        int // seconds after which a change goes to the dead letters
	Retries       int // after which it does, too; -1: any number
	Filter        string
}

// The two readers of the stream, which are all that a shard may have. Reports
// are written once in a window, so its length decides what they cost. They wait
// out all trouble that a stream does, 24 hours, because only a rebuild sets right what is given up,
// and with it goes the window's state, what came before it. Notifications that are hours late
// help no consumer. A removed order is
// not announced, but counted no more. So the reports' filter names every kind of record
// that there is: one that AWS adds some day isn't taken for trouble.
var (
	reportStream = Consumer{BatchSize: 1000, BatchSeconds: 5, WindowSeconds: 45, MaxAge: 86400, Retries: -1, Filter: `{"eventName":["INSERT","MODIFY","REMOVE"]}`}
	pipeStream   = Consumer{BatchSize: 10, BatchSeconds: 1, MaxAge: 21600, Retries: 185, Filter: `{"eventName":["INSERT","MODIFY"]}`}
)

// accessLog are the fields of a line of the gateway's access log. There is
// nothing in it of what a caller wrote, and no address of a caller.
var accessLog = []string{
	"requestId", "requestTime", "httpMethod", "resourcePath", "protocol", "status", "responseLength", "responseLatency",
	"integrationLatency", "integrationStatus", "authorizerLatency:authorizer.latency", "error:error.responseType", "xrayTraceId",
}

// errorLines finds error lines as package telemetry writes them.
const errorLines = `{ $.level = "ERROR" }`

// pipeTroubles are the metrics of a Pipe whose sum is alarmed at.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html
var pipeTroubles = []PipeTrouble{
	{"failed", "ExecutionFailed"}, {"partially", "ExecutionPartiallyFailed"}, {"throttled", "ExecutionThrottled"}, {"timeout", "ExecutionTimeout"},
}

// PipeTrouble is a metric with the name that it has in a sum.
type PipeTrouble struct{ ID, Metric string }

// Model is a request model as JSON on one line.
type Model struct{ Name, JSON string }

// view is what the templates are filled with.
type view struct {
	Functions    []functionView
	Routes       []Route
	Tables       []Table
	Models       []Model
	Responses    []Response
	Stream, Pipe Consumer
	Queues       []string // of dead letters
	AccessLog    string
	ErrorLines   string
	Dashboard    string
	PipeTroubles []PipeTrouble
}

type functionView struct {
	Function
	Routes []Route
}

// Generate returns the files that are made from the program's tables, by their path
// in this folder.
func Generate() (map[string][]byte, error) {
	if err := check(); err != nil {
		return nil, err
	}
	v, err := newView()
	if err != nil {
		return nil, err
	}
	inSAM, err := dashboard(names{"${AWS::StackName}", "${AWS::Region}", "${MetricsNamespace}", "${MetricsService}"})
	if err != nil {
		return nil, err
	}
	inTerraform, err := dashboard(names{"${name}", "${region}", "${namespace}", "${service}"})
	if err != nil {
		return nil, err
	}
	v.Dashboard = string(inSAM)
	sam, err := fill("sam.tmpl", samTemplate, v)
	if err != nil {
		return nil, err
	}
	terraform, err := fill("terraform.tmpl", terraformTemplate, v)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"sam/template.yaml":        sam,
		"terraform/generated.tf":   hclwrite.Format(terraform),
		"terraform/dashboard.json": inTerraform,
	}, nil
}

func newView() (view, error) {
	responses, err := Responses()
	if err != nil {
		return view{}, err
	}
	v := view{
		Routes: Routes(), Tables: Tables(), Responses: responses, Stream: reportStream, Pipe: pipeStream,
		Queues: []string{"reports", "notifications"}, AccessLog: accessLogFormat(),
		ErrorLines: errorLines, PipeTroubles: pipeTroubles,
	}
	for _, f := range Functions() {
		routes := RoutesOf(f.Name)
		if f.Name == preflights {
			routes = append(routes, Preflights()...)
		}
		v.Functions = append(v.Functions, functionView{f, routes})
	}
	models, err := Models()
	if err != nil {
		return v, err
	}
	for _, name := range modelNames(models) {
		text, err := compact(models[name])
		if err != nil {
			return v, err
		}
		v.Models = append(v.Models, Model{name, text})
	}
	return v, nil
}

// names are the deployment's names in the language of a tool.
type names struct{ Name, Region, Namespace, Service string }

func dashboard(n names) ([]byte, error) {
	out, err := fill("dashboard.tmpl", dashboardTemplate, struct {
		names
		Functions    []Function
		Tables       []Table
		PipeTroubles []PipeTrouble
	}{n, Functions(), Tables(), pipeTroubles})
	if err == nil && !jsontext.Value(out).IsValid() {
		err = errors.New("dashboard.tmpl makes no JSON")
	}
	return out, err
}

// accessLogFormat returns the format of the access log: one object of JSON.
func accessLogFormat() string {
	var fields []string
	for _, f := range accessLog {
		name, variable, ok := strings.Cut(f, ":")
		if !ok {
			variable = name
		}
		fields = append(fields, fmt.Sprintf(`"%s":"$context.%s"`, name, variable))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// fill fills in a template. Its actions are in [[ ]], as both tools have other
// uses for { }.
func fill(name, text string, data any) ([]byte, error) {
	t, err := template.New(name).Delims("[[", "]]").Funcs(template.FuncMap{
		"actions": func(names []string) string { return list(prefixed("dynamodb:", names)) },
		"indent": func(n int, s string) string {
			return strings.Repeat(" ", n) + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n"+strings.Repeat(" ", n))
		},
		"list":   list,
		"pascal": pascal,
		"quote":  strconv.Quote,
		"yaml":   yamlText,
	}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("fill in %s: %w", name, err)
	}
	return out.Bytes(), nil
}

func prefixed(prefix string, names []string) []string {
	out := slices.Clone(names)
	for i := range out {
		out[i] = prefix + out[i]
	}
	return out
}

// list returns texts as a list that YAML and HCL read alike.
func list(texts []string) string {
	quoted := slices.Clone(texts)
	for i := range quoted {
		quoted[i] = strconv.Quote(quoted[i])
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// yamlText returns text as a scalar of YAML in single quotes.
func yamlText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// compact returns a value as JSON, which YAML and HCL read alike.
func compact(v any) (string, error) {
	out, err := json.Marshal(v, json.Deterministic(true), jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
	return string(out), err
}
