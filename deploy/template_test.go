package deploy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"comanda/function"
	"comanda/testbed/terraform"
)

// A client that sends a bad token makes the authorizer fail, in the eyes of AWS Lambda: callers could send
// operators as many alarms as they like.
func TestNoAlarmFiresForWhatCallersDoWrong(t *testing.T) {
	alarms := map[string]string{} // metric by name
	for _, r := range mapAt(transformed(t), "Resources") {
		if textAt(r, "Type") == "AWS::CloudWatch::Alarm" {
			_, name, _ := strings.Cut(textAt(r, "Properties.AlarmName.Fn::Sub"), "${AWS::StackName}-")
			alarms[name] = textAt(r, "Properties.MetricName")
		}
	}
	for _, f := range Functions() {
		metric, there := alarms["errors-"+f.Name]
		if want := f.Trigger != function.Authorizer; there != want || want && metric != "Errors" {
			t.Errorf("alarm errors-%s: got it %v on the metric %q, want it %v", f.Name, there, metric, want)
		}
		if alarms["throttles-"+f.Name] != "Throttles" {
			t.Errorf("alarm throttles-%s: got metric %q, want Throttles", f.Name, alarms["throttles-"+f.Name])
		}
	}
	for _, name := range []string{"5xx", "error-lines"} {
		if alarms[name] == "" {
			t.Errorf("alarm %s: got none, want one for what really fails in the authorizer", name)
		}
	}
}

// tagPattern are the values of tags that CloudWatch Logs takes, which of all services takes the fewest.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
var tagPattern = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$`)

func TestTagsHaveValuesThatAWSTakesWhateverTheParameters(t *testing.T) {
	checked := 0
	for name, c := range everyWay(t) {
		for id, r := range c.resources {
			for _, tag := range listOf(c.resolve(at(r, "Properties.Tags"))) {
				checked++
				if value := textAt(tag, "Value"); !tagPattern.MatchString(value) {
					t.Errorf("%s: tag %s of %s: got %q, which AWS refuses, want only letters, digits, spaces and _.:/=+-@", name, textAt(tag, "Key"), id, value)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("got no tag, want that of the access log")
	}
}

// What holds what people have entered outlives the stack, except one that was never made: tables
// that an attempt left behind would have the names that the next one needs.
func TestWhatHoldsDataOutlivesTheStackButNotAFailedAttempt(t *testing.T) {
	for _, wrong := range wrongAfterlife(transformed(t)) {
		t.Error(wrong)
	}
}

// wrongAfterlife returns which resources would be kept or deleted wrongly when they are no
// more in the template, or replaced.
func wrongAfterlife(template map[string]any) []string {
	var wrong []string
	kept := map[string]bool{}
	for id, r := range mapAt(template, "Resources") {
		want, replaced := "Delete", "Delete"
		switch kind := textAt(r, "Type"); kind {
		case "AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::ApiGateway::Account":
			want, replaced = "RetainExceptOnCreate", "Retain"
			kept[kind] = true
		}
		if id == "GatewayLogRole" { // which the account goes on using
			want, replaced = "RetainExceptOnCreate", "Retain"
		}
		policy, onReplacement := textAt(r, "DeletionPolicy"), textAt(r, "UpdateReplacePolicy")
		if cmp.Or(policy, "Delete") != want || cmp.Or(onReplacement, "Delete") != replaced {
			wrong = append(wrong, fmt.Sprintf("%s: got DeletionPolicy %q and UpdateReplacePolicy %q, want %s and %s", id, policy, onReplacement, want, replaced))
		}
	}
	if len(kept) != 3 {
		wrong = append(wrong, fmt.Sprintf("got %v kept, want tables, user pool and the gateway's account", kept))
	}
	return wrong
}

func TestBothToolsTakeTheSameTextsForParameters(t *testing.T) {
	template, variables := transformed(t), contentOf(t, "terraform/variables.tf")
	patterns := map[string]string{}
	for name, p := range mapAt(template, "Parameters") {
		pattern := textAt(p, "AllowedPattern")
		if pattern == "" {
			continue
		}
		patterns[name] = pattern
		if quoted := strconv.Quote(pattern); !strings.Contains(variables, "regex("+quoted+", var.") {
			t.Errorf("parameter %s: got no variable of Terraform's with its pattern %s, want one", name, quoted)
		}
	}
	for _, test := range []struct {
		parameter, text string
		want            bool
	}{
		{"CallbackURL", "http://localhost", true},
		{"CallbackURL", "http://localhost:3000/signed-in", true},
		{"CallbackURL", "https://shop.example.com", true},
		{"CallbackURL", "https://shop.example.com:8443/in?x=1", true},
		{"CallbackURL", "com.example.app:/in", true},
		{"CallbackURL", "com.example.app://in", true},
		{"CallbackURL", "", false},
		{"CallbackURL", "http://shop.example.com", false},
		{"CallbackURL", "http://localhost.example.com", false},
		{"CallbackURL", "https://", false},
		{"CallbackURL", "https://shop.example.com/#in", false},
		{"CallbackURL", "javascript:alert(1)", false},
		{"CorsOrigin", "", true},
		{"CorsOrigin", "https://shop.example.com/", false},
		{"Currency", "EUR", true},
		{"Currency", "eur", false},
	} {
		if got := regexp.MustCompile(patterns[test.parameter]).MatchString(test.text); got != test.want {
			t.Errorf("parameter %s takes %q: got %v, want %v", test.parameter, test.text, got, test.want)
		}
	}
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// After a restore the table's stream is another one. CloudFormation notices only if it takes the stream
// away with all that names it, and makes them again.
func TestStreamAndReadersGoAndComeTogether(t *testing.T) {
	const stream = "/stream/<stream>"
	readers := []string{"NotificationsPipe", "NotificationsRole", "ReportsFunctionChanges", "ReportsRole"}
	for name, c := range everyWay(t) {
		there := c.holds(map[string]any{"Condition": "ReadsStream"})
		if view := textOf(c.resolve(at(c.resources, "OrdersTable.Properties.StreamSpecification.Fn::If.1"))); there && !strings.Contains(view, "NEW_AND_OLD_IMAGES") {
			t.Errorf("%s: got the stream %q, want both images", name, view)
		}
		if _, has := c.resolve(at(c.resources, "OrdersTable.Properties")).(map[string]any)["StreamSpecification"]; has != there {
			t.Errorf("%s: got a stream %v, want %v", name, has, there)
		}
		for id, r := range c.resources {
			if condition := at(r, "Condition"); condition != nil && !c.holds(map[string]any{"Condition": condition}) {
				continue
			}
			reads := strings.Contains(textOf(c.resolve(at(r, "Properties"))), stream)
			if want := there && slices.Contains(readers, id); reads != want {
				t.Errorf("%s: %s names the stream: got %v, want %v", name, id, reads, want)
			}
		}
	}
}

// The API's text is the same for every value of a parameter, and SAM makes a new deployment for the stage
// only when the name of that resource changes.
func TestEveryDeploymentReachesTheStage(t *testing.T) {
	name := func(template any) string {
		for id, r := range mapAt(template, "Resources") {
			if textAt(r, "Type") == "AWS::ApiGateway::Deployment" {
				return id
			}
		}
		return ""
	}
	first := name(transformed(t))
	for range 10 { // as the name is made of the time, in seconds
		command := exec.CommandContext(t.Context(), python, "testdata/transform.py", "sam/template.yaml")
		command.Env = append(command.Environ(), "AWS_DEFAULT_REGION="+terraform.Region)
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		var template map[string]any
		if err := json.Unmarshal(out, &template); err != nil {
			t.Fatal(err)
		}
		if name(template) != first {
			return
		}
	}
	t.Errorf("the stage's deployment: got %q each time, want another name", first)
}

// Problems are what clients are promised, whichever part refuses. A status in the fallback would become that of every
// refusal without a response of its own.
func TestGatewayAnswersEveryRefusalWithAProblem(t *testing.T) {
	answers := mapAt(transformed(t), "Resources.Api.Properties.Body.x-amazon-apigateway-gateway-responses")
	for kind, fallback := range map[string]bool{"DEFAULT_4XX": true, "DEFAULT_5XX": false, "UNAUTHORIZED": false} {
		if _, there := answers[kind]; !there {
			t.Errorf("%s: got no answer, want one", kind)
		}
		if status := textAt(answers[kind], "statusCode"); (status == "") != fallback {
			t.Errorf("%s: got status %q, want the gateway's own: %v", kind, status, fallback)
		}
	}
	fill := strings.NewReplacer("$context.error.messageString", `"Forbidden"`, "$context.requestId", "r-1")
	for kind, answer := range answers {
		parameters := mapAt(answer, "responseParameters")
		if got := textOf(parameters["gatewayresponse.header.Content-Type"]); got != "'application/problem+json'" {
			t.Errorf("%s: got Content-Type %q, want a problem", kind, got)
		}
		if parameters["gatewayresponse.header.Access-Control-Allow-Origin"] == nil {
			t.Errorf("%s: got no Access-Control-Allow-Origin, want the parameter's", kind)
		}
		if parameters["gatewayresponse.header.Access-Control-Expose-Headers"] == nil {
			t.Errorf("%s: got no Access-Control-Expose-Headers: a page couldn't read when to come again", kind)
		}
		var problem struct {
			Type, Title, RequestID string
			Status                 int
		}
		if err := json.Unmarshal([]byte(fill.Replace(textOf(mapAt(answer, "responseTemplates")["application/json"]))), &problem); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if problem.Type == "" || problem.Title == "" || problem.RequestID != "r-1" || textOf(problem.Status) != cmp.Or(textAt(answer, "statusCode"), "0") {
			t.Errorf("%s: got %+v, want a problem with its status", kind, problem)
		}
	}
}

// everyWay returns the template with every combination of its conditions.
func everyWay(t *testing.T) map[string]*cloud {
	t.Helper()
	template := transformed(t)
	names := slices.Sorted(maps.Keys(mapAt(template, "Conditions")))
	out := map[string]*cloud{}
	for way := range 1 << len(names) {
		c := newCloud(template, samParameters)
		c.conditions = map[string]any{}
		var held []string
		for i, name := range names {
			c.conditions[name] = map[string]any{"Fn::Equals": []any{"1", fmt.Sprint(way >> i & 1)}}
			if way>>i&1 == 1 {
				held = append(held, name)
			}
		}
		out[fmt.Sprintf("with the conditions %v", held)] = c
	}
	return out
}
