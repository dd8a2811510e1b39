package deploy

import (
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
