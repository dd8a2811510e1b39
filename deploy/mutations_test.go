package deploy

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A property that only one side has is found, whichever it is: no reader need know of it.
func TestTheComparisonFindsWhatOneSideSaysMore(t *testing.T) {
	original := standIn(t)
	denied := map[string]any{"Statement": []any{map[string]any{"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}}}
	tests := map[string]struct {
		sam           func(template map[string]any)
		wantSAM       string // at the beginning of a difference
		terraform     func(s *state)
		wantTerraform string
	}{
		"a mapping of the stream that is off": {
			inSAM("ReportsFunctionChanges", "Enabled", false), "ReportsFunctionChanges: Properties.Enabled is ",
			inState("aws_lambda_event_source_mapping.reports[0]", "enabled", false), "aws_lambda_event_source_mapping.reports[0]: enabled is ",
		},
		"a second filter of the mapping": {
			inSAM("ReportsFunctionChanges", "FilterCriteria.Filters.1", map[string]any{"Pattern": `{"a":[1]}`}), "stream mapping/comanda-reports: filter is ",
			inState("aws_lambda_event_source_mapping.reports[0]", "filter_criteria.0.filter.1", map[string]any{"pattern": `{"a":[1]}`}), "stream mapping/comanda-reports: filter is ",
		},
		"a Pipe that is stopped": {
			inSAM("NotificationsPipe", "DesiredState", "STOPPED"), "NotificationsPipe: Properties.DesiredState is ",
			inState("aws_pipes_pipe.notifications[0]", "desired_state", "STOPPED"), "aws_pipes_pipe.notifications[0]: desired_state is ",
		},
		"a second filter of the Pipe": {
			inSAM("NotificationsPipe", "SourceParameters.FilterCriteria.Filters.1", map[string]any{"Pattern": `{"a":[1]}`}), "pipe/comanda-notifications: filter is ",
			inState("aws_pipes_pipe.notifications[0]", "source_parameters.0.filter_criteria.0.filter.1", map[string]any{"pattern": `{"a":[1]}`}), "pipe/comanda-notifications: filter is ",
		},
		"an alarm that tells nobody": {
			inSAM("ReportsAgeAlarm", "ActionsEnabled", false), "ReportsAgeAlarm: Properties.ActionsEnabled is ",
			inState(`aws_cloudwatch_metric_alarm.all["reports-age"]`, "actions_enabled", false), `aws_cloudwatch_metric_alarm.all["reports-age"]: actions_enabled is `,
		},
		"a function that may not run": {
			inSAM("AddOrderFunction", "ReservedConcurrentExecutions", 0), "AddOrderFunction: Properties.ReservedConcurrentExecutions is ",
			inState(`aws_lambda_function.all["add_order"]`, "reserved_concurrent_executions", 0), `aws_lambda_function.all["add_order"]: reserved_concurrent_executions is `,
		},
		"an API that refuses all": {
			inSAM("Api", "Body.x-amazon-apigateway-policy", denied), "Api: Properties.Body.x-amazon-apigateway-policy.Statement.0.Action is ",
			inState("aws_api_gateway_rest_api.api", "policy", `{"Statement":[{"Effect":"Deny"}]}`), "aws_api_gateway_rest_api.api: policy is ",
		},
		"an API without the address that AWS gives it": {
			inSAM("Api", "DisableExecuteApiEndpoint", true), "Api: Properties.DisableExecuteApiEndpoint is ",
			inState("aws_api_gateway_rest_api.api", "disable_execute_api_endpoint", true), "aws_api_gateway_rest_api.api: disable_execute_api_endpoint is ",
		},
		"people who need a second factor": {
			inSAM("UserPool", "MfaConfiguration", "ON"), "UserPool: Properties.MfaConfiguration is ",
			inState("aws_cognito_user_pool.people", "mfa_configuration", "ON"), "aws_cognito_user_pool.people: mfa_configuration is ",
		},
		"an authorizer with a second pool": {
			inSAM("Api", "Body.securityDefinitions.cognito.x-amazon-apigateway-authorizer.providerARNs.1", "arn:other"), "authorizer/cognito: pools is ",
			inState("aws_api_gateway_authorizer.cognito", "provider_arns.1", "arn:other"), "authorizer/cognito: pools is ",
		},
		"a permission on a condition": {
			inSAM("UsersRole", "Policies.0.PolicyDocument.Statement.0.Condition", map[string]any{"Null": "x"}),
			"role/users: Allow logs:CreateLogStream on arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/comanda-users:* if {Null=x}",
			inPolicy(`aws_iam_role_policy.function["users"]`, "Statement.0.Condition", map[string]any{"Null": "x"}),
			"role/users: Allow logs:CreateLogStream on arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/comanda-users:* if {Null=x}",
		},
		"a permission on all but something": {
			inSAM("UsersRole", "Policies.0.PolicyDocument.Statement.0.NotResource", "arn:other"), "UsersRole: Properties.Policies.0.PolicyDocument.Statement.0.NotResource is ",
			inPolicy(`aws_iam_role_policy.function["users"]`, "Statement.0.NotResource", "arn:other"), `aws_iam_role_policy.function["users"]: policy.Statement.0.NotResource is `,
		},
		"a second filter on one function's lines": {
			twiceInSAM("AddOrderErrorLines"), "metric filter//aws/lambda/comanda-add_order: is there is said twice",
			twiceInState(`aws_cloudwatch_log_metric_filter.error_lines["add_order"]`), "metric filter//aws/lambda/comanda-add_order: is there is said twice",
		},
		"a second subscription of one topic": {
			twiceInSAM("AlarmsEmail"), "subscription/arn:aws:sns:eu-west-1:123456789012:comanda-alarms email: is there is said twice",
			twiceInState("aws_sns_topic_subscription.alarms[0]"), "subscription/arn:aws:sns:eu-west-1:123456789012:comanda-alarms email: is there is said twice",
		},
		"a stream that is off": {
			inSAM("OrdersTable", "StreamSpecification", nil), "table/comanda-orders: stream is ",
			inState(`aws_dynamodb_table.all["orders"]`, "stream_enabled", false), "table/comanda-orders: stream is ",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			template, s := transformed(t), readAgain(t, original)
			test.sam(template)
			expect(t, "SAM's", template, s, test.wantSAM)
			test.terraform(&s)
			expect(t, "Terraform's", transformed(t), s, test.wantTerraform)
		})
	}
}

func TestATableThatGoesWithTheStackIsFound(t *testing.T) {
	for _, property := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		template := transformed(t)
		delete(mapAt(template, "Resources.OrdersTable"), property)
		if wrong := wrongAfterlife(template); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "OrdersTable: ") {
			t.Errorf("without %s: got %q, want what is wrong with OrdersTable", property, wrong)
		}
	}
}

// Exceptions that nothing needs any more would hide what comes.
func TestEveryExceptionIsNeeded(t *testing.T) {
	sam, terraform := bothFacts(t, transformed(t), readAgain(t, standIn(t)))
	for _, e := range slices.Concat(sam.unneeded(samExceptions), terraform.unneeded(terraformExceptions)) {
		t.Errorf("%s: got nothing that it excuses, want it taken off deploy/exceptions_test.go", e)
	}
}

// The next functions return mutations of one side.

func inSAM(id, path string, value any) func(template map[string]any) {
	return func(template map[string]any) { put(mapAt(template, "Resources."+id+".Properties"), path, value) }
}

func inState(address, path string, value any) func(s *state) {
	return func(s *state) { put(find(s, address).Values, path, value) }
}

func inPolicy(address, path string, value any) func(s *state) {
	return func(s *state) {
		changeText(find(s, address), "policy", func(policy map[string]any) { put(policy, path, value) })
	}
}

func twiceInSAM(id string) func(template map[string]any) {
	return func(template map[string]any) {
		resources := mapAt(template, "Resources")
		resources[id+"Again"] = maps.Clone(mapAt(resources, id))
	}
}

func twiceInState(address string) func(s *state) {
	return func(s *state) { s.Values.Root.Resources = append(s.Values.Root.Resources, *find(s, address)) }
}

// put sets what is at a path in nested maps and lists. The last member of a list may be new.
func put(in any, path string, value any) any {
	key, rest, deeper := strings.Cut(path, ".")
	if deeper {
		value = put(at(in, key), rest, value)
	}
	switch c := in.(type) {
	case map[string]any:
		c[key] = value
	case []any:
		if n, _ := strconv.Atoi(key); n < len(c) {
			c[n] = value
		} else {
			return append(c, value)
		}
	}
	return in
}

// changeText changes the JSON in an attribute of a resource.
func changeText(r *resource, attribute string, change func(content map[string]any)) {
	content := map[string]any{}
	_ = json.Unmarshal([]byte(textAt(r.Values, attribute)), &content) // nothing: then the change is the difference
	change(content)
	text, _ := json.Marshal(content)
	r.Values[attribute] = string(text)
}
