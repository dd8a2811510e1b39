package deploy

import "strings"

func tfAPI(f *facts, v node) {
	f.all("api", v.text("name"), values{"endpoints": v.set("endpoint_configuration.0.types"), "binary": v.set("binary_media_types")})
}

func tfAuthorizer(f *facts, v node) {
	kept := v.at("authorizer_result_ttl_in_seconds")
	if v.text("type") == "COGNITO_USER_POOLS" && textOf(kept) == "300" {
		kept = nil // the default, which SAM's side leaves
	}
	f.all("authorizer", v.text("name"), values{
		"type": v.at("type"), "token": strings.TrimPrefix(v.text("identity_source"), "method.request."), "kept": kept,
		"pools": v.set("provider_arns"), "expression": v.at("identity_validation_expression"), "function": functionIn(v.text("authorizer_uri")),
	})
}

func tfModel(f *facts, v node) {
	f.all("model", strings.ToLower(v.text("name")), values{"schema": document(v.text("schema"))})
}

func tfValidator(f *facts, v node) {
	f.all("validator", v.text("name"), values{"body": v.at("validate_request_body"), "parameters": v.at("validate_request_parameters")})
}

func tfMethod(f *facts, v node) {
	name := routeOf(v)
	authorizer := v.text("authorizer_id")
	switch authorization := v.text("authorization"); authorization {
	case "COGNITO_USER_POOLS", "CUSTOM": // by an authorizer
	default:
		authorizer = strings.ToLower(authorization)
	}
	f.all("route", name, values{"authorizer": authorizer, "validator": v.at("request_validator_id")})
	if models := v.fields("request_models"); models["application/json"].value != nil {
		f.add("route", name, "body", strings.ToLower(models["application/json"].text("")))
		f.add("route", name, "body required", true) // as the validator has it
	}
}

func tfIntegration(f *facts, v node) {
	f.add("route", routeOf(v), "type", v.at("type"))
	f.add("route", routeOf(v), "by", v.at("integration_http_method"))
	f.add("route", routeOf(v), "function", functionIn(v.text("uri")))
}

// routeOf returns the route that a method or an integration is of.
func routeOf(v node) string { return v.text("http_method") + " " + v.text("resource_id") }

func tfGatewayResponse(f *facts, v node) {
	name := v.text("response_type")
	f.all("gateway response", name, values{"status": v.at("status_code"), "body": v.at("response_templates")})
	for header, value := range v.fields("response_parameters") {
		f.add("gateway response", name, header, value)
	}
}

func tfStage(f *facts, v node) {
	f.all("stage", v.text("stage_name"), values{
		"api": v.at("rest_api_id"), "tracing": v.at("xray_tracing_enabled"), "log": strings.TrimSuffix(v.text("access_log_settings.0.destination_arn"), ":*"),
		"log format": document(v.text("access_log_settings.0.format")), "deployment": v.at("deployment_id"),
	})
}

func tfSettings(f *facts, v node) {
	s := v.in("settings.0")
	method, path, _ := strings.Cut(v.text("method_path"), "/")
	f.all("stage settings", v.text("stage_name")+" "+path+"/"+method, values{
		"metrics": s.at("metrics_enabled"), "data trace": s.at("data_trace_enabled"), "logging": s.at("logging_level"),
		"rate": s.at("throttling_rate_limit"), "burst": s.at("throttling_burst_limit"),
	})
}

func tfDeployment(f *facts, v node) {
	f.all("deployment", "", values{"api": v.at("rest_api_id")})
}

func tfAccount(f *facts, v node) {
	f.all("gateway account", "", values{"role": tfRoleName(v.text("cloudwatch_role_arn"))})
}
