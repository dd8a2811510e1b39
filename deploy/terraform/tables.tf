resource "aws_dynamodb_table" "all" {
  for_each = local.tables

  name                        = "${var.name}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.partition
  range_key                   = each.value.sort
  deletion_protection_enabled = var.deletion_protection
  stream_enabled              = each.value.stream && var.read_stream
  stream_view_type            = each.value.stream && var.read_stream ? "NEW_AND_OLD_IMAGES" : null

  dynamic "attribute" {
    for_each = each.value.attributes
    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "local_secondary_index" {
    for_each = each.value.local
    content {
      name            = local_secondary_index.key
      range_key       = local_secondary_index.value.sort
      projection_type = "KEYS_ONLY"
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.global
    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.partition
      range_key       = global_secondary_index.value.sort
      projection_type = "KEYS_ONLY"
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
