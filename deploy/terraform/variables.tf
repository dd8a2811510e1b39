variable "name" {
  description = "Name of the deployment, in front of every resource's name"
  type        = string
  default     = "comanda"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,29}$", var.name))
    error_message = "The name must be 1 to 30 of a-z 0-9 - and begin with a letter."
  }
}

variable "region" {
  description = "Region, such as eu-west-1"
  type        = string
}

variable "lambda_zip" {
  description = "The program, as scripts/lambda builds it"
  type        = string
  default     = "../../build/lambda/lambda.zip"
}

variable "admin_group" {
  description = "Group of the user pool whose members are administrators"
  type        = string
  default     = "apiAdmins"
}

variable "alarm_email" {
  description = "Address that alarms are sent to, which has to be confirmed there; none if empty"
  type        = string
  default     = ""
}

variable "cors_origin" {
  description = "Origin of the web pages that may call the API, such as https://shop.example.com, or *; none if empty"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^\\*$|^https?://[^/ ',]+$", var.cors_origin))
    error_message = "The origin must be like https://shop.example.com, without a path, or *, or empty."
  }
}

variable "callback_url" {
  description = "Where Cognito's own sign-in page sends people afterwards"
  type        = string
  default     = "http://localhost"

  validation {
    condition     = can(regex("^https://[^/ #]+(/[^ #]*)?$|^http://localhost(:[0-9]+)?(/[^ #]*)?$|^[a-z][a-z0-9+-]*[.][a-z0-9.+-]+:/[^ #]*$", var.callback_url))
    error_message = "The address must be like https://shop.example.com/in, http://localhost:3000 or com.example.app:/in, as Cognito wants it."
  }
}

variable "deletion_protection" {
  description = "Whether tables and the user pool refuse to be deleted"
  type        = bool
  default     = true
}

variable "total_policy" {
  description = "What happens to an order whose total isn't the sum of its items: accept, flag or reject"
  type        = string
  default     = "accept"

  validation {
    condition     = contains(["accept", "flag", "reject"], var.total_policy)
    error_message = "The policy must be accept, flag or reject."
  }
}

variable "unknown_fields" {
  description = "What happens to fields of requests that the API doesn't know: accept, report or reject"
  type        = string
  default     = "report"

  validation {
    condition     = contains(["accept", "report", "reject"], var.unknown_fields)
    error_message = "The policy must be accept, report or reject."
  }
}

variable "business_zone" {
  description = "IANA time zone that decides the business day of an order"
  type        = string
  default     = "UTC"
}

variable "currency" {
  description = "ISO 4217 code of all amounts, shown in reports"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^[A-Z]{3}$", var.currency))
    error_message = "The currency must be a code like EUR, or empty."
  }
}

variable "metrics_service" {
  description = "Service in log lines and metrics"
  type        = string
  default     = "comanda"
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the program's metrics"
  type        = string
  default     = "Comanda"
}

variable "log_level" {
  description = "Log lines below this level aren't written: debug, info, warn or error"
  type        = string
  default     = "info"

  validation {
    condition     = contains(["debug", "info", "warn", "error"], var.log_level)
    error_message = "The level must be debug, info, warn or error."
  }
}

variable "log_retention_days" {
  description = "How long logs of functions and of the gateway are kept"
  type        = number
  default     = 30
}

variable "rate_limit" {
  description = "Requests per second that the gateway lets through; beyond it answers 429"
  type        = number
  default     = 1000
}

variable "burst_limit" {
  description = "Requests at once that the gateway lets through"
  type        = number
  default     = 2000
}

variable "set_gateway_log_role" {
  description = "Whether to set the role by which API Gateway writes logs, for this whole account and region; false if it is set"
  type        = bool
  default     = true
}

variable "read_stream" {
  description = "Whether the table of orders has a stream, with its two readers; false takes them away, to make them anew"
  type        = bool
  default     = true
}
