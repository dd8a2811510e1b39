package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"comanda/testbed/terraform"
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
			Modules   []any      `json:"child_modules"`
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
		case "aws_api_gateway_authorizer", "aws_api_gateway_request_validator":
			ids = append(ids, textOf(r.Values["id"]), textOf(r.Values["name"]))
		case "aws_api_gateway_resource":
			ids = append(ids, textOf(r.Values["id"]), textOf(r.Values["path"]))
		case "aws_api_gateway_deployment":
			ids = append(ids, textOf(r.Values["id"]), "<deployment>")
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

// factsOfTerraform returns the facts of a state. A type of resource that isn't known
// here is an error.
func factsOfTerraform(s state) (*facts, error) {
	f := newFacts("Terraform's")
	if n := len(s.Values.Root.Modules); n > 0 {
		return nil, fmt.Errorf("there are %d modules, into which the comparison doesn't look", n)
	}
	for _, r := range s.Values.Root.Resources {
		if r.Mode == "data" {
			continue
		}
		read, ok := terraformReaders[r.Type]
		if !ok {
			return nil, fmt.Errorf("%s is of type %s, which the comparison doesn't know", r.Address, r.Type)
		}
		n := nodeOf(r.Values)
		read(f, n)
		f.complete(r.Address, r.Type, n, terraformExceptions)
	}
	for name, o := range s.Values.Outputs {
		f.all("output", name, values{"value": o.Value})
	}
	return f, nil
}

var terraformReaders = map[string]func(f *facts, v node){
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
	"aws_api_gateway_resource":          func(*facts, node) {}, // a method has its path
	"aws_api_gateway_deployment":        tfDeployment,
	"aws_api_gateway_authorizer":        tfAuthorizer,
	"aws_api_gateway_model":             tfModel,
	"aws_api_gateway_request_validator": tfValidator,
	"aws_api_gateway_method":            tfMethod,
	"aws_api_gateway_integration":       tfIntegration,
	"aws_api_gateway_gateway_response":  tfGatewayResponse,
	"aws_api_gateway_stage":             tfStage,
	"aws_api_gateway_method_settings":   tfSettings,
	"aws_api_gateway_account":           tfAccount,
}

func tfTable(f *facts, v node) {
	name := v.text("name")
	for _, a := range v.list("attribute") {
		f.add("table", name, "attribute "+a.text("name"), a.at("type"))
	}
	stream := v.text("stream_view_type")
	if v.text("stream_enabled") != "true" {
		stream = ""
	}
	f.all("table", name, values{
		"billing": v.at("billing_mode"), "deletion protection": v.at("deletion_protection_enabled"),
		"recovery": v.at("point_in_time_recovery.0.enabled"), "encryption": v.at("server_side_encryption.0.enabled"),
		"stream": stream, "keys": tfKeys(v),
	})
	for _, ix := range v.list("local_secondary_index") {
		f.add("table", name, "local index "+ix.text("name"), "HASH "+v.text("hash_key")+" RANGE "+ix.text("range_key")+" "+ix.text("projection_type"))
	}
	for _, ix := range v.list("global_secondary_index") {
		f.add("table", name, "global index "+ix.text("name"), tfKeys(ix)+ix.text("projection_type"))
	}
}

func tfKeys(v node) string {
	keys := "HASH " + v.text("hash_key") + " "
	if sort := v.text("range_key"); sort != "" {
		keys += "RANGE " + sort + " "
	}
	return keys
}

func tfPool(f *facts, v node) {
	name := v.text("name")
	f.all("user pool", name, values{
		"deletion protection": v.at("deletion_protection"), "usernames": v.set("username_attributes"), "verified": v.set("auto_verified_attributes"),
		"case": v.at("username_configuration.0.case_sensitive"), "admin only": v.at("admin_create_user_config.0.allow_admin_create_user_only"),
	})
	for _, m := range v.list("account_recovery_setting.0.recovery_mechanism") {
		f.add("user pool", name, "recovery "+m.text("name"), m.at("priority"))
	}
	for theirs, ours := range map[string]string{
		"minimum_length": "MinimumLength", "require_lowercase": "RequireLowercase", "require_uppercase": "RequireUppercase",
		"require_numbers": "RequireNumbers", "require_symbols": "RequireSymbols", "temporary_password_validity_days": "TemporaryPasswordValidityDays",
	} {
		f.add("user pool", name, "password "+ours, v.at("password_policy.0."+theirs))
	}
	for _, a := range v.list("schema") {
		f.add("user pool", name, "attribute "+a.text("name"), set{a.at("attribute_data_type"), a.at("mutable"), a.at("required"),
			a.at("string_attribute_constraints.0.min_length"), a.at("string_attribute_constraints.0.max_length")})
	}
}

func tfClient(f *facts, v node) {
	f.all("client", v.text("name"), values{
		"pool": v.at("user_pool_id"), "secret": v.at("generate_secret"), "existence errors": v.at("prevent_user_existence_errors"),
		"revocation": v.at("enable_token_revocation"), "flows": v.set("explicit_auth_flows"),
		"id token":      v.text("id_token_validity") + v.text("token_validity_units.0.id_token"),
		"access token":  v.text("access_token_validity") + v.text("token_validity_units.0.access_token"),
		"refresh token": v.text("refresh_token_validity") + v.text("token_validity_units.0.refresh_token"),
		"reads":         v.set("read_attributes"), "writes": v.set("write_attributes"), "providers": v.set("supported_identity_providers"),
		"oauth": v.at("allowed_oauth_flows_user_pool_client"), "oauth flows": v.set("allowed_oauth_flows"), "scopes": v.set("allowed_oauth_scopes"),
		"callbacks": v.set("callback_urls"),
	})
}

func tfDomain(f *facts, v node) {
	f.all("domain", v.text("domain"), values{"pool": v.at("user_pool_id")})
}

func tfGroup(f *facts, v node) {
	f.all("group", v.text("name"), values{"pool": v.at("user_pool_id"), "description": v.at("description"), "precedence": v.at("precedence")})
}

func tfFunction(f *facts, v node) {
	name := v.text("function_name")
	f.all("function", name, values{
		"description": v.at("description"), "handler": v.at("handler"), "runtime": v.at("runtime"), "architectures": v.set("architectures"),
		"memory": v.at("memory_size"), "timeout": v.at("timeout"), "tracing": v.at("tracing_config.0.mode"), "role": tfRoleName(v.text("role")),
	})
	for k, x := range v.fields("environment.0.variables") {
		f.add("function", name, "environment "+k, x)
	}
}

// tfRoleName returns the name or the ARN of a role without what is in front of and behind
// every role's name.
func tfRoleName(name string) string {
	name = name[strings.LastIndex(name, "/")+1:]
	return strings.TrimSuffix(strings.TrimPrefix(name, "comanda-"), "-"+terraform.Region)
}

func tfPermission(f *facts, v node) {
	f.all("invocation", v.text("function_name")+" from "+v.text("source_arn"), values{"action": v.at("action"), "principal": v.at("principal")})
}

func tfMapping(f *facts, v node) {
	name := v.text("function_name")
	f.all("stream mapping", name[strings.LastIndex(name, ":")+1:], values{
		"source": v.at("event_source_arn"), "start": v.at("starting_position"), "batch": v.at("batch_size"),
		"batch window": v.at("maximum_batching_window_in_seconds"), "window": v.at("tumbling_window_in_seconds"), "parallel": v.at("parallelization_factor"),
		"bisect": v.at("bisect_batch_on_function_error"), "age": v.at("maximum_record_age_in_seconds"), "retries": v.at("maximum_retry_attempts"),
		"response": v.set("function_response_types"), "filter": documents(v.list("filter_criteria.0.filter"), "pattern"),
		"failures": v.at("destination_config.0.on_failure.0.destination_arn"),
	})
}

func tfRole(f *facts, v node) {
	name := tfRoleName(v.text("name"))
	f.all("role", name, nil)
	f.trust(name, v.open("assume_role_policy"))
}

func tfRolePolicy(f *facts, v node) {
	f.policy("role", tfRoleName(v.text("role")), v.open("policy"))
}

func tfAttachment(f *facts, v node) {
	f.add("role", tfRoleName(v.text("role")), "managed "+v.text("policy_arn"), "yes")
}

func tfLogGroup(f *facts, v node) {
	f.all("log group", v.text("name"), values{"retention": v.at("retention_in_days")})
}

func tfFilter(f *facts, v node) {
	name := v.text("log_group_name")
	f.all("metric filter", name, values{"pattern": v.at("pattern")})
	for _, m := range v.list("metric_transformation") {
		f.add("metric filter", name, "metric "+m.text("namespace")+" "+m.text("name"), m.at("value"))
	}
}

func tfAlarm(f *facts, v node) {
	name := v.text("alarm_name")
	period := v.at("period")
	if textOf(period) == "0" {
		period = nil // of an alarm on several metrics
	}
	f.all("alarm", name, values{
		"description": v.at("alarm_description"), "namespace": v.at("namespace"), "metric": v.at("metric_name"), "statistic": v.at("statistic"),
		"period": period, "periods": v.at("evaluation_periods"), "datapoints": v.at("datapoints_to_alarm"), "threshold": v.at("threshold"),
		"comparison": v.at("comparison_operator"), "missing": v.at("treat_missing_data"), "actions": v.set("alarm_actions"), "ok": v.set("ok_actions"),
	})
	for k, x := range v.fields("dimensions") {
		f.add("alarm", name, "dimension "+k, x)
	}
	for _, q := range v.list("metric_query") {
		query := "query " + q.text("id")
		f.add("alarm", name, query, q.text("expression")+q.text("return_data"))
		metric := q.in("metric.0")
		f.add("alarm", name, query+" metric", set{metric.at("namespace"), metric.at("metric_name"), metric.at("stat"), metric.at("period")})
		for k, x := range metric.fields("dimensions") {
			f.add("alarm", name, query+" dimension "+k, x)
		}
	}
}

func tfDashboard(f *facts, v node) {
	f.all("dashboard", v.text("dashboard_name"), values{"body": document(v.text("dashboard_body"))})
}

func tfTopic(f *facts, v node) {
	name := v.text("name")
	f.all("topic", name, values{"key": v.at("kms_master_key_id")})
	if policy := textOf(v.open("policy")); !strings.Contains(policy, "Id=__default_policy_ID ") { // which SNS makes
		f.add("topic", name, "policy", policy)
	}
}

func tfSubscription(f *facts, v node) {
	f.all("subscription", v.text("topic_arn")+" "+v.text("protocol"), values{"endpoint": v.at("endpoint")})
}

func tfQueue(f *facts, v node) {
	f.all("queue", v.text("name"), values{"retention": v.at("message_retention_seconds"), "encryption": v.at("sqs_managed_sse_enabled")})
}

func tfPipe(f *facts, v node) {
	const s = "source_parameters.0.dynamodb_stream_parameters.0."
	f.all("pipe", v.text("name"), values{
		"description": v.at("description"), "role": tfRoleName(v.text("role_arn")), "source": v.at("source"), "target": v.at("target"),
		"enrichment": v.at("enrichment"), "start": v.at(s + "starting_position"), "batch": v.at(s + "batch_size"),
		"batch window": v.at(s + "maximum_batching_window_in_seconds"), "age": v.at(s + "maximum_record_age_in_seconds"),
		"retries": v.at(s + "maximum_retry_attempts"), "partial": v.at(s + "on_partial_batch_item_failure"), "failures": v.at(s + "dead_letter_config.0.arn"),
		"filter": documents(v.list("source_parameters.0.filter_criteria.0.filter"), "pattern"),
	})
}
