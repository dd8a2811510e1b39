locals {
  # What the stage serves only after another deployment, beside routes, models and answers.
  gateway = {
    binary_media_types = ["*/*"] # bodies reach the program as they were sent, and leave it so
    token_seconds      = 300     # that the answer of our authorizer is kept
    validates          = { body = true, parameters = false }
  }
}

resource "aws_api_gateway_rest_api" "api" {
  name               = var.name
  binary_media_types = local.gateway.binary_media_types

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

locals {
  # What browsers ask before a page of another origin calls the API goes to a function. A mock
  # integration has no text to make its template of when all media types are binary.
  preflights = {
    for path in distinct([for r in local.routes : r.path]) : "OPTIONS ${path}" => {
      method     = "OPTIONS"
      path       = path
      function   = "system"
      authorizer = "none"
      model      = ""
    }
  }
  methods = merge(local.routes, local.preflights)

  # /users/{userid}/orders is three resources, each below the one before.
  paths = toset(flatten([
    for r in local.routes : [
      for n in range(1, length(split("/", r.path))) : join("/", slice(split("/", r.path), 0, n + 1))
    ]
  ]))
  level     = { for n in range(1, 6) : n => toset([for p in local.paths : p if length(split("/", p)) == n + 1]) }
  resources = merge(aws_api_gateway_resource.level1, aws_api_gateway_resource.level2, aws_api_gateway_resource.level3, aws_api_gateway_resource.level4, aws_api_gateway_resource.level5)
}

resource "aws_api_gateway_resource" "level1" {
  for_each = local.level[1]

  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "level2" {
  for_each = local.level[2]

  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.level1[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "level3" {
  for_each = local.level[3]

  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.level2[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "level4" {
  for_each = local.level[4]

  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.level3[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "level5" {
  for_each = local.level[5]

  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.level4[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_authorizer" "cognito" {
  name                           = "cognito"
  rest_api_id                    = aws_api_gateway_rest_api.api.id
  type                           = "COGNITO_USER_POOLS"
  provider_arns                  = [aws_cognito_user_pool.people.arn]
  identity_validation_expression = aws_cognito_user_pool_client.api.id # tokens of other clients are refused
}

resource "aws_api_gateway_authorizer" "token" {
  name                             = "token"
  rest_api_id                      = aws_api_gateway_rest_api.api.id
  type                             = "TOKEN"
  authorizer_uri                   = aws_lambda_function.all["authorizer"].invoke_arn
  authorizer_result_ttl_in_seconds = local.gateway.token_seconds
}

locals {
  authorizers = {
    none    = { authorization = "NONE", id = null }
    cognito = { authorization = "COGNITO_USER_POOLS", id = aws_api_gateway_authorizer.cognito.id }
    token   = { authorization = "CUSTOM", id = aws_api_gateway_authorizer.token.id }
  }
}

resource "aws_api_gateway_model" "all" {
  for_each = local.models

  rest_api_id  = aws_api_gateway_rest_api.api.id
  name         = each.key
  content_type = "application/json"
  schema       = jsonencode(each.value)
}

resource "aws_api_gateway_request_validator" "body" {
  rest_api_id                 = aws_api_gateway_rest_api.api.id
  name                        = "body-only"
  validate_request_body       = local.gateway.validates.body
  validate_request_parameters = local.gateway.validates.parameters
}

resource "aws_api_gateway_method" "all" {
  for_each = local.methods

  rest_api_id          = aws_api_gateway_rest_api.api.id
  resource_id          = local.resources[each.value.path].id
  http_method          = each.value.method
  authorization        = local.authorizers[each.value.authorizer].authorization
  authorizer_id        = local.authorizers[each.value.authorizer].id
  request_models       = each.value.model == "" ? {} : { "application/json" = aws_api_gateway_model.all[each.value.model].name }
  request_validator_id = each.value.model == "" ? null : aws_api_gateway_request_validator.body.id
}

resource "aws_api_gateway_integration" "all" {
  for_each = local.methods

  rest_api_id             = aws_api_gateway_rest_api.api.id
  resource_id             = local.resources[each.value.path].id
  http_method             = aws_api_gateway_method.all[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.all[each.value.function].invoke_arn
}

resource "aws_api_gateway_gateway_response" "all" {
  for_each = local.gateway_responses

  rest_api_id   = aws_api_gateway_rest_api.api.id
  response_type = each.key
  status_code   = each.value.status
  response_parameters = merge(
    { for name, value in each.value.headers : "gatewayresponse.header.${name}" => "'${value}'" },
    var.cors_origin == "" ? {} : {
      "gatewayresponse.header.Access-Control-Allow-Origin"   = "'${var.cors_origin}'"
      "gatewayresponse.header.Access-Control-Expose-Headers" = "'Retry-After, x-amzn-RequestId'"
    },
  )
  response_templates = { "application/json" = each.value.body }
}

# A deployment is a copy of what is there when it is made. Terraform makes it before it removes a route that is there
# no more, so after an upgrade that takes routes away the copy needs to be made once more: see docs/deploy.md.
resource "aws_api_gateway_deployment" "prod" {
  rest_api_id = aws_api_gateway_rest_api.api.id

  triggers = {
    content = sha1(jsonencode([
      local.methods, local.models, local.gateway_responses, local.gateway, var.cors_origin, var.name,
      aws_cognito_user_pool.people.arn, aws_cognito_user_pool_client.api.id,
    ]))
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [
    aws_api_gateway_gateway_response.all,
    aws_api_gateway_integration.all,
    aws_api_gateway_request_validator.body,
    aws_cloudwatch_log_group.function,
    aws_iam_role_policy.function,
  ]
}

resource "aws_api_gateway_stage" "prod" {
  rest_api_id          = aws_api_gateway_rest_api.api.id
  deployment_id        = aws_api_gateway_deployment.prod.id
  stage_name           = "Prod"
  xray_tracing_enabled = true

  # Ids of people are in paths, and some are addresses: only the pattern of the path is logged.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = local.access_log
  }

  depends_on = [aws_api_gateway_account.logs]
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = false # by method: charged for, and the program has its own
    data_trace_enabled     = false
    logging_level          = "OFF"
    throttling_rate_limit  = var.rate_limit
    throttling_burst_limit = var.burst_limit
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/comanda/${var.name}/access"
  retention_in_days = var.log_retention_days
}

# Other APIs of the account log by this role, too.
resource "aws_api_gateway_account" "logs" {
  count = var.set_gateway_log_role ? 1 : 0

  cloudwatch_role_arn = aws_iam_role.gateway_logs[0].arn
}

resource "aws_iam_role" "gateway_logs" {
  count = var.set_gateway_log_role ? 1 : 0

  name               = "${var.name}-gateway-log-${var.region}"
  assume_role_policy = data.aws_iam_policy_document.gateway.json
}

data "aws_iam_policy_document" "gateway" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "gateway_logs" {
  count = var.set_gateway_log_role ? 1 : 0

  role       = aws_iam_role.gateway_logs[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}
