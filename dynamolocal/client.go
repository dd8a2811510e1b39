package dynamolocal

import (
	"crypto/rand"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
)

// endpointVariable is the SDKs' own: where DynamoDB is.
const endpointVariable = "AWS_ENDPOINT_URL_DYNAMODB"

// shared is the one server of this process.
var shared struct {
	once   sync.Once
	server *server
	err    error
}

// Run runs the tests of a package, stops the server if one of them started it,
// and returns the exit code.
func Run(m *testing.M) int {
	code := m.Run()
	if shared.server == nil {
		return code
	}
	if err := shared.server.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop DynamoDB Local:", err)
		return max(code, 1)
	}
	return code
}

// Endpoint returns the URL of the server, which it starts if need be. It ends a
// test that can't have one, or that runs without being told to have everything.
func Endpoint(t testing.TB) string {
	t.Helper()
	if url := os.Getenv(endpointVariable); url != "" {
		return url
	}
	if os.Getenv("COMANDA_REQUIRE") != "all" {
		t.Skip("this test needs DynamoDB Local: `make check` runs it, and so does COMANDA_REQUIRE=all go test")
	}
	shared.once.Do(func() { shared.server, shared.err = start() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server.url
}

// Client returns a client of the server, with made-up credentials. The options
// are applied last.
func Client(t testing.TB, options ...func(*dynamodb.Options)) *dynamodb.Client {
	t.Helper()
	url := Endpoint(t)
	return dynamodb.New(dynamodb.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: madeUp{}}, options...)
}

// Streams returns a client of the streams of the server's tables, like [Client].
func Streams(t testing.TB, options ...func(*dynamodbstreams.Options)) *dynamodbstreams.Client {
	t.Helper()
	url := Endpoint(t)
	return dynamodbstreams.New(dynamodbstreams.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: madeUp{}}, options...)
}

// Prefix returns the beginning of table names that no other test uses, in this
// run or another one on the same endpoint.
func Prefix() string { return "test-" + rand.Text()[:12] + "-" }
