package deploy

import (
	"fmt"
	"strings"
)

// exception is what a side says of resources of a type, and the other side has no word for.
type exception struct {
	kind  string // a type of resources, or * for all
	paths string // of properties and all below them; with "=value", of no other value
	why   string
}

const (
	byCloud   = "made or counted by the cloud"
	byDefault = "AWS's default"
)

// samExceptions are those of SAM's template.
var samExceptions = []exception{
	{"*", "DeletionPolicy UpdateReplacePolicy", "wrongAfterlife looks at them; Terraform has no word for them"},
	{"output", "Description", "for people"},
	{"AWS::Lambda::Function", "Metadata Properties.Code", "where the program is: `sam package` puts it there"},
	{"AWS::Lambda::Function", "Properties.Tags.0.Key=lambda:createdBy Properties.Tags.0.Value=SAM", "SAM's own mark"},
	{"AWS::Logs::LogGroup", "Properties.Tags", "an order of work: the account's role for logs is before the group"},
	{"AWS::IAM::Role", "Properties.AssumeRolePolicyDocument.Version=2012-10-17 Properties.Policies.0.PolicyDocument.Version=2012-10-17", "the language's version"},
	{"AWS::IAM::Role", "Properties.Policies.0.PolicyName=all", "a name for people"},
	{"AWS::ApiGateway::RestApi", "Properties.Body.swagger=2.0 Properties.Body.info", "OpenAPI's head"},
	{"AWS::ApiGateway::RestApi", "Properties.BinaryMediaTypes.0=*/* Properties.Parameters.endpointConfigurationTypes=REGIONAL", "said once more by SAM"},
	{"AWS::ApiGateway::RestApi", "Properties.Body.securityDefinitions.cognito.type=apiKey Properties.Body.securityDefinitions.token.type=apiKey", "OpenAPI's word for any header"},
	{"AWS::ApiGateway::RestApi", "Properties.Body.securityDefinitions.cognito.x-amazon-apigateway-authtype=cognito_user_pools " +
		"Properties.Body.securityDefinitions.token.x-amazon-apigateway-authtype=custom", "follows from the authorizer's type"},
	{"AWS::ApiGateway::Deployment", "Properties.Description", "for people"},
}

// terraformExceptions are those of Terraform's state, which has all that the cloud knows of a resource.
var terraformExceptions = []exception{
	{"*", "arn id execution_arn invoke_url created_date create_date creation_date last_modified last_modified_date unique_id owner owner_id", byCloud},
	{"*", "rest_api_id=<api>", "there is one API"},
	{"aws_api_gateway_account", "api_key_version throttle_settings", byCloud},
	{"aws_api_gateway_deployment", "triggers", "when to deploy again: SAM decides by itself"},
	{"aws_api_gateway_integration", "connection_type=INTERNET timeout_milliseconds=29000", byDefault},
	{"aws_api_gateway_method", "api_key_required=false", byDefault},
	{"aws_api_gateway_method_settings", "settings.0.caching_enabled=false settings.0.cache_data_encrypted settings.0.cache_ttl_in_seconds " +
		"settings.0.require_authorization_for_cache_control settings.0.unauthorized_cache_control_header_strategy", "nothing is cached"},
	{"aws_api_gateway_model", "content_type=application/json", "OpenAPI has one for all models"},
	{"aws_api_gateway_resource", "parent_id path path_part", "every method has its path"},
	{"aws_api_gateway_rest_api", "root_resource_id", byCloud},
	{"aws_api_gateway_rest_api", "api_key_source=HEADER disable_execute_api_endpoint=false", byDefault},
	{"aws_api_gateway_stage", "cache_cluster_enabled=false", byDefault},
	{"aws_cloudwatch_dashboard", "dashboard_arn", byCloud},
	{"aws_cloudwatch_log_group", "skip_destroy=false", "whether removing removes it: both do"},
	{"aws_cloudwatch_log_metric_filter", "name", "for people; CloudFormation makes one"},
	{"aws_cloudwatch_log_metric_filter", "metric_transformation.0.unit=None", byDefault},
	{"aws_cloudwatch_metric_alarm", "actions_enabled=true", byDefault},
	{"aws_cognito_user_pool", "endpoint estimated_number_of_users", byCloud},
	{"aws_cognito_user_pool", "email_configuration.0.email_sending_account=COGNITO_DEFAULT mfa_configuration=OFF password_policy.0.password_history_size=0 " +
		"schema.0.developer_only_attribute=false verification_message_template.0.default_email_option=CONFIRM_WITH_CODE", byDefault},
	{"aws_cognito_user_pool", "email_verification_message email_verification_subject sms_verification_message verification_message_template.0.email_message " +
		"verification_message_template.0.email_subject verification_message_template.0.sms_message", "Cognito's own words"},
	{"aws_cognito_user_pool_client", "auth_session_validity=3 enable_propagate_additional_user_context_data=false", byDefault},
	{"aws_cognito_user_pool_domain", "aws_account_id cloudfront_distribution cloudfront_distribution_arn cloudfront_distribution_zone_id", byCloud},
	{"aws_cognito_user_pool_domain", "managed_login_version=0", byDefault},
	{"aws_dynamodb_table", "stream_arn stream_label", byCloud},
	{"aws_dynamodb_table", "read_capacity=0 write_capacity=0 global_secondary_index.0.read_capacity=0 global_secondary_index.0.write_capacity=0", "paid by request"},
	{"aws_dynamodb_table", "point_in_time_recovery.0.recovery_period_in_days=35 table_class=STANDARD ttl.0.enabled=false", byDefault},
	{"aws_iam_role", "assume_role_policy.Version=2012-10-17", "the language's version"},
	{"aws_iam_role", "force_detach_policies=false max_session_duration=3600 path=/", byDefault},
	{"aws_iam_role_policy", "name=all", "for people"},
	{"aws_iam_role_policy", "policy.Version=2012-10-17", "the language's version"},
	{"aws_lambda_event_source_mapping", "function_arn state state_transition_reason uuid", byCloud},
	{"aws_lambda_event_source_mapping", "enabled=true", byDefault},
	{"aws_lambda_function", "filename source_code_hash", "where the program is"},
	{"aws_lambda_function", "code_sha256 invoke_arn qualified_arn qualified_invoke_arn source_code_size version", byCloud},
	{"aws_lambda_function", "ephemeral_storage.0.size=512 package_type=Zip publish=false reserved_concurrent_executions=-1 skip_destroy=false", byDefault},
	{"aws_lambda_permission", "statement_id statement_id_prefix", "made by Terraform; CloudFormation makes one, too"},
	{"aws_pipes_pipe", "desired_state=RUNNING", byDefault},
	{"aws_pipes_pipe", "source_parameters.0.dynamodb_stream_parameters.0.parallelization_factor=0", "not said, which is 1"},
	{"aws_sns_topic", "content_based_deduplication=false fifo_topic=false signature_version=0 application_success_feedback_sample_rate=0 " +
		"firehose_success_feedback_sample_rate=0 http_success_feedback_sample_rate=0 lambda_success_feedback_sample_rate=0 sqs_success_feedback_sample_rate=0", byDefault},
	{"aws_sns_topic_subscription", "confirmation_timeout_in_minutes=1 endpoint_auto_confirms=false raw_message_delivery=false", byDefault},
	{"aws_sns_topic_subscription", "confirmation_was_authenticated pending_confirmation", "whether its owner has confirmed it yet"},
	{"aws_sqs_queue", "url", byCloud},
	{"aws_sqs_queue", "content_based_deduplication=false delay_seconds=0 fifo_queue=false kms_data_key_reuse_period_seconds=300 " +
		"receive_wait_time_seconds=0 visibility_timeout_seconds=30", byDefault},
	{"aws_sqs_queue", "max_message_size=262144", "the provider's default, less than AWS's of today; dead letters only say where a change is in the stream"},
}

// complete notes as a problem what no reader has taken of a resource and no exception excuses.
func (f *facts) complete(name, kind string, n node, exceptions []exception) {
	unread := n.unread()
	for _, e := range exceptions {
		if e.kind != "*" && e.kind != kind {
			continue
		}
		for excuse := range strings.FieldsSeq(e.paths) {
			for path, value := range unread {
				if excuse == path+"="+value || excuse == path || strings.HasPrefix(path, excuse+".") {
					delete(unread, path)
					f.excused[e.kind+" "+excuse] = true
				}
			}
		}
	}
	for path, value := range unread {
		f.problems = append(f.problems, fmt.Sprintf("%s: %s is %q on %s side, and no reader reads it", name, path, value, f.side))
	}
}

// unneeded returns the exceptions that excused nothing.
func (f *facts) unneeded(exceptions []exception) []string {
	var out []string
	for _, e := range exceptions {
		for excuse := range strings.FieldsSeq(e.paths) {
			if !f.excused[e.kind+" "+excuse] {
				out = append(out, e.kind+" "+excuse)
			}
		}
	}
	return out
}
