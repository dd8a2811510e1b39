# The two readers of the orders' stream, which are all that a shard may have: reports and notifications.

resource "aws_lambda_event_source_mapping" "reports" {
  count = var.read_stream ? 1 : 0

  event_source_arn                   = aws_dynamodb_table.all["orders"].stream_arn
  function_name                      = aws_lambda_function.all["reports"].function_name
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = local.stream.batch_size
  maximum_batching_window_in_seconds = local.stream.batch_seconds
  tumbling_window_in_seconds         = local.stream.window_seconds
  parallelization_factor             = 1
  bisect_batch_on_function_error     = true
  maximum_record_age_in_seconds      = local.stream.max_age
  maximum_retry_attempts             = local.stream.retries
  function_response_types            = ["ReportBatchItemFailures"]

  filter_criteria {
    filter {
      pattern = local.stream.filter
    }
  }

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.dead["reports"].arn
    }
  }

  depends_on = [aws_iam_role_policy.function]
}

resource "aws_sns_topic" "orders" {
  name              = "${var.name}-orders"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_pipes_pipe" "notifications" {
  count = var.read_stream ? 1 : 0

  name        = "${var.name}-notifications"
  description = "Changes of orders to those who subscribe to them"
  role_arn    = aws_iam_role.notifications.arn
  source      = aws_dynamodb_table.all["orders"].stream_arn
  enrichment  = aws_lambda_function.all["enrichment"].arn
  target      = aws_sns_topic.orders.arn

  source_parameters {
    dynamodb_stream_parameters {
      starting_position                  = "TRIM_HORIZON"
      batch_size                         = local.pipe.batch_size
      maximum_batching_window_in_seconds = local.pipe.batch_seconds
      maximum_record_age_in_seconds      = local.pipe.max_age
      maximum_retry_attempts             = local.pipe.retries
      on_partial_batch_item_failure      = "AUTOMATIC_BISECT"

      dead_letter_config {
        arn = aws_sqs_queue.dead["notifications"].arn
      }
    }

    filter_criteria {
      filter {
        pattern = local.pipe.filter
      }
    }
  }

  depends_on = [aws_iam_role_policy.notifications]
}

resource "aws_iam_role" "notifications" {
  name               = "${var.name}-notifications-${var.region}"
  assume_role_policy = data.aws_iam_policy_document.pipes.json
}

data "aws_iam_policy_document" "pipes" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["pipes.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role_policy" "notifications" {
  name   = "all"
  role   = aws_iam_role.notifications.id
  policy = data.aws_iam_policy_document.notifications.json
}

data "aws_iam_policy_document" "notifications" {
  dynamic "statement" {
    for_each = local.stream_grants
    content {
      actions   = statement.value.actions
      resources = [statement.value.resource]
    }
  }

  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.all["enrichment"].arn]
  }

  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.orders.arn]
  }

  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead["notifications"].arn]
  }
}

# What couldn't be handled.
resource "aws_sqs_queue" "dead" {
  for_each = toset(["reports", "notifications"])

  name                      = "${var.name}-${each.key}-dead"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}
