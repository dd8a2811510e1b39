package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// TestMain lets this binary be a function when Lambda starts it, so that the tests
// drive real processes with the real runtime library.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		os.Exit(m.Run())
	}
	switch {
	case os.Getenv("BROKEN") != "":
		os.Exit(3)
	case os.Getenv("_HANDLER") == "authorizer":
		lambda.Start(authorizes)
	default:
		lambda.Start(echoes)
	}
}

// echoed is what the function answers: the event that it got, and who it is.
type echoed struct {
	Event    json.RawMessage
	Function string
	PID      int
	Nth      int64 // request of this process
	Deadline time.Time
}

var requests atomic.Int64

// echoes answers with the event, or does what the header X-Do asks for.
func echoes(ctx context.Context, event json.RawMessage) (any, error) {
	var e struct{ Headers map[string]string }
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	body, err := json.Marshal(echoed{event, os.Getenv("_HANDLER"), os.Getpid(), requests.Add(1), deadline})
	if err != nil {
		return nil, err
	}
	switch e.Headers["X-Do"] {
	case "exit":
		os.Exit(4)
	case "fail":
		return nil, errors.New("no")
	case "hang":
		<-ctx.Done()
		select {}
	case "stay": // long enough for another request to come
		<-time.After(time.Until(deadline) / 40)
	case "malformed":
		return []int{1}, nil
	case "status":
		return map[string]any{"statusCode": 99}, nil
	case "base64":
		return map[string]any{"statusCode": 200, "body": "/wA=", "isBase64Encoded": true, "headers": map[string]any{"Content-Type": "image/png", "X-Number": 7}}, nil
	case "headers":
		return map[string]any{"statusCode": 401, "multiValueHeaders": map[string][]string{"WWW-Authenticate": {"Bearer"}, "X-Many": {"a", "b"}, "Server": {"x"}}}, nil
	case "large":
		return map[string]any{"statusCode": 200, "body": strings.Repeat("x", maxPayload)}, nil
	}
	return map[string]any{"statusCode": 200, "headers": map[string]string{"Content-Type": "application/json", "ETag": `"1"`}, "body": string(body)}, nil
}

// authorizes answers what the token asks for.
func authorizes(_ context.Context, event struct{ Type, AuthorizationToken, MethodArn string }) (any, error) {
	answer := func(effect, resource string, context map[string]any) any {
		return map[string]any{"principalId": "p", "context": context, "policyDocument": map[string]any{
			"Version": "2012-10-17", "Statement": []map[string]any{{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}},
		}}
	}
	told := map[string]any{"nth": requests.Add(1), "ok": true, "arn": event.MethodArn, "type": event.Type}
	switch event.AuthorizationToken {
	case "all":
		return answer("Allow", "arn:aws:execute-api:*:*:*/Prod/*/*", told), nil
	case "one":
		return answer("Allow", event.MethodArn, told), nil
	case "none":
		return answer("Deny", "*", told), nil
	case "list":
		return answer("Allow", "*", map[string]any{"groups": []string{"a"}}), nil
	case "empty":
		return map[string]any{}, nil
	case "fail":
		return nil, errors.New("no keys")
	}
	return nil, errors.New("Unauthorized") // API Gateway's text
}
