package deploy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"comanda/function"
)

// Whoever sends a bad token makes the authorizer fail, in the eyes of AWS Lambda: callers could send
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

// everyWay returns the template with every combination of its conditions.
func everyWay(t *testing.T) map[string]*cloud {
	t.Helper()
	template := transformed(t)
	names := slices.Sorted(maps.Keys(mapAt(template, "Conditions")))
	out := map[string]*cloud{}
	for way := range 1 << len(names) {
		c := newCloud(template, samParameters)
		c.conditions = map[string]any{}
		for i, name := range names {
			c.conditions[name] = map[string]any{"Fn::Equals": []any{"1", fmt.Sprint(way >> i & 1)}}
		}
		out[fmt.Sprintf("conditions %v, of which %0*b hold", names, len(names), way)] = c
	}
	return out
}
