// Package function is the deployment on AWS Lambda: which functions there are
// and what each of them does. All of them are one binary, cmd/lambda, which the
// runtime starts with the function's name in _HANDLER.
//
// [Functions] is the single source. The binary dispatches by it, package deploy makes
// the templates of it, and the table of permissions is compared with it.
package function
