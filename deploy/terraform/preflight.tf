# What browsers ask before a page of another origin calls the API. Without an
# origin that may, there is nothing to ask.

locals {
  preflight = var.cors_origin == "" ? toset([]) : toset([for r in local.routes : r.path])

  preflight_headers = {
    "Access-Control-Allow-Origin"  = var.cors_origin
    "Access-Control-Allow-Methods" = local.cors_methods
    "Access-Control-Allow-Headers" = local.cors_headers
    "Access-Control-Max-Age"       = "600"
  }
}

resource "aws_api_gateway_method" "preflight" {
  for_each = local.preflight

  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = local.resources[each.key].id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "preflight" {
  for_each = local.preflight

  rest_api_id       = aws_api_gateway_rest_api.api.id
  resource_id       = local.resources[each.key].id
  http_method       = aws_api_gateway_method.preflight[each.key].http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 200 }) }
}

resource "aws_api_gateway_method_response" "preflight" {
  for_each = local.preflight

  rest_api_id         = aws_api_gateway_rest_api.api.id
  resource_id         = local.resources[each.key].id
  http_method         = aws_api_gateway_method.preflight[each.key].http_method
  status_code         = "200"
  response_parameters = { for name, _ in local.preflight_headers : "method.response.header.${name}" => true }
}

resource "aws_api_gateway_integration_response" "preflight" {
  for_each = local.preflight

  rest_api_id         = aws_api_gateway_rest_api.api.id
  resource_id         = local.resources[each.key].id
  http_method         = aws_api_gateway_method.preflight[each.key].http_method
  status_code         = aws_api_gateway_method_response.preflight[each.key].status_code
  response_parameters = { for name, value in local.preflight_headers : "method.response.header.${name}" => "'${value}'" }
  response_templates  = { "application/json" = "{}" }

  depends_on = [aws_api_gateway_integration.preflight]
}
