# The topic isn't encrypted by a key of AWS's own, which CloudWatch couldn't use.
resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count = var.alarm_email == "" ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  # Alarms on one metric. Those on several are below.
  alarms = merge(
    {
      # To AWS Lambda a token refused is a failed invocation, and anybody can send one. What really
      # fails in the authorizer is answered 500 and logged as an error, which have alarms of their own.
      for name, f in aws_lambda_function.all : "errors-${name}" => {
        description = "Invocations of ${name} failed"
        namespace   = "AWS/Lambda"
        metric      = "Errors"
        dimensions  = { FunctionName = f.function_name }
      } if local.functions[name].trigger != "authorizer"
    },
    {
      for name, f in aws_lambda_function.all : "throttles-${name}" => {
        description = "AWS Lambda refused to run ${name} more often at once"
        namespace   = "AWS/Lambda"
        metric      = "Throttles"
        dimensions  = { FunctionName = f.function_name }
      }
    },
    {
      for name, q in aws_sqs_queue.dead : "dead-letters-${name}" => {
        description = "Changes could not be handled and are in the queue of dead letters"
        namespace   = "AWS/SQS"
        metric      = "ApproximateNumberOfMessagesVisible"
        dimensions  = { QueueName = q.name }
        statistic   = "Maximum"
        period      = 300
        periods     = 1
      }
    },
    {
      "5xx" = {
        description = "Requests were answered 5xx"
        namespace   = "AWS/ApiGateway"
        metric      = "5XXError"
        dimensions  = { ApiName = aws_api_gateway_rest_api.api.name, Stage = aws_api_gateway_stage.prod.stage_name }
      }
      "error-lines" = {
        description = "Functions logged errors"
        namespace   = var.name
        metric      = "ErrorLines"
        dimensions  = {}
      }
      "reports-age" = {
        description = "Reports are minutes behind the orders"
        namespace   = "AWS/Lambda"
        metric      = "IteratorAge"
        dimensions  = { FunctionName = aws_lambda_function.all["reports"].function_name }
        statistic   = "Maximum"
        datapoints  = 3
        threshold   = 300000
      }
      "notifications-age" = {
        description = "Notifications are minutes behind the orders"
        namespace   = var.metrics_namespace
        metric      = "FeedLag"
        dimensions  = { service = var.metrics_service, consumer = "notifications" }
        statistic   = "Maximum"
        datapoints  = 3
        threshold   = 300000
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "all" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = lookup(each.value, "statistic", "Sum")
  period              = lookup(each.value, "period", 60)
  evaluation_periods  = lookup(each.value, "periods", 5)
  datapoints_to_alarm = lookup(each.value, "datapoints", 1)
  threshold           = lookup(each.value, "threshold", 0)
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "table_throttles" {
  for_each = local.tables

  alarm_name          = "${var.name}-table-throttles-${each.key}"
  alarm_description   = "DynamoDB refused requests to the table ${each.key} for being too many"
  evaluation_periods  = 5
  datapoints_to_alarm = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "all"
    expression  = "SUM(METRICS())"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = merge(
      {
        reads  = { metric = "ReadThrottleEvents", dimensions = {} }
        writes = { metric = "WriteThrottleEvents", dimensions = {} }
      },
      { for index, _ in each.value.global : "reads_${index}" => { metric = "ReadThrottleEvents", dimensions = { GlobalSecondaryIndexName = index } } },
      { for index, _ in each.value.global : "writes_${index}" => { metric = "WriteThrottleEvents", dimensions = { GlobalSecondaryIndexName = index } } },
    )
    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = metric_query.value.metric
        dimensions  = merge({ TableName = aws_dynamodb_table.all[each.key].name }, metric_query.value.dimensions)
        period      = 60
        stat        = "Sum"
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "notifications" {
  alarm_name          = "${var.name}-notifications"
  alarm_description   = "Notifications could not be published"
  evaluation_periods  = 5
  datapoints_to_alarm = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "all"
    expression  = "SUM(METRICS())"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.pipe.troubles
    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = "AWS/EventBridge/Pipes"
        metric_name = metric_query.value
        dimensions  = { PipeName = "${var.name}-notifications" }
        period      = 60
        stat        = "Sum"
      }
    }
  }
}

# AWS stops a Pipe that is refused all the time, and one that is stopped has no trouble to tell of. An order placed at
# the end of a quarter of an hour may be published in the next, so one silent quarter isn't enough.
resource "aws_cloudwatch_metric_alarm" "notifications_silent" {
  alarm_name          = "${var.name}-notifications-silent"
  alarm_description   = "Orders were placed and the Pipe did nothing, so look at its state"
  evaluation_periods  = 4
  datapoints_to_alarm = 2
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "silent"
    expression  = "IF(FILL(orders, 0) > 0 AND FILL(runs, 0) == 0, 1, 0)"
    return_data = true
  }

  metric_query {
    id          = "orders"
    return_data = false

    metric {
      namespace   = var.metrics_namespace
      metric_name = "SuccessfulOrder"
      dimensions  = { service = var.metrics_service }
      period      = 900
      stat        = "Sum"
    }
  }

  metric_query {
    id          = "runs"
    return_data = false

    metric {
      namespace   = "AWS/EventBridge/Pipes"
      metric_name = "Invocations"
      dimensions  = { PipeName = "${var.name}-notifications" }
      period      = 900
      stat        = "Sum"
    }
  }
}

# Error lines of all functions are one metric.
resource "aws_cloudwatch_log_metric_filter" "error_lines" {
  for_each = local.functions

  name           = "${var.name}-${each.key}-error-lines"
  log_group_name = aws_cloudwatch_log_group.function[each.key].name
  pattern        = local.error_lines

  metric_transformation {
    namespace = var.name
    name      = "ErrorLines"
    value     = "1"
  }
}

resource "aws_cloudwatch_dashboard" "all" {
  dashboard_name = var.name
  dashboard_body = templatefile("${path.module}/dashboard.json", {
    name      = var.name
    region    = var.region
    namespace = var.metrics_namespace
    service   = var.metrics_service
  })
}
