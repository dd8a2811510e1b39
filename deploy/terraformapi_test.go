package deploy

import "strings"

func tfAPI(f facts, _ state, r resource) {
	f.all("api", textAt(r.Values, "name"), values{"endpoints": setAt(r.Values, "endpoint_configuration.0.types"), "binary": setAt(r.Values, "binary_media_types")})
}

func tfAuthorizer(f facts, _ state, r resource) {
	v := r.Values
	kept := at(v, "authorizer_result_ttl_in_seconds")
	if textAt(v, "type") == "COGNITO_USER_POOLS" {
		kept = nil // a token is looked at each time
	}
	f.all("authorizer", textAt(v, "name"), values{
		"type": at(v, "type"), "header": strings.TrimPrefix(textAt(v, "identity_source"), "method.request.header."), "kept": kept,
		"pool": textAt(v, "provider_arns.0"), "expression": at(v, "identity_validation_expression"), "function": functionIn(textAt(v, "authorizer_uri")),
	})
}

func tfModel(f facts, _ state, r resource) {
	f.all("model", strings.ToLower(textAt(r.Values, "name")), values{"schema": document(textAt(r.Values, "schema"))})
}

func tfValidator(f facts, _ state, r resource) {
	v := r.Values
	f.all("validator", textAt(v, "name"), values{"body": at(v, "validate_request_body"), "parameters": at(v, "validate_request_parameters")})
}

// pathOf returns the path of the resource that a method or an integration is on.
func pathOf(s state, r resource) string {
	for _, other := range s.Values.Root.Resources {
		if other.Type == "aws_api_gateway_resource" && other.Values["id"] == r.Values["resource_id"] {
			return textAt(other.Values, "path")
		}
	}
	return "a resource that isn't there"
}

func tfMethod(f facts, s state, r resource) {
	v := r.Values
	path := pathOf(s, r)
	authorizer := textAt(v, "authorizer_id")
	if textAt(v, "authorization") == "NONE" {
		authorizer = "none"
	}
	f.all("route", textAt(v, "http_method")+" "+path, values{
		"authorizer": authorizer, "model": strings.ToLower(textOf(mapAt(v, "request_models")["application/json"])), "validator": at(v, "request_validator_id"),
	})
}

func tfIntegration(f facts, s state, r resource) {
	v := r.Values
	path := pathOf(s, r)
	f.add("route", textAt(v, "http_method")+" "+path, "type", at(v, "type"))
	f.add("route", textAt(v, "http_method")+" "+path, "function", functionIn(textAt(v, "uri")))
}

func tfGatewayResponse(f facts, _ state, r resource) {
	v := r.Values
	name := textAt(v, "response_type")
	f.all("gateway response", name, values{"status": at(v, "status_code"), "body": at(v, "response_templates")})
	for header, value := range mapAt(v, "response_parameters") {
		f.add("gateway response", name, header, value)
	}
}

func tfStage(f facts, _ state, r resource) {
	v := r.Values
	f.all("stage", textAt(v, "stage_name"), values{
		"api": at(v, "rest_api_id"), "tracing": at(v, "xray_tracing_enabled"), "log": strings.TrimSuffix(textAt(v, "access_log_settings.0.destination_arn"), ":*"),
		"log format": document(textAt(v, "access_log_settings.0.format")),
	})
}

func tfSettings(f facts, _ state, r resource) {
	v := r.Values
	s := at(v, "settings.0")
	method, path, _ := strings.Cut(textAt(v, "method_path"), "/")
	f.all("stage settings", textAt(v, "stage_name")+" "+path+"/"+method, values{
		"metrics": at(s, "metrics_enabled"), "data trace": at(s, "data_trace_enabled"), "logging": at(s, "logging_level"),
		"rate": at(s, "throttling_rate_limit"), "burst": at(s, "throttling_burst_limit"),
	})
}
