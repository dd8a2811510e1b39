// Package deploy describes the system on AWS once, for the two tools that can
// build it: AWS SAM (sam/template.yaml) and Terraform (terraform).
//
// What follows from the program is taken from it: the functions from package
// function, the routes and what the gateway answers by itself from the API's tables,
// tables and indexes from the rooms that declare them, request models from the OpenAPI
// document. What each function may do to which table is written down in permissions.go.
// From these [Generate] makes the parts of the templates that repeat; cmd/generate writes
// them, and a test holds the committed files to it.
//
//	sam.tmpl        becomes sam/template.yaml, all of it
//	terraform.tmpl  becomes terraform/generated.tf: values only, no resources
//	dashboard.tmpl  becomes terraform/dashboard.json and a part of sam/template.yaml
//
// Everything else in terraform is written by hand. So the two sides can differ,
// and tests compare them property by property, and the roles of both with what
// is written down (permissions.go, rightslist_test.go): parity_test.go, rights_test.go.
// What only one side has is in exceptions_test.go, with reasons. The gateway that tests run the program behind, in the
// test room, reads what is declared here, too.
package deploy
