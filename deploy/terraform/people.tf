resource "aws_cognito_user_pool" "people" {
  name                     = var.name
  deletion_protection      = var.deletion_protection ? "ACTIVE" : "INACTIVE"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]

  username_configuration {
    case_sensitive = false
  }

  admin_create_user_config {
    allow_admin_create_user_only = false
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  password_policy {
    minimum_length                   = 8
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = true
    temporary_password_validity_days = 7
  }

  # The id of a person who had one before there was this pool. Only administrators can set it.
  schema {
    name                     = "comanda_id"
    attribute_data_type      = "String"
    developer_only_attribute = false
    mutable                  = true
    required                 = false

    string_attribute_constraints {
      min_length = "1"
      max_length = "128"
    }
  }
}

resource "aws_cognito_user_pool_client" "api" {
  name                          = var.name
  user_pool_id                  = aws_cognito_user_pool.people.id
  generate_secret               = false
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  explicit_auth_flows = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
  ]

  # A token can't be taken back before it expires.
  id_token_validity      = 15
  access_token_validity  = 15
  refresh_token_validity = 30

  token_validity_units {
    id_token      = "minutes"
    access_token  = "minutes"
    refresh_token = "days"
  }

  read_attributes  = ["custom:comanda_id", "email", "email_verified", "name"]
  write_attributes = ["email", "name"]

  supported_identity_providers         = ["COGNITO"]
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["email", "openid", "profile"]
  callback_urls                        = [var.callback_url]
}

resource "aws_cognito_user_pool_domain" "people" {
  domain       = aws_cognito_user_pool_client.api.id # unique in the region, as it has to be
  user_pool_id = aws_cognito_user_pool.people.id
}

resource "aws_cognito_user_group" "admins" {
  name         = var.admin_group
  user_pool_id = aws_cognito_user_pool.people.id
  description  = "Administrators"
  precedence   = 0
}
