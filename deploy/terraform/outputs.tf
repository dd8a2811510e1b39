locals {
  endpoint = "https://${aws_api_gateway_rest_api.api.id}.execute-api.${var.region}.${data.aws_partition.current.dns_suffix}/${aws_api_gateway_stage.prod.stage_name}"
}

output "APIEndpoint" {
  description = "URL of the API"
  value       = local.endpoint
}

output "Module3ApiEndpoint" {
  description = "The same, by the name that the workshop's tests look for"
  value       = local.endpoint
}

output "UserPool" {
  description = "Id of the user pool"
  value       = aws_cognito_user_pool.people.id
}

output "UserPoolClient" {
  description = "Id of the user pool's client"
  value       = aws_cognito_user_pool_client.api.id
}

output "UserPoolAdminGroupName" {
  description = "Group of administrators"
  value       = aws_cognito_user_group.admins.name
}

output "OrdersTable" {
  description = "Name of the table of orders"
  value       = aws_dynamodb_table.all["orders"].name
}

output "UsersTable" {
  description = "Name of the table of profiles"
  value       = aws_dynamodb_table.all["users"].name
}

output "AlarmsTopic" {
  description = "Topic of alarms, for operators"
  value       = aws_sns_topic.alarms.arn
}

output "OrdersTopic" {
  description = "Topic of changes of orders, for other software"
  value       = aws_sns_topic.orders.arn
}

output "DashboardURL" {
  description = "The dashboard"
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards:name=${aws_cloudwatch_dashboard.all.dashboard_name}"
}

output "CognitoLoginURL" {
  description = "Cognito's own sign-in page"
  value       = "https://${aws_cognito_user_pool_domain.people.domain}.auth.${var.region}.amazoncognito.com/login?client_id=${aws_cognito_user_pool_client.api.id}&response_type=code&redirect_uri=${var.callback_url}"
}

output "CognitoAuthCommand" {
  description = "Prints an ID token"
  value       = "aws cognito-idp initiate-auth --auth-flow USER_PASSWORD_AUTH --client-id ${aws_cognito_user_pool_client.api.id} --auth-parameters USERNAME=<username>,PASSWORD=<password> --query AuthenticationResult.IdToken --output text"
}
