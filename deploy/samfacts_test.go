package deploy

import (
	"fmt"
	"strings"
)

// factsOfSAM returns the facts of the template that SAM makes. A type of resource
// that isn't known here is an error.
func factsOfSAM(template map[string]any, parameters map[string]string) (*facts, error) {
	c := newCloud(template, parameters)
	f := newFacts("SAM's")
	for id, r := range c.resources {
		n := nodeOf(c.resolve(r))
		if condition := n.at("Condition"); condition != nil && !c.holds(map[string]any{"Condition": condition}) {
			continue
		}
		kind := n.text("Type")
		read, ok := samReaders[kind]
		if !ok {
			return nil, fmt.Errorf("resource %s is of type %s, which the comparison doesn't know", id, kind)
		}
		read(f, id, n.in("Properties"))
		f.complete(id, kind, n, samExceptions)
	}
	for name, o := range mapAt(template, "Outputs") {
		n := nodeOf(c.resolve(o))
		f.all("output", name, values{"value": n.at("Value")})
		f.complete(name, "output", n, samExceptions)
	}
	return f, nil
}

var samReaders = map[string]func(f *facts, id string, p node){
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
	"AWS::ApiGateway::Deployment":     samDeployment,
	"AWS::ApiGateway::Stage":          samStage,
	"AWS::ApiGateway::Account":        samAccount,
}

func samTable(f *facts, _ string, p node) {
	name := p.text("TableName")
	f.all("table", name, values{
		"billing": p.at("BillingMode"), "deletion protection": p.at("DeletionProtectionEnabled"),
		"recovery": p.at("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"), "encryption": p.at("SSESpecification.SSEEnabled"),
		"stream": p.at("StreamSpecification.StreamViewType"), "keys": samKeys(p),
	})
	for _, a := range p.list("AttributeDefinitions") {
		f.add("table", name, "attribute "+a.text("AttributeName"), a.at("AttributeType"))
	}
	for _, kind := range []string{"Local", "Global"} {
		for _, ix := range p.list(kind + "SecondaryIndexes") {
			f.add("table", name, strings.ToLower(kind)+" index "+ix.text("IndexName"), samKeys(ix)+ix.text("Projection.ProjectionType"))
		}
	}
}

func samKeys(of node) string {
	var b strings.Builder
	for _, k := range of.list("KeySchema") {
		b.WriteString(k.text("KeyType") + " " + k.text("AttributeName") + " ")
	}
	return b.String()
}

func samPool(f *facts, _ string, p node) {
	name := p.text("UserPoolName")
	f.all("user pool", name, values{
		"deletion protection": p.at("DeletionProtection"), "usernames": p.set("UsernameAttributes"), "verified": p.set("AutoVerifiedAttributes"),
		"case": p.at("UsernameConfiguration.CaseSensitive"), "admin only": p.at("AdminCreateUserConfig.AllowAdminCreateUserOnly"),
	})
	for _, m := range p.list("AccountRecoverySetting.RecoveryMechanisms") {
		f.add("user pool", name, "recovery "+m.text("Name"), m.at("Priority"))
	}
	for k, v := range p.fields("Policies.PasswordPolicy") {
		f.add("user pool", name, "password "+k, v)
	}
	for _, a := range p.list("Schema") {
		f.add("user pool", name, "attribute "+a.text("Name"), set{a.at("AttributeDataType"), a.at("Mutable"), a.at("Required"),
			a.at("StringAttributeConstraints.MinLength"), a.at("StringAttributeConstraints.MaxLength")})
	}
}

func samClient(f *facts, _ string, p node) {
	f.all("client", p.text("ClientName"), values{
		"pool": p.at("UserPoolId"), "secret": p.at("GenerateSecret"), "existence errors": p.at("PreventUserExistenceErrors"),
		"revocation": p.at("EnableTokenRevocation"), "flows": p.set("ExplicitAuthFlows"),
		"id token":      p.text("IdTokenValidity") + p.text("TokenValidityUnits.IdToken"),
		"access token":  p.text("AccessTokenValidity") + p.text("TokenValidityUnits.AccessToken"),
		"refresh token": p.text("RefreshTokenValidity") + p.text("TokenValidityUnits.RefreshToken"),
		"reads":         p.set("ReadAttributes"), "writes": p.set("WriteAttributes"), "providers": p.set("SupportedIdentityProviders"),
		"oauth": p.at("AllowedOAuthFlowsUserPoolClient"), "oauth flows": p.set("AllowedOAuthFlows"), "scopes": p.set("AllowedOAuthScopes"),
		"callbacks": p.set("CallbackURLs"),
	})
}

func samDomain(f *facts, _ string, p node) {
	f.all("domain", p.text("Domain"), values{"pool": p.at("UserPoolId")})
}

func samGroup(f *facts, _ string, p node) {
	f.all("group", p.text("GroupName"), values{"pool": p.at("UserPoolId"), "description": p.at("Description"), "precedence": p.at("Precedence")})
}

func samFunction(f *facts, _ string, p node) {
	name := p.text("FunctionName")
	f.all("function", name, values{
		"description": p.at("Description"), "handler": p.at("Handler"), "runtime": p.at("Runtime"), "architectures": p.set("Architectures"), "memory": p.at("MemorySize"),
		"timeout": p.at("Timeout"), "tracing": p.at("TracingConfig.Mode"), "role": roleName(p.text("Role")),
	})
	for k, v := range p.fields("Environment.Variables") {
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

func samPermission(f *facts, _ string, p node) {
	function := p.text("FunctionName")
	function = function[strings.LastIndex(function, ":")+1:]
	f.all("invocation", function+" from "+p.text("SourceArn"), values{"action": p.at("Action"), "principal": p.at("Principal")})
}

func samMapping(f *facts, _ string, p node) {
	f.all("stream mapping", p.text("FunctionName"), values{
		"source": p.at("EventSourceArn"), "start": p.at("StartingPosition"), "batch": p.at("BatchSize"),
		"batch window": p.at("MaximumBatchingWindowInSeconds"), "window": p.at("TumblingWindowInSeconds"), "parallel": p.at("ParallelizationFactor"),
		"bisect": p.at("BisectBatchOnFunctionError"), "age": p.at("MaximumRecordAgeInSeconds"), "retries": p.at("MaximumRetryAttempts"),
		"response": p.set("FunctionResponseTypes"), "filter": documents(p.list("FilterCriteria.Filters"), "Pattern"),
		"failures": p.at("DestinationConfig.OnFailure.Destination"),
	})
}

func samRole(f *facts, id string, p node) {
	name := roleName(id)
	f.all("role", name, nil)
	f.trust(name, p.in("AssumeRolePolicyDocument"))
	for _, policy := range p.list("Policies") {
		f.policy("role", name, policy.in("PolicyDocument"))
	}
	for _, arn := range p.list("ManagedPolicyArns") {
		f.add("role", name, "managed "+textOf(arn), "yes")
	}
}

func samLogGroup(f *facts, _ string, p node) {
	f.all("log group", p.text("LogGroupName"), values{"retention": p.at("RetentionInDays")})
}

func samFilter(f *facts, _ string, p node) {
	name := p.text("LogGroupName")
	f.all("metric filter", name, values{"pattern": p.at("FilterPattern")})
	for _, m := range p.list("MetricTransformations") {
		f.add("metric filter", name, "metric "+m.text("MetricNamespace")+" "+m.text("MetricName"), m.at("MetricValue"))
	}
}

func samAlarm(f *facts, _ string, p node) {
	name := p.text("AlarmName")
	f.all("alarm", name, values{
		"description": p.at("AlarmDescription"), "namespace": p.at("Namespace"), "metric": p.at("MetricName"), "statistic": p.at("Statistic"),
		"period": p.at("Period"), "periods": p.at("EvaluationPeriods"), "datapoints": p.at("DatapointsToAlarm"), "threshold": p.at("Threshold"),
		"comparison": p.at("ComparisonOperator"), "missing": p.at("TreatMissingData"), "actions": p.set("AlarmActions"), "ok": p.set("OKActions"),
	})
	for _, d := range p.list("Dimensions") {
		f.add("alarm", name, "dimension "+d.text("Name"), d.at("Value"))
	}
	for _, m := range p.list("Metrics") {
		query := "query " + m.text("Id")
		f.add("alarm", name, query, m.text("Expression")+m.text("ReturnData"))
		metric := m.in("MetricStat.Metric")
		f.add("alarm", name, query+" metric", set{metric.at("Namespace"), metric.at("MetricName"), m.at("MetricStat.Stat"), m.at("MetricStat.Period")})
		for _, d := range metric.list("Dimensions") {
			f.add("alarm", name, query+" dimension "+d.text("Name"), d.at("Value"))
		}
	}
}

func samDashboard(f *facts, _ string, p node) {
	f.all("dashboard", p.text("DashboardName"), values{"body": document(p.text("DashboardBody"))})
}

func samTopic(f *facts, _ string, p node) {
	f.all("topic", p.text("TopicName"), values{"key": p.at("KmsMasterKeyId")})
}

func samSubscription(f *facts, _ string, p node) {
	f.all("subscription", p.text("TopicArn")+" "+p.text("Protocol"), values{"endpoint": p.at("Endpoint")})
}

func samQueue(f *facts, _ string, p node) {
	f.all("queue", p.text("QueueName"), values{"retention": p.at("MessageRetentionPeriod"), "encryption": p.at("SqsManagedSseEnabled")})
}

func samPipe(f *facts, _ string, p node) {
	const s = "SourceParameters.DynamoDBStreamParameters."
	f.all("pipe", p.text("Name"), values{
		"description": p.at("Description"), "role": roleName(p.text("RoleArn")), "source": p.at("Source"), "target": p.at("Target"),
		"enrichment": p.at("Enrichment"), "start": p.at(s + "StartingPosition"), "batch": p.at(s + "BatchSize"),
		"batch window": p.at(s + "MaximumBatchingWindowInSeconds"), "age": p.at(s + "MaximumRecordAgeInSeconds"),
		"retries": p.at(s + "MaximumRetryAttempts"), "partial": p.at(s + "OnPartialBatchItemFailure"), "failures": p.at(s + "DeadLetterConfig.Arn"),
		"filter": documents(p.list("SourceParameters.FilterCriteria.Filters"), "Pattern"),
	})
}

func samAPI(f *facts, _ string, p node) {
	name := p.text("Name")
	f.all("api", name, values{"endpoints": p.set("EndpointConfiguration.Types"), "binary": p.set("Body.x-amazon-apigateway-binary-media-types")})
	for path, item := range p.fields("Body.paths") {
		for method, operation := range item.fields("") {
			samRoute(f, strings.ToUpper(method)+" "+path, operation)
		}
	}
	for name, schema := range p.fields("Body.definitions") {
		f.all("model", strings.ToLower(name), values{"schema": schema})
	}
	for name, validator := range p.fields("Body.x-amazon-apigateway-request-validators") {
		f.all("validator", name, values{"body": validator.at("validateRequestBody"), "parameters": validator.at("validateRequestParameters")})
	}
	for name, d := range p.fields("Body.securityDefinitions") {
		a := d.in("x-amazon-apigateway-authorizer")
		kind := strings.ToUpper(a.text("type"))
		f.all("authorizer", name, values{"type": kind, "token": d.text("in") + "." + d.text("name"), "kept": a.at("authorizerResultTtlInSeconds"),
			"pools": a.set("providerARNs"), "expression": a.at("identityValidationExpression"), "function": functionIn(a.text("authorizerUri"))})
	}
	for kind, r := range p.fields("Body.x-amazon-apigateway-gateway-responses") {
		f.all("gateway response", kind, values{"status": r.at("statusCode"), "body": r.at("responseTemplates")})
		for header, value := range r.fields("responseParameters") {
			f.add("gateway response", kind, header, value)
		}
	}
}

func samRoute(f *facts, name string, operation node) {
	integration := operation.in("x-amazon-apigateway-integration")
	f.all("route", name, values{
		"type": strings.ToUpper(integration.text("type")), "by": integration.at("httpMethod"), "function": functionIn(integration.text("uri")),
		"validator": operation.at("x-amazon-apigateway-request-validator"),
	})
	authorizers := set{}
	for _, s := range operation.list("security") {
		for authorizer := range s.fields("") {
			authorizers = append(authorizers, authorizer)
		}
	}
	if len(authorizers) == 0 {
		authorizers = set{"none"}
	}
	f.add("route", name, "authorizer", authorizers)
	for _, parameter := range operation.list("parameters") {
		in, model := parameter.text("in"), parameter.text("schema.$ref")
		model = strings.ToLower(model[strings.LastIndex(model, "/")+1:])
		f.add("route", name, in, model)
		f.add("route", name, in+" required", parameter.at("required"))
		if called := parameter.text("name"); called != model {
			f.add("route", name, in+" called", called)
		}
	}
}

// functionIn returns the name of the function in the URI of an integration.
func functionIn(uri string) string {
	_, after, _ := strings.Cut(uri, ":function:")
	return strings.TrimSuffix(after, "/invocations")
}

func samStage(f *facts, _ string, p node) {
	name := p.text("StageName")
	f.all("stage", name, values{
		"api": p.at("RestApiId"), "tracing": p.at("TracingEnabled"), "log": strings.TrimSuffix(p.text("AccessLogSetting.DestinationArn"), ":*"),
		"log format": document(p.text("AccessLogSetting.Format")), "deployment": p.at("DeploymentId"),
	})
	for _, s := range p.list("MethodSettings") {
		f.all("stage settings", name+" "+s.text("HttpMethod")+s.text("ResourcePath"), values{
			"metrics": s.at("MetricsEnabled"), "data trace": s.at("DataTraceEnabled"), "logging": s.at("LoggingLevel"),
			"rate": s.at("ThrottlingRateLimit"), "burst": s.at("ThrottlingBurstLimit"),
		})
	}
}

func samDeployment(f *facts, _ string, p node) {
	f.all("deployment", "", values{"api": p.at("RestApiId")})
}

func samAccount(f *facts, _ string, p node) {
	f.all("gateway account", "", values{"role": roleName(p.text("CloudWatchRoleArn"))})
}
