package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// resource is one resource of Terraform's state.
type resource struct {
	Address string         `json:"address"`
	Mode    string         `json:"mode"`
	Type    string         `json:"type"`
	Index   any            `json:"index"`
	Values  map[string]any `json:"values"`
}

// state is what `terraform show -json` prints.
type state struct {
	Values struct {
		Outputs map[string]struct {
			Value any `json:"value"`
		} `json:"outputs"`
		Root struct {
			Resources []resource `json:"resources"`
		} `json:"root_module"`
	} `json:"values"`
}

// stream is the label that DynamoDB gives to a stream: the time when it was made.
var streamLabel = regexp.MustCompile(`/stream/[0-9T:.-]+`)

// planned is what `terraform show -json` prints of a plan.
type planned struct {
	Values struct {
		Root struct {
			Resources []resource `json:"resources"`
		} `json:"root_module"`
	} `json:"planned_values"`
	Configuration struct {
		Root struct {
			Resources []struct {
				Address     string         `json:"address"`
				Expressions map[string]any `json:"expressions"`
			} `json:"resources"`
		} `json:"root_module"`
	} `json:"configuration"`
}

// readState reads a state, with ids that were chosen by the cloud in angle brackets.
// What a stand-in has forgotten is taken from the plan.
func readState(text, plan []byte) (state, error) {
	var s state
	var p planned
	if err := errors.Join(json.Unmarshal(text, &s), json.Unmarshal(plan, &p)); err != nil {
		return s, err
	}
	remember(&s, p)
	text, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	ids := []string{}
	for _, r := range s.Values.Root.Resources {
		switch r.Type {
		case "aws_api_gateway_rest_api":
			ids = append(ids, textOf(r.Values["id"]), "<api>")
		case "aws_cognito_user_pool":
			ids = append(ids, textOf(r.Values["id"]), "<pool>")
		case "aws_cognito_user_pool_client":
			ids = append(ids, textOf(r.Values["id"]), "<client>")
		case "aws_api_gateway_authorizer":
			ids = append(ids, textOf(r.Values["id"]), textOf(r.Values["name"]))
		case "aws_api_gateway_request_validator":
			ids = append(ids, textOf(r.Values["id"]), textOf(r.Values["name"]))
		}
	}
	named := streamLabel.ReplaceAllString(strings.NewReplacer(ids...).Replace(string(text)), "/stream/<stream>")
	s = state{}
	err = json.Unmarshal([]byte(named), &s)
	return s, err
}

// remember fills in what was planned and isn't there, and what was to be known after
// the apply only: an attribute of another resource.
func remember(s *state, p planned) {
	for _, was := range p.Values.Root.Resources {
		for name, value := range was.Values {
			if is := find(s, was.Address).Values; textOf(is[name]) == "" {
				is[name] = value
			}
		}
	}
	for _, was := range p.Configuration.Root.Resources {
		for name, expression := range was.Expressions {
			of, attribute := textAt(expression, "references.1"), textAt(expression, "references.0")
			if is := find(s, was.Address).Values; textOf(is[name]) == "" && attribute != "" {
				is[name] = find(s, of).Values[strings.TrimPrefix(attribute, of+".")]
			}
		}
	}
}

// terraformReader reads the facts of one kind of resource.
type terraformReader func(f facts, s state, r resource)

// factsOfTerraform returns the facts of a state. A type of resource that isn't known
// here is an error.
func factsOfTerraform(s state) (facts, error) {
	f := facts{}
	for _, r := range s.Values.Root.Resources {
		if r.Mode == "data" {
			continue
		}
		read, ok := terraformReaders[r.Type]
		if !ok {
			return nil, fmt.Errorf("%s is of type %s, which the comparison doesn't know", r.Address, r.Type)
		}
		read(f, s, r)
	}
	for name, o := range s.Values.Outputs {
		f.all("output", name, values{"value": o.Value})
	}
	return f, nil
}

// nothing is the reader of what only holds others together.
func nothing(facts, state, resource) {}

var terraformReaders = map[string]terraformReader{
	"aws_dynamodb_table":                tfTable,
	"aws_cognito_user_pool":             tfPool,
	"aws_cognito_user_pool_client":      tfClient,
	"aws_cognito_user_pool_domain":      tfDomain,
	"aws_cognito_user_group":            tfGroup,
	"aws_lambda_function":               tfFunction,
	"aws_lambda_permission":             tfPermission,
	"aws_lambda_event_source_mapping":   tfMapping,
	"aws_iam_role":                      tfRole,
	"aws_iam_role_policy":               tfRolePolicy,
	"aws_iam_role_policy_attachment":    tfAttachment,
	"aws_cloudwatch_log_group":          tfLogGroup,
	"aws_cloudwatch_log_metric_filter":  tfFilter,
	"aws_cloudwatch_metric_alarm":       tfAlarm,
	"aws_cloudwatch_dashboard":          tfDashboard,
	"aws_sns_topic":                     tfTopic,
	"aws_sns_topic_subscription":        tfSubscription,
	"aws_sqs_queue":                     tfQueue,
	"aws_pipes_pipe":                    tfPipe,
	"aws_api_gateway_rest_api":          tfAPI,
	"aws_api_gateway_resource":          nothing,
	"aws_api_gateway_deployment":        nothing,
	"aws_api_gateway_authorizer":        tfAuthorizer,
	"aws_api_gateway_model":             tfModel,
	"aws_api_gateway_request_validator": tfValidator,
	"aws_api_gateway_method":            tfMethod,
	"aws_api_gateway_integration":       tfIntegration,
	"aws_api_gateway_gateway_response":  tfGatewayResponse,
	"aws_api_gateway_stage":             tfStage,
	"aws_api_gateway_method_settings":   tfSettings,
	"aws_api_gateway_account": func(f facts, _ state, r resource) {
		f.all("gateway account", "", values{"role": tfRoleName(textOf(r.Values["cloudwatch_role_arn"]))})
	},
}

func tfTable(f facts, _ state, r resource) {
	v := r.Values
	name := textAt(v, "name")
	kinds := map[string]any{}
	for _, a := range listAt(v, "attribute") {
		f.add("table", name, "attribute "+textAt(a, "name"), at(a, "type"))
		kinds[textAt(a, "name")] = at(a, "type")
	}
	f.all("table", name, values{
		"billing": at(v, "billing_mode"), "deletion protection": at(v, "deletion_protection_enabled"),
		"recovery": at(v, "point_in_time_recovery.0.enabled"), "encryption": at(v, "server_side_encryption.0.enabled"),
		"stream": at(v, "stream_view_type"), "keys": tfKeys(v, "hash_key"),
	})
	for _, ix := range listAt(v, "local_secondary_index") {
		f.add("table", name, "local index "+textAt(ix, "name"), "HASH "+textAt(v, "hash_key")+" RANGE "+textAt(ix, "range_key")+" "+textAt(ix, "projection_type"))
	}
	for _, ix := range listAt(v, "global_secondary_index") {
		f.add("table", name, "global index "+textAt(ix, "name"), tfKeys(ix, "hash_key")+textAt(ix, "projection_type"))
	}
}

func tfKeys(v any, hash string) string {
	keys := "HASH " + textAt(v, hash) + " "
	if sort := textAt(v, "range_key"); sort != "" {
		keys += "RANGE " + sort + " "
	}
	return keys
}

func tfPool(f facts, _ state, r resource) {
	v := r.Values
	name := textAt(v, "name")
	f.all("user pool", name, values{
		"deletion protection": at(v, "deletion_protection"), "usernames": setAt(v, "username_attributes"), "verified": setAt(v, "auto_verified_attributes"),
		"case": at(v, "username_configuration.0.case_sensitive"), "admin only": at(v, "admin_create_user_config.0.allow_admin_create_user_only"),
		"recovery": textAt(v, "account_recovery_setting.0.recovery_mechanism.0.name"),
	})
	for theirs, ours := range map[string]string{
		"minimum_length": "MinimumLength", "require_lowercase": "RequireLowercase", "require_uppercase": "RequireUppercase",
		"require_numbers": "RequireNumbers", "require_symbols": "RequireSymbols", "temporary_password_validity_days": "TemporaryPasswordValidityDays",
	} {
		f.add("user pool", name, "password "+ours, at(v, "password_policy.0."+theirs))
	}
	for _, a := range listAt(v, "schema") {
		f.add("user pool", name, "attribute "+textAt(a, "name"), set{at(a, "attribute_data_type"), at(a, "mutable"), at(a, "required"),
			at(a, "string_attribute_constraints.0.min_length"), at(a, "string_attribute_constraints.0.max_length")})
	}
}

func tfClient(f facts, _ state, r resource) {
	v := r.Values
	f.all("client", textAt(v, "name"), values{
		"pool": at(v, "user_pool_id"), "secret": at(v, "client_secret") != nil && textAt(v, "client_secret") != "", "existence errors": at(v, "prevent_user_existence_errors"),
		"revocation": at(v, "enable_token_revocation"), "flows": setAt(v, "explicit_auth_flows"),
		"id token":      textAt(v, "id_token_validity") + textAt(v, "token_validity_units.0.id_token"),
		"access token":  textAt(v, "access_token_validity") + textAt(v, "token_validity_units.0.access_token"),
		"refresh token": textAt(v, "refresh_token_validity") + textAt(v, "token_validity_units.0.refresh_token"),
		"reads":         setAt(v, "read_attributes"), "writes": setAt(v, "write_attributes"), "providers": setAt(v, "supported_identity_providers"),
		"oauth": at(v, "allowed_oauth_flows_user_pool_client"), "oauth flows": setAt(v, "allowed_oauth_flows"), "scopes": setAt(v, "allowed_oauth_scopes"),
		"callbacks": setAt(v, "callback_urls"),
	})
}

func tfDomain(f facts, _ state, r resource) {
	f.all("domain", textAt(r.Values, "domain"), values{"pool": at(r.Values, "user_pool_id")})
}

func tfGroup(f facts, _ state, r resource) {
	v := r.Values
	f.all("group", textAt(v, "name"), values{"pool": at(v, "user_pool_id"), "description": at(v, "description"), "precedence": at(v, "precedence")})
}

func tfFunction(f facts, _ state, r resource) {
	v := r.Values
	name := textAt(v, "function_name")
	f.all("function", name, values{
		"description": at(v, "description"), "handler": at(v, "handler"), "runtime": at(v, "runtime"), "architectures": setAt(v, "architectures"),
		"memory": at(v, "memory_size"), "timeout": at(v, "timeout"), "tracing": at(v, "tracing_config.0.mode"), "role": tfRoleName(textAt(v, "role")),
	})
	for k, x := range mapAt(v, "environment.0.variables") {
		f.add("function", name, "environment "+k, x)
	}
}

// tfRoleName returns the name or the ARN of a role without what is in front of and behind
// every role's name.
func tfRoleName(name string) string {
	name = name[strings.LastIndex(name, "/")+1:]
	return strings.TrimSuffix(strings.TrimPrefix(name, "comanda-"), "-"+Region)
}

func tfPermission(f facts, _ state, r resource) {
	v := r.Values
	f.all("invocation", textAt(v, "function_name")+" from "+textAt(v, "source_arn"), values{"action": at(v, "action"), "principal": at(v, "principal")})
}

func tfMapping(f facts, _ state, r resource) {
	v := r.Values
	name := textAt(v, "function_name")
	f.all("stream mapping", name[strings.LastIndex(name, ":")+1:], values{
		"source": at(v, "event_source_arn"), "start": at(v, "starting_position"), "batch": at(v, "batch_size"),
		"batch window": at(v, "maximum_batching_window_in_seconds"), "window": at(v, "tumbling_window_in_seconds"), "parallel": at(v, "parallelization_factor"),
		"bisect": at(v, "bisect_batch_on_function_error"), "age": at(v, "maximum_record_age_in_seconds"), "retries": at(v, "maximum_retry_attempts"),
		"response": setAt(v, "function_response_types"), "filter": document(textAt(v, "filter_criteria.0.filter.0.pattern")),
		"failures": at(v, "destination_config.0.on_failure.0.destination_arn"),
	})
}

func tfRole(f facts, _ state, r resource) {
	name := tfRoleName(textAt(r.Values, "name"))
	f.all("role", name, nil)
	f.trust(name, jsonIn(textAt(r.Values, "assume_role_policy")))
}

func tfRolePolicy(f facts, _ state, r resource) {
	f.policy("role", tfRoleName(textAt(r.Values, "role")), jsonIn(textAt(r.Values, "policy")))
}

func tfAttachment(f facts, _ state, r resource) {
	f.add("role", tfRoleName(textAt(r.Values, "role")), "managed", at(r.Values, "policy_arn"))
}

// jsonIn returns what a text says in JSON; a text that says nothing is nil, which no
// other side says.
func jsonIn(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return nil
	}
	return v
}

func tfLogGroup(f facts, _ state, r resource) {
	f.all("log group", textAt(r.Values, "name"), values{"retention": at(r.Values, "retention_in_days")})
}

func tfFilter(f facts, _ state, r resource) {
	v := r.Values
	f.all("metric filter", textAt(v, "log_group_name"), values{
		"pattern": at(v, "pattern"), "namespace": at(v, "metric_transformation.0.namespace"),
		"metric": at(v, "metric_transformation.0.name"), "value": at(v, "metric_transformation.0.value"),
	})
}

func tfAlarm(f facts, _ state, r resource) {
	v := r.Values
	name := textAt(v, "alarm_name")
	period := at(v, "period")
	if textOf(period) == "0" {
		period = nil // of an alarm on several metrics
	}
	f.all("alarm", name, values{
		"description": at(v, "alarm_description"), "namespace": at(v, "namespace"), "metric": at(v, "metric_name"), "statistic": at(v, "statistic"),
		"period": period, "periods": at(v, "evaluation_periods"), "datapoints": at(v, "datapoints_to_alarm"), "threshold": at(v, "threshold"),
		"comparison": at(v, "comparison_operator"), "missing": at(v, "treat_missing_data"), "actions": setAt(v, "alarm_actions"), "ok": setAt(v, "ok_actions"),
	})
	for k, x := range mapAt(v, "dimensions") {
		f.add("alarm", name, "dimension "+k, x)
	}
	for _, q := range listAt(v, "metric_query") {
		query := "query " + textAt(q, "id")
		f.add("alarm", name, query, textAt(q, "expression")+textAt(q, "return_data"))
		metric := at(q, "metric.0")
		if metric == nil {
			continue
		}
		f.add("alarm", name, query+" metric", textAt(metric, "namespace")+" "+textAt(metric, "metric_name")+" "+textAt(metric, "stat")+" "+textAt(metric, "period"))
		for k, x := range mapAt(metric, "dimensions") {
			f.add("alarm", name, query+" dimension "+k, x)
		}
	}
}

func tfDashboard(f facts, _ state, r resource) {
	f.all("dashboard", textAt(r.Values, "dashboard_name"), values{"body": document(textAt(r.Values, "dashboard_body"))})
}

func tfTopic(f facts, _ state, r resource) {
	f.all("topic", textAt(r.Values, "name"), values{"key": at(r.Values, "kms_master_key_id")})
}

func tfSubscription(f facts, _ state, r resource) {
	f.all("subscription", textAt(r.Values, "topic_arn"), values{"protocol": at(r.Values, "protocol"), "endpoint": at(r.Values, "endpoint")})
}

func tfQueue(f facts, _ state, r resource) {
	f.all("queue", textAt(r.Values, "name"), values{"retention": at(r.Values, "message_retention_seconds"), "encryption": at(r.Values, "sqs_managed_sse_enabled")})
}

func tfPipe(f facts, _ state, r resource) {
	const s = "source_parameters.0.dynamodb_stream_parameters.0."
	v := r.Values
	f.all("pipe", textAt(v, "name"), values{
		"description": at(v, "description"), "role": tfRoleName(textAt(v, "role_arn")), "source": at(v, "source"), "target": at(v, "target"),
		"enrichment": at(v, "enrichment"), "start": at(v, s+"starting_position"), "batch": at(v, s+"batch_size"),
		"batch window": at(v, s+"maximum_batching_window_in_seconds"), "age": at(v, s+"maximum_record_age_in_seconds"),
		"retries": at(v, s+"maximum_retry_attempts"), "partial": at(v, s+"on_partial_batch_item_failure"), "failures": at(v, s+"dead_letter_config.0.arn"),
		"filter": document(textAt(v, "source_parameters.0.filter_criteria.0.filter.0.pattern")),
	})
}
