# One binary. Which function a process is, handler says.
resource "aws_lambda_function" "all" {
  for_each = local.functions

  function_name    = "${var.name}-${each.key}"
  description      = each.value.purpose
  filename         = var.lambda_zip
  source_code_hash = filebase64sha256(var.lambda_zip)
  handler          = each.key
  runtime          = "provided.al2023"
  architectures    = ["arm64"]
  memory_size      = each.value.memory
  timeout          = each.value.timeout
  role             = aws_iam_role.function[each.key].arn

  environment {
    variables = merge(local.environment, each.value.trigger == "authorizer" ? {
      USER_POOL_ID        = aws_cognito_user_pool.people.id
      USER_POOL_CLIENT_ID = aws_cognito_user_pool_client.api.id
    } : {})
  }

  tracing_config {
    mode = "Active"
  }
}

locals {
  environment = {
    COMANDA_TABLE_PREFIX         = "${var.name}-"
    ADMIN_GROUP                  = var.admin_group
    TOTAL_POLICY                 = var.total_policy
    UNKNOWN_FIELDS               = var.unknown_fields
    ZONE                         = var.business_zone
    CURRENCY                     = var.currency
    CORS_ORIGINS                 = var.cors_origin
    POWERTOOLS_SERVICE_NAME      = var.metrics_service
    POWERTOOLS_METRICS_NAMESPACE = var.metrics_namespace
    POWERTOOLS_LOG_LEVEL         = var.log_level
  }
}

# Where AWS Lambda writes by itself.
resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
}

# Each function has a role of its own, which allows what the program was seen to do.
resource "aws_iam_role" "function" {
  for_each = local.functions

  name               = "${var.name}-${each.key}-${var.region}"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  name   = "all"
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.function[each.key].json
}

data "aws_iam_policy_document" "function" {
  for_each = local.functions

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }

  statement {
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"] # AWS has nothing narrower
  }

  dynamic "statement" {
    for_each = each.value.grants
    content {
      actions   = statement.value.actions
      resources = ["${aws_dynamodb_table.all[statement.value.table].arn}${statement.value.index == "" ? "" : "/index/${statement.value.index}"}"]
    }
  }

  dynamic "statement" {
    for_each = each.value.trigger == "stream" ? local.stream_grants : []
    content {
      actions   = statement.value.actions
      resources = [statement.value.resource]
    }
  }

  dynamic "statement" {
    for_each = each.value.trigger == "stream" ? [1] : []
    content {
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.dead["reports"].arn]
    }
  }
}

locals {
  # What a reader of the orders' stream has to be allowed.
  stream_grants = var.read_stream ? [
    {
      actions  = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
      resource = aws_dynamodb_table.all["orders"].stream_arn
    },
    {
      actions  = ["dynamodb:ListStreams"]
      resource = "${aws_dynamodb_table.all["orders"].arn}/stream/*"
    },
  ] : []
}

resource "aws_lambda_permission" "route" {
  for_each = local.methods

  function_name = aws_lambda_function.all[each.value.function].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/*/${each.value.method}${replace(each.value.path, "/\\{[^}]*\\}/", "*")}"
}

resource "aws_lambda_permission" "authorizer" {
  function_name = aws_lambda_function.all["authorizer"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/authorizers/*"
}
