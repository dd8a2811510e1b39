// Package dynamolocal runs DynamoDB Local, Amazon's own stand-in for DynamoDB,
// for the tests of one package: one child process on a free port, in memory,
// started by the first test that asks for it.
//
//	func TestMain(m *testing.M) { os.Exit(dynamolocal.Run(m)) }
//
//	func TestTable(t *testing.T) {
//		client := dynamolocal.Client(t)
//		…
//	}
//
// All tests share the server, so each uses table names of its own; see [Prefix].
//
// With AWS_ENDPOINT_URL_DYNAMODB set, nothing is started and the tests use the
// endpoint it names. Otherwise Java and the folder that scripts/dynamodb fills
// are needed, and COMANDA_REQUIRE has to be "all": go test needs nothing but Go, and
// skips what needs more.
package dynamolocal
