package function

import (
	"context"
	"encoding/json"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/order"
	"comanda/storage"
	"comanda/user"
)

const lunch = `{"orderId":"o-1","restaurantId":1,"orderItems":[{"id":1,"name":"Spaghetti","price":9.99,"quantity":1},{"id":2,"name":"Pizza","price":4.99,"quantity":2}],"totalAmount":19.970}`

// newTables creates the tables of all functions, and returns the environment in
// which functions find them.
func newTables(t *testing.T) map[string]string {
	t.Helper()
	endpoint, prefix := dynamolocal.Endpoint(t), dynamolocal.Prefix()
	tables := []storage.Table{order.Table, user.Table, user.Claims}
	if err := dynamo.CreateTables(t.Context(), dynamolocal.Client(t), tables, dynamo.Options{Prefix: prefix}); err != nil {
		t.Fatal(err)
	}
	return map[string]string{dynamoVariable: endpoint, TablePrefixVariable: prefix, RegionVariable: "us-east-1"}
}

// by makes an event the caller's own.
func by(caller string, body string) func(*lambda.APIGatewayProxyRequest) {
	return func(e *lambda.APIGatewayProxyRequest) {
		e.Body = body
		e.RequestContext.Authorizer = map[string]any{"claims": map[string]any{"sub": caller, "cognito:username": caller, "token_use": "id"}}
	}
}

// proved has the caller's pool prove an address, as a gateway spells that.
func proved(e *lambda.APIGatewayProxyRequest, email string) *lambda.APIGatewayProxyRequest {
	claims := e.RequestContext.Authorizer["claims"].(map[string]any)
	claims["email"], claims["email_verified"] = email, "true"
	return e
}

func TestTheBuiltProgramTakesOrders(t *testing.T) {
	env := newTables(t)
	add, get, cancel := newRuntime(t, "add_order", env), newRuntime(t, "get_order", env), newRuntime(t, "cancel_order", env)
	place := proxyEvent("POST", "/orders", "/orders", by("ana", lunch))
	place.MultiValueHeaders["X-Request-Id"] = []string{"a client's own"}
	first := add.request(place)
	if first.Status != 200 || !strings.Contains(first.Body, `"totalAmount":19.97,`) || first.Headers["X-Request-Id"][0] != "gateway-1" {
		t.Fatalf("place: got %+v", first)
	}
	again := add.request(place)
	if again.Status != 200 || again.Body != first.Body || again.Headers["Idempotent-Replayed"][0] != "true" {
		t.Errorf("place again: got %+v, want the first answer", again)
	}
	if got := get.request(proxyEvent("GET", "/orders/o-1", "/orders/{orderId}", by("ana", ""))); got.Status != 200 || got.Body != first.Body {
		t.Errorf("get: got %+v, want %s", got, first.Body)
	}
	if got := get.request(proxyEvent("GET", "/orders/o-1", "/orders/{orderId}", by("bob", ""))); got.Status != 404 {
		t.Errorf("get somebody else's: got %+v, want 404", got)
	}
	if got := get.request(proxyEvent("GET", "/orders/o-1", "/orders/{orderId}", nil)); got.Status != 401 {
		t.Errorf("get as nobody: got %+v, want 401", got)
	}
	if got := cancel.request(proxyEvent("DELETE", "/orders/o-1", "/orders/{orderId}", by("ana", ""))); got.Status != 200 || !strings.Contains(got.Body, `"CANCELED"`) {
		t.Errorf("cancel: got %+v", got)
	}
	if got := cancel.request(proxyEvent("GET", "/orders/o-1", "/orders/{orderId}", by("ana", ""))); got.Status != 405 {
		t.Errorf("get from the function that cancels: got %+v, want a refusal", got)
	}
	if got := cancel.request(proxyEvent("GET", "/users/ana", "/users/{userid}", by("ana", ""))); got.Status != 404 {
		t.Errorf("a profile from the function that cancels: got %+v, want a refusal", got)
	}
}

func TestProfilesAreAFunctionOfTheirOwn(t *testing.T) {
	env := newTables(t)
	users := newRuntime(t, "users", env)
	put := proxyEvent("PUT", "/users/ana", "/users/{userid}", by("ana", `{"name":"Ana","email":"ana@example.com"}`))
	if got := users.request(put); got.Status != 400 || !strings.Contains(got.Body, "$.email") {
		t.Errorf("put an address that isn't proved: got %+v, want 400", got)
	}
	if got := users.request(proved(put, "ana@example.com")); got.Status != 200 {
		t.Errorf("put: got %+v", got)
	}
	put = proxyEvent("PUT", "/users/bob", "/users/{userid}", by("bob", `{"name":"Bob","email":"ANA@example.com"}`))
	if got := users.request(proved(put, "ana@example.com")); got.Status != 409 {
		t.Errorf("put a taken address: got %+v, want 409", got)
	}
	if got := newRuntime(t, "user_orders", env).request(proxyEvent("GET", "/users/ana/orders/", "/users/{userid}/orders", by("ana", ""))); got.Status != 200 || !strings.Contains(got.Body, `"name":"Ana"`) {
		t.Errorf("the customer beside the orders: got %+v", got)
	}
}

func TestTheSystemFunctionAnswersAnybody(t *testing.T) {
	system := newRuntime(t, "system", newTables(t))
	for path, want := range map[string]string{
		"/healthz": `{"status":"ok"}`, "/readyz": `{"status":"ready"}`, "/openapi.json": `"openapi": "3.1.0"`, "/version": `"version"`,
		"/docs": `src="docs/swagger-ui-bundle.js"`, "/docs/swagger-ui-bundle.js": "SwaggerUIBundle",
	} {
		if got := system.request(proxyEvent("GET", path, path, nil)); got.Status != 200 || got.Base64 || !strings.Contains(got.Body, want) {
			t.Errorf("%s: got %d, base64 %v, %.200s, want %s", path, got.Status, got.Base64, got.Body, want)
		}
	}
	if got := system.request(proxyEvent("GET", "/docs/favicon-32x32.png", "/docs/{file}", nil)); got.Status != 200 || !got.Base64 {
		t.Errorf("a picture: got %d, base64 %v, want 200 in base64", got.Status, got.Base64)
	}
}

func TestWhatTheProgramWritesHasTheFormatsOfPowertools(t *testing.T) {
	env := newTables(t)
	env[ServiceVariable], env[NamespaceVariable], env[LogLevelVariable] = "orders", "ServerlessWorkshop", "debug"
	add := newRuntime(t, "add_order", env)
	add.request(proxyEvent("POST", "/orders", "/orders", by("ana", lunch)))
	add.request(proxyEvent("POST", "/orders", "/orders", by("ana", lunch)))
	emf := func(dimensions, metrics, values string) string {
		return `\{"_aws":\{"Timestamp":\d{13},"CloudWatchMetrics":\[\{"Namespace":"ServerlessWorkshop","Dimensions":\[\[` + dimensions +
			`\]\],"Metrics":\[` + metrics + `\]\}\]\},"service":"orders",` + values + `\}`
	}
	latency := emf(`"service","operation"`, `\{"Name":"Latency","Unit":"Milliseconds"\},\{"Name":"Errors","Unit":"Count"\}`,
		`"operation":"placeOrder","Latency":\[\d+(\.\d+)?\],"Errors":\[0\]`)
	line := func(cold, id string) string {
		return `\{"level":"DEBUG","location":"serve:\d+","message":"answered","timestamp":"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}[+-]\d{4}","service":"orders",` +
			`"cold_start":` + cold + `,"function_name":"shop-add_order","function_memory_size":"256","function_arn":"arn:aws:lambda:eu-west-1:123456789012:function:shop",` +
			`"function_request_id":"` + id + `","xray_trace_id":"1-64ffdacc-654530bc2c48565614713731","correlation_id":"gateway-1",` +
			`"operation":"placeOrder","status":200,"took_ms":\d+(\.\d+)?,"request_id":"gateway-1"\}`
	}
	want := []string{
		emf(`"service"`, `\{"Name":"SuccessfulOrder","Unit":"Count"\},\{"Name":"OrderTotal","Unit":"Count"\}`, `"SuccessfulOrder":\[1\],"OrderTotal":\[19.97\]`),
		latency, line("true", "invocation-1"),
		emf(`"service"`, `\{"Name":"OrderReplayed","Unit":"Count"\}`, `"OrderReplayed":\[1\]`),
		latency, line("false", "invocation-2"),
	}
	got := strings.Split(strings.TrimSpace(add.written()), "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !regexp.MustCompile("^"+want[i]+"$").MatchString(got[i]) {
			t.Fatalf("line %d of\n%s\ndoesn't match\n%s", i+1, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestASilentStoreIsAnsweredFor(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	get := newRuntime(t, "get_order", map[string]string{dynamoVariable: "http://" + silent.Addr().String()})
	payload, err := json.Marshal(proxyEvent("GET", "/orders/o-1", "/orders/{orderId}", by("ana", "")))
	if err != nil {
		t.Fatal(err)
	}
	o := get.invoke(payload, time.Second)
	var got answer
	if err := json.Unmarshal(o.body, &got); err != nil || o.failed || got.Status != 503 || got.Headers["Retry-After"] == nil {
		t.Errorf("got %s, failed %v, want 503 with Retry-After", o.body, o.failed)
	}
	if !strings.Contains(get.written(), `"level":"ERROR"`) || !strings.Contains(get.written(), `"Errors":[1]`) {
		t.Errorf("got the log %s, want an error line and a metric of it", get.written())
	}
}

func TestAnEventOfSomethingElseFailsAndTheProcessGoesOn(t *testing.T) {
	get := newRuntime(t, "get_order", newTables(t))
	for name, payload := range map[string]string{
		"no JSON": `{`, "the console's test": `{"key1":"value1"}`, "a list": `[]`,
		"an HTTP API's": `{"version":"2.0","rawPath":"/orders","requestContext":{"http":{"method":"GET"},"requestId":"x"}}`,
	} {
		if o := get.invoke([]byte(payload), time.Second); !o.failed || !strings.Contains(string(o.body), "read the event") {
			t.Errorf("%s: got %s, failed %v, want an error", name, o.body, o.failed)
		}
	}
	if got := get.request(proxyEvent("GET", "/orders/none", "/orders/{orderId}", by("ana", ""))); got.Status != 404 {
		t.Errorf("after those: got %+v, want 404", got)
	}
}

func TestTheBuiltAuthorizerSpeaksTheGatewaysLanguage(t *testing.T) {
	pool := newPool(t)
	a := newRuntime(t, "authorizer", map[string]string{PoolEndpointVariable: pool.URL, RegionVariable: "", keyVariable: ""})
	good := token(t, nil)
	if o := a.invoke(authorizerEvent(t, "Bearer "+good), 5*time.Second); o.failed || !strings.Contains(string(o.body), `"principalId":"u-1"`) {
		t.Errorf("a good token: got %s, failed %v", o.body, o.failed)
	}
	if o := a.invoke(authorizerEvent(t, "bad"), 5*time.Second); !o.failed || string(o.body) != `{"errorMessage":"Unauthorized","errorType":"errorString"}` {
		t.Errorf("a bad token: got %s, failed %v", o.body, o.failed)
	}
	pool.Close()
	if o := a.invoke(authorizerEvent(t, token(t, map[string]any{"sub": "u-2"})), 5*time.Second); o.failed {
		t.Errorf("the pool is away and the keys are known: got %s", o.body)
	}
	for _, secret := range []string{good, "ana@example.com", "Conceição"} {
		if strings.Contains(a.written(), secret) {
			t.Errorf("the log has %q: %s", secret, a.written())
		}
	}
}

func TestAProgramThatCantStartSaysWhyInOneLine(t *testing.T) {
	for name, env := range map[string][]string{
		"no handler":      {},
		"another handler": {"_HANDLER=bootstrap"},
		"no region":       {"_HANDLER=add_order", "TOTAL_POLICY=x"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		run := exec.CommandContext(ctx, binary(t))
		run.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=127.0.0.1:1"}, env...)
		out, err := run.CombinedOutput()
		if run.ProcessState.ExitCode() != 1 || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), `"level":"ERROR"`) {
			t.Errorf("%s: got %v, %s, want exit code 1 and one error line", name, err, out)
		}
	}
}
