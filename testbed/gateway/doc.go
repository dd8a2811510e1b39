// Package gateway stands in for AWS: a REST API of Amazon API Gateway in
// front of functions on AWS Lambda, which are processes of the built binary.
//
//	functions, err := gateway.NewFunctions(gateway.Runtime{Binary: binary, …})
//	api, err := gateway.New(gateway.Config{Functions: functions, …})
//	server := httptest.NewServer(api) // answers at server.URL + "/Prod"
//
// [Functions] is Lambda: it starts a process for each request that runs at the
// same time, one request at a time per process, and talks to it by the Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). The processes end
// with [Functions.Close], or when the test's process is gone, because the
// Runtime API is gone then, too.
//
// [Gateway] routes, authorizes and refuses as a REST API does, and hands requests on
// as proxy events. What it does that can't be read in AWS's documentation is marked
// where it is done. In doubt it does what is harder for the program.
//
// Routes, request models and gateway responses are those that package deploy declares for the
// templates, unless a test gives routes of its own. The Cognito authorizer is part of the gateway;
// the TOKEN authorizer is the function that says so.
package gateway
