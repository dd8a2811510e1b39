package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"comanda/testbed/terraform"
)

// transformed returns the CloudFormation template that the SAM template becomes,
// new each time.
func transformed(t *testing.T) map[string]any {
	t.Helper()
	needTools(t)
	out, err := transform()
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(out, &template); err != nil {
		t.Fatal(err)
	}
	return template
}

var transform = sync.OnceValues(func() ([]byte, error) {
	c := exec.Command(python, "testdata/transform.py", "sam/template.yaml")
	c.Env = append(c.Environ(), "AWS_DEFAULT_REGION="+terraform.Region)
	out, err := c.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("transform the SAM template: %w: %s", err, exit.Stderr)
	}
	return out, err
})

// cloud resolves the functions of CloudFormation, as far as our template has them.
// Ids that AWS chooses are in angle brackets.
type cloud struct {
	parameters map[string]any
	resources  map[string]any
	conditions map[string]any
}

const account = "123456789012"

// newCloud returns the template's names, with parameters other than the default ones.
func newCloud(template map[string]any, parameters map[string]string) *cloud {
	c := &cloud{map[string]any{}, mapAt(template, "Resources"), mapAt(template, "Conditions")}
	for name, p := range mapAt(template, "Parameters") {
		c.parameters[name] = at(p, "Default")
	}
	for name, value := range parameters {
		c.parameters[name] = value
	}
	for name, value := range map[string]string{
		"AccountId": account, "Region": terraform.Region, "Partition": "aws", "URLSuffix": "amazonaws.com", "StackName": "comanda",
	} {
		c.parameters["AWS::"+name] = value
	}
	return c
}

type absent struct{}

// resolve returns a value without functions in it.
func (c *cloud) resolve(v any) any {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, x := range v {
			if x = c.resolve(x); x != (absent{}) {
				out = append(out, x)
			}
		}
		return out
	case map[string]any:
		if len(v) == 1 {
			for name, argument := range v {
				if out, ok := c.function(name, argument); ok {
					return out
				}
			}
		}
		out := map[string]any{}
		for k, x := range v {
			if x = c.resolve(x); x != (absent{}) {
				out[k] = x
			}
		}
		return out
	}
	return v
}

func (c *cloud) function(name string, argument any) (any, bool) {
	switch name {
	case "Ref":
		return c.ref(textOf(argument)), true
	case "Fn::GetAtt":
		id, attribute, _ := strings.Cut(textOf(argument), ".")
		if l, ok := argument.([]any); ok {
			id, attribute = textOf(l[0]), textOf(l[1])
		}
		return c.attribute(id, attribute), true
	case "Fn::Sub":
		return c.sub(argument), true
	case "Fn::If":
		l, _ := argument.([]any)
		if c.holds(map[string]any{"Condition": l[0]}) {
			return c.resolve(l[1]), true
		}
		return c.resolve(l[2]), true
	}
	return nil, false
}

// holds evaluates a condition.
func (c *cloud) holds(condition any) bool {
	m, _ := condition.(map[string]any)
	switch l, _ := m["Fn::Equals"].([]any); {
	case l != nil:
		return textOf(c.resolve(l[0])) == textOf(c.resolve(l[1]))
	case m["Fn::Not"] != nil:
		return !c.holds(at(m["Fn::Not"], "0"))
	}
	return c.holds(c.conditions[textOf(m["Condition"])])
}

var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

func (c *cloud) sub(argument any) any {
	text, names := argument, map[string]any{}
	if l, ok := argument.([]any); ok {
		text, names = l[0], mapAt(l, "1")
	}
	return variable.ReplaceAllStringFunc(textOf(text), func(found string) string {
		name := found[2 : len(found)-1]
		if v, ok := names[name]; ok {
			return textOf(c.resolve(v))
		}
		if id, attribute, ok := strings.Cut(name, "."); ok {
			return textOf(c.attribute(id, attribute))
		}
		return textOf(c.ref(name))
	})
}

// named are the types whose Ref is a name of ours, and the property that has it.
var named = map[string]string{
	"AWS::DynamoDB::Table":        "TableName",
	"AWS::Lambda::Function":       "FunctionName",
	"AWS::Logs::LogGroup":         "LogGroupName",
	"AWS::Pipes::Pipe":            "Name",
	"AWS::SQS::Queue":             "QueueName",
	"AWS::SNS::Topic":             "TopicName",
	"AWS::CloudWatch::Dashboard":  "DashboardName",
	"AWS::Cognito::UserPoolGroup": "GroupName",
}

// arns are the ARNs of what has a name.
var arns = map[string]string{
	"AWS::DynamoDB::Table":  "arn:aws:dynamodb:%s:%s:table/%s",
	"AWS::Lambda::Function": "arn:aws:lambda:%s:%s:function:%s",
	"AWS::Logs::LogGroup":   "arn:aws:logs:%s:%s:log-group:%s:*",
	"AWS::SQS::Queue":       "arn:aws:sqs:%s:%s:%s",
	"AWS::SNS::Topic":       "arn:aws:sns:%s:%s:%s",
}

func (c *cloud) ref(name string) any {
	if name == "AWS::NoValue" {
		return absent{}
	}
	if v, ok := c.parameters[name]; ok {
		return v
	}
	r := c.resources[name]
	switch kind := textAt(r, "Type"); kind {
	case "AWS::Cognito::UserPool":
		return "<pool>"
	case "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain": // the domain is the client's id
		return "<client>"
	case "AWS::ApiGateway::RestApi":
		return "<api>"
	case "AWS::ApiGateway::Deployment":
		return "<deployment>"
	case "AWS::SNS::Topic":
		return c.attribute(name, "Arn")
	default:
		return c.resolve(at(r, "Properties."+named[kind]))
	}
}

func (c *cloud) attribute(id, attribute string) any {
	r := c.resources[id]
	kind := textAt(r, "Type")
	name := textOf(c.resolve(at(r, "Properties."+named[kind])))
	switch {
	case attribute == "QueueName":
		return name
	case attribute == "StreamArn":
		return fmt.Sprintf(arns[kind], terraform.Region, account, name) + "/stream/<stream>"
	case kind == "AWS::IAM::Role":
		return "<role " + id + ">"
	case kind == "AWS::Cognito::UserPool":
		return "arn:aws:cognito-idp:" + terraform.Region + ":" + account + ":userpool/<pool>"
	}
	return fmt.Sprintf(arns[kind], terraform.Region, account, name)
}
