package deploy

import (
	"fmt"
	"strings"
)

// factsOfSAM returns the facts of the template that SAM makes. A type of resource
// that isn't known here is an error.
func factsOfSAM(template map[string]any, parameters map[string]string) (facts, error) {
	c := newCloud(template, parameters)
	f := facts{}
	for id, r := range c.resources {
		if condition := at(r, "Condition"); condition != nil && !c.holds(map[string]any{"Condition": condition}) {
			continue
		}
		p, _ := c.resolve(at(r, "Properties")).(map[string]any)
		kind := textAt(r, "Type")
		read, ok := samReaders[kind]
		if !ok {
			return nil, fmt.Errorf("resource %s is of type %s, which the comparison doesn't know", id, kind)
		}
		read(f, c, id, p)
	}
	for name, o := range mapAt(template, "Outputs") {
		f.all("output", name, values{"value": c.resolve(at(o, "Value"))})
	}
	return f, nil
}

var samReaders = map[string]func(facts, *cloud, string, map[string]any){
	"AWS::DynamoDB::Table":            samTable,
	"AWS::Cognito::UserPool":          samPool,
	"AWS::Cognito::UserPoolClient":    samClient,
	"AWS::Cognito::UserPoolDomain":    samDomain,
	"AWS::Cognito::UserPoolGroup":     samGroup,
	"AWS::Lambda::Function":           samFunction,
	"AWS::Lambda::Permission":         samPermission,
	"AWS::Lambda::EventSourceMapping": samMapping,
	"AWS::IAM::Role":                  samRole,
	"AWS::Logs::LogGroup":             samLogGroup,
	"AWS::Logs::MetricFilter":         samFilter,
	"AWS::CloudWatch::Alarm":          samAlarm,
	"AWS::CloudWatch::Dashboard":      samDashboard,
	"AWS::SNS::Topic":                 samTopic,
	"AWS::SNS::Subscription":          samSubscription,
	"AWS::SQS::Queue":                 samQueue,
	"AWS::Pipes::Pipe":                samPipe,
	"AWS::ApiGateway::RestApi":        samAPI,
	"AWS::ApiGateway::Deployment":     func(facts, *cloud, string, map[string]any) {}, // of what the API has
	"AWS::ApiGateway::Stage":          samStage,
	"AWS::ApiGateway::Account": func(f facts, _ *cloud, _ string, _ map[string]any) {
		f.all("gateway account", "", values{"role": "gateway-log"})
	},
}

func samTable(f facts, _ *cloud, _ string, p map[string]any) {
	name := textAt(p, "TableName")
	f.all("table", name, values{
		"billing": at(p, "BillingMode"), "deletion protection": at(p, "DeletionProtectionEnabled"),
		"recovery": at(p, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"), "encryption": at(p, "SSESpecification.SSEEnabled"),
		"stream": at(p, "StreamSpecification.StreamViewType"), "keys": samKeys(at(p, "KeySchema")),
	})
	for _, a := range listAt(p, "AttributeDefinitions") {
		f.add("table", name, "attribute "+textAt(a, "AttributeName"), at(a, "AttributeType"))
	}
	for _, kind := range []string{"Local", "Global"} {
		for _, ix := range listAt(p, kind+"SecondaryIndexes") {
			f.add("table", name, strings.ToLower(kind)+" index "+textAt(ix, "IndexName"), samKeys(at(ix, "KeySchema"))+textAt(ix, "Projection.ProjectionType"))
		}
	}
}

func samKeys(schema any) string {
	var b strings.Builder
	for _, k := range listOf(schema) {
		b.WriteString(textAt(k, "KeyType") + " " + textAt(k, "AttributeName") + " ")
	}
	return b.String()
}

func samPool(f facts, _ *cloud, _ string, p map[string]any) {
	name := textAt(p, "UserPoolName")
	f.all("user pool", name, values{
		"deletion protection": at(p, "DeletionProtection"), "usernames": setAt(p, "UsernameAttributes"), "verified": setAt(p, "AutoVerifiedAttributes"),
		"case": at(p, "UsernameConfiguration.CaseSensitive"), "admin only": at(p, "AdminCreateUserConfig.AllowAdminCreateUserOnly"),
		"recovery": textAt(p, "AccountRecoverySetting.RecoveryMechanisms.0.Name"),
	})
	for k, v := range mapAt(p, "Policies.PasswordPolicy") {
		f.add("user pool", name, "password "+k, v)
	}
	for _, a := range listAt(p, "Schema") {
		f.add("user pool", name, "attribute "+textAt(a, "Name"), set{at(a, "AttributeDataType"), at(a, "Mutable"), at(a, "Required"),
			at(a, "StringAttributeConstraints.MinLength"), at(a, "StringAttributeConstraints.MaxLength")})
	}
}

func samClient(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("client", textAt(p, "ClientName"), values{
		"pool": at(p, "UserPoolId"), "secret": at(p, "GenerateSecret"), "existence errors": at(p, "PreventUserExistenceErrors"),
		"revocation": at(p, "EnableTokenRevocation"), "flows": setAt(p, "ExplicitAuthFlows"),
		"id token":      textAt(p, "IdTokenValidity") + textAt(p, "TokenValidityUnits.IdToken"),
		"access token":  textAt(p, "AccessTokenValidity") + textAt(p, "TokenValidityUnits.AccessToken"),
		"refresh token": textAt(p, "RefreshTokenValidity") + textAt(p, "TokenValidityUnits.RefreshToken"),
		"reads":         setAt(p, "ReadAttributes"), "writes": setAt(p, "WriteAttributes"), "providers": setAt(p, "SupportedIdentityProviders"),
		"oauth": at(p, "AllowedOAuthFlowsUserPoolClient"), "oauth flows": setAt(p, "AllowedOAuthFlows"), "scopes": setAt(p, "AllowedOAuthScopes"),
		"callbacks": setAt(p, "CallbackURLs"),
	})
}

func samDomain(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("domain", textAt(p, "Domain"), values{"pool": at(p, "UserPoolId")})
}

func samGroup(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("group", textAt(p, "GroupName"), values{"pool": at(p, "UserPoolId"), "description": at(p, "Description"), "precedence": at(p, "Precedence")})
}

func samFunction(f facts, _ *cloud, _ string, p map[string]any) {
	name := textAt(p, "FunctionName")
	f.all("function", name, values{
		"description": at(p, "Description"), "handler": at(p, "Handler"), "runtime": at(p, "Runtime"), "architectures": setAt(p, "Architectures"), "memory": at(p, "MemorySize"),
		"timeout": at(p, "Timeout"), "tracing": at(p, "TracingConfig.Mode"), "role": roleName(textAt(p, "Role")),
	})
	for k, v := range mapAt(p, "Environment.Variables") {
		f.add("function", name, "environment "+k, v)
	}
}

// roleName returns "<role AddOrderRole>" as add_order, which is what Terraform's role is
// called after.
func roleName(id string) string {
	id = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(id, ">"), "<role "), "Role")
	for _, known := range Functions() {
		if known.ID() == id {
			return known.Name
		}
	}
	var b strings.Builder
	for i, r := range id {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return b.String()
}

func samPermission(f facts, _ *cloud, _ string, p map[string]any) {
	function := textAt(p, "FunctionName")
	function = function[strings.LastIndex(function, ":")+1:]
	f.all("invocation", function+" from "+textAt(p, "SourceArn"), values{"action": at(p, "Action"), "principal": at(p, "Principal")})
}

func samMapping(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("stream mapping", textAt(p, "FunctionName"), values{
		"source": at(p, "EventSourceArn"), "start": at(p, "StartingPosition"), "batch": at(p, "BatchSize"),
		"batch window": at(p, "MaximumBatchingWindowInSeconds"), "window": at(p, "TumblingWindowInSeconds"), "parallel": at(p, "ParallelizationFactor"),
		"bisect": at(p, "BisectBatchOnFunctionError"), "age": at(p, "MaximumRecordAgeInSeconds"), "retries": at(p, "MaximumRetryAttempts"),
		"response": setAt(p, "FunctionResponseTypes"), "filter": document(textAt(p, "FilterCriteria.Filters.0.Pattern")),
		"failures": at(p, "DestinationConfig.OnFailure.Destination"),
	})
}

func samRole(f facts, _ *cloud, id string, p map[string]any) {
	name := roleName(id)
	f.all("role", name, values{"managed": setAt(p, "ManagedPolicyArns")})
	f.trust(name, at(p, "AssumeRolePolicyDocument"))
	for _, policy := range listAt(p, "Policies") {
		f.policy("role", name, at(policy, "PolicyDocument"))
	}
}

func samLogGroup(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("log group", textAt(p, "LogGroupName"), values{"retention": at(p, "RetentionInDays")})
}

func samFilter(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("metric filter", textAt(p, "LogGroupName"), values{
		"pattern": at(p, "FilterPattern"), "namespace": at(p, "MetricTransformations.0.MetricNamespace"),
		"metric": at(p, "MetricTransformations.0.MetricName"), "value": at(p, "MetricTransformations.0.MetricValue"),
	})
}

func samAlarm(f facts, _ *cloud, _ string, p map[string]any) {
	name := textAt(p, "AlarmName")
	f.all("alarm", name, values{
		"description": at(p, "AlarmDescription"), "namespace": at(p, "Namespace"), "metric": at(p, "MetricName"), "statistic": at(p, "Statistic"),
		"period": at(p, "Period"), "periods": at(p, "EvaluationPeriods"), "datapoints": at(p, "DatapointsToAlarm"), "threshold": at(p, "Threshold"),
		"comparison": at(p, "ComparisonOperator"), "missing": at(p, "TreatMissingData"), "actions": setAt(p, "AlarmActions"), "ok": setAt(p, "OKActions"),
	})
	for _, d := range listAt(p, "Dimensions") {
		f.add("alarm", name, "dimension "+textAt(d, "Name"), at(d, "Value"))
	}
	for _, m := range listAt(p, "Metrics") {
		query := "query " + textAt(m, "Id")
		f.add("alarm", name, query, textAt(m, "Expression")+textAt(m, "ReturnData"))
		metric := at(m, "MetricStat.Metric")
		if metric == nil {
			continue
		}
		f.add("alarm", name, query+" metric", textAt(metric, "Namespace")+" "+textAt(metric, "MetricName")+" "+textAt(m, "MetricStat.Stat")+" "+textAt(m, "MetricStat.Period"))
		for _, d := range listAt(metric, "Dimensions") {
			f.add("alarm", name, query+" dimension "+textAt(d, "Name"), at(d, "Value"))
		}
	}
}

func samDashboard(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("dashboard", textAt(p, "DashboardName"), values{"body": document(textAt(p, "DashboardBody"))})
}

func samTopic(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("topic", textAt(p, "TopicName"), values{"key": at(p, "KmsMasterKeyId")})
}

func samSubscription(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("subscription", textAt(p, "TopicArn"), values{"protocol": at(p, "Protocol"), "endpoint": at(p, "Endpoint")})
}

func samQueue(f facts, _ *cloud, _ string, p map[string]any) {
	f.all("queue", textAt(p, "QueueName"), values{"retention": at(p, "MessageRetentionPeriod"), "encryption": at(p, "SqsManagedSseEnabled")})
}

func samPipe(f facts, _ *cloud, _ string, p map[string]any) {
	const s = "SourceParameters.DynamoDBStreamParameters."
	f.all("pipe", textAt(p, "Name"), values{
		"description": at(p, "Description"), "role": roleName(textAt(p, "RoleArn")), "source": at(p, "Source"), "target": at(p, "Target"),
		"enrichment": at(p, "Enrichment"), "start": at(p, s+"StartingPosition"), "batch": at(p, s+"BatchSize"),
		"batch window": at(p, s+"MaximumBatchingWindowInSeconds"), "age": at(p, s+"MaximumRecordAgeInSeconds"),
		"retries": at(p, s+"MaximumRetryAttempts"), "partial": at(p, s+"OnPartialBatchItemFailure"), "failures": at(p, s+"DeadLetterConfig.Arn"),
		"filter": document(textAt(p, "SourceParameters.FilterCriteria.Filters.0.Pattern")),
	})
}

func samAPI(f facts, _ *cloud, _ string, p map[string]any) {
	name := textAt(p, "Name")
	f.all("api", name, values{"endpoints": setAt(p, "EndpointConfiguration.Types"), "binary": setAt(p, "Body.x-amazon-apigateway-binary-media-types")})
	for path, item := range mapAt(p, "Body.paths") {
		for method, operation := range item.(map[string]any) { //nolint:forcetypeassert // nothing else is a path
			samRoute(f, p, strings.ToUpper(method), path, operation)
		}
	}
	for name, schema := range mapAt(p, "Body.definitions") {
		f.all("model", strings.ToLower(name), values{"schema": schema})
	}
	for name, validator := range mapAt(p, "Body.x-amazon-apigateway-request-validators") {
		f.all("validator", name, values{"body": at(validator, "validateRequestBody"), "parameters": at(validator, "validateRequestParameters")})
	}
	for name, d := range mapAt(p, "Body.securityDefinitions") {
		a := at(d, "x-amazon-apigateway-authorizer")
		kind := strings.ToUpper(textAt(a, "type"))
		f.all("authorizer", name, values{"type": kind, "header": at(d, "name"), "kept": at(a, "authorizerResultTtlInSeconds"),
			"pool": textAt(a, "providerARNs.0"), "expression": at(a, "identityValidationExpression"), "function": functionIn(textAt(a, "authorizerUri"))})
	}
	for kind, r := range mapAt(p, "Body.x-amazon-apigateway-gateway-responses") {
		f.all("gateway response", kind, values{"status": at(r, "statusCode"), "body": at(r, "responseTemplates")})
		for header, value := range mapAt(r, "responseParameters") {
			f.add("gateway response", kind, header, value)
		}
	}
}

func samRoute(f facts, p map[string]any, method, path string, operation any) {
	integration := at(operation, "x-amazon-apigateway-integration")
	authorizer := "none"
	for name := range mapAt(operation, "security.0") {
		authorizer = name
	}
	model := textAt(operation, "parameters.0.schema.$ref")
	f.all("route", method+" "+path, values{
		"type": strings.ToUpper(textAt(integration, "type")), "function": functionIn(textAt(integration, "uri")), "authorizer": authorizer,
		"model": strings.ToLower(model[strings.LastIndex(model, "/")+1:]), "validator": at(operation, "x-amazon-apigateway-request-validator"),
	})
}

// functionIn returns the name of the function in the URI of an integration.
func functionIn(uri string) string {
	_, after, _ := strings.Cut(uri, ":function:")
	return strings.TrimSuffix(after, "/invocations")
}

func samStage(f facts, _ *cloud, _ string, p map[string]any) {
	name := textAt(p, "StageName")
	f.all("stage", name, values{
		"api": at(p, "RestApiId"), "tracing": at(p, "TracingEnabled"), "log": strings.TrimSuffix(textAt(p, "AccessLogSetting.DestinationArn"), ":*"),
		"log format": document(textAt(p, "AccessLogSetting.Format")),
	})
	s := at(p, "MethodSettings.0")
	f.all("stage settings", name+" "+textAt(s, "HttpMethod")+textAt(s, "ResourcePath"), values{
		"metrics": at(s, "MetricsEnabled"), "data trace": at(s, "DataTraceEnabled"), "logging": at(s, "LoggingLevel"),
		"rate": at(s, "ThrottlingRateLimit"), "burst": at(s, "ThrottlingBurstLimit"),
	})
}
