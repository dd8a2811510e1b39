package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/dynamolocal"
	"comanda/gateway"
)

// TestFunctionsWorkWithWhatTerraformMade runs the built program, once for each function, with
// the environment that Terraform gave it and the user pool that Terraform made. The tables
// are Terraform's, too, made again on DynamoDB Local: moto's DynamoDB answers queries of a
// local index with the keys alone. Everything that a role allows is needed on the way,
// and nothing else.
func TestFunctionsWorkWithWhatTerraformMade(t *testing.T) {
	j := newJourney(t)
	j.customer = j.signUp(t, "ana@example.com")
	j.admin = j.signUp(t, "root@example.com", j.outputs["UserPoolAdminGroupName"])
	j.orders(t)
	j.staff(t)
	j.changes(t)
	j.people(t)
	var names []string
	for _, f := range Functions() {
		names = append(names, f.Name)
	}
	for _, wrong := range j.recorder.Wrong(names) {
		t.Error(wrong)
	}
}

// person is somebody who has signed in.
type person struct{ id, token string }

// journey is the system as it was made on the stand-in.
type journey struct {
	outputs         map[string]string
	moto            string // URL
	tables          *dynamodb.Client
	recorder        *Recorder
	functions       *gateway.Functions
	api             string // URL
	pool            *cognitoidentityprovider.Client
	customer, admin person
	record          string // of the stream: an order was placed
}

func newJourney(t *testing.T) *journey {
	t.Helper()
	a := standIn(t)
	outputs, err := a.standIn.Outputs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	j := &journey{outputs: outputs, moto: a.standIn.URL, tables: makeTables(t, a)}
	service, err := url.Parse(dynamolocal.Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	j.recorder = NewRecorder(service, func(table string) string { return strings.TrimPrefix(table, "comanda-") })
	recorder := httptest.NewServer(j.recorder)
	t.Cleanup(recorder.Close)
	binary := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary, "comanda/cmd/lambda").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	environment := environments(t, a)
	j.functions, err = gateway.NewFunctions(gateway.Runtime{
		Binary: binary, Output: t.Output(),
		Environment: func(name string) []string {
			return append(slices.Clone(environment[name]), "AWS_REGION="+Region,
				"AWS_ENDPOINT_URL_DYNAMODB="+recorder.URL+"/"+name, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER="+j.moto)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.functions.Close(); err != nil {
			t.Errorf("close the functions: %v", err)
		}
	})
	front, err := gateway.New(gateway.Config{
		Functions: j.functions, Binary: true, Validate: Validate,
		Pool: gateway.UserPool{
			Issuer:   "https://cognito-idp." + Region + ".amazonaws.com/" + outputs["UserPool"],
			KeysURL:  j.moto + "/" + outputs["UserPool"] + "/.well-known/jwks.json",
			Audience: outputs["UserPoolClient"],
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(front)
	t.Cleanup(server.Close)
	j.api = server.URL + "/Prod"
	j.pool = cognitoidentityprovider.New(cognitoidentityprovider.Options{
		Region: Region, BaseEndpoint: aws.String(j.moto), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	return j
}

// makeTables makes the tables of Terraform's state on DynamoDB Local.
func makeTables(t *testing.T, a applied) *dynamodb.Client {
	t.Helper()
	client := dynamolocal.Client(t, func(o *dynamodb.Options) { o.Region = Region })
	for _, r := range resources(t, a, "aws_dynamodb_table") {
		v := r.Values
		in := &dynamodb.CreateTableInput{
			TableName: aws.String(textAt(v, "name")), BillingMode: ddb.BillingMode(textAt(v, "billing_mode")),
			KeySchema: schemaOf(textAt(v, "hash_key"), textAt(v, "range_key")),
		}
		for _, x := range listAt(v, "attribute") {
			in.AttributeDefinitions = append(in.AttributeDefinitions,
				ddb.AttributeDefinition{AttributeName: aws.String(textAt(x, "name")), AttributeType: ddb.ScalarAttributeType(textAt(x, "type"))})
		}
		for _, x := range listAt(v, "local_secondary_index") {
			in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes, ddb.LocalSecondaryIndex{
				IndexName: aws.String(textAt(x, "name")), KeySchema: schemaOf(textAt(v, "hash_key"), textAt(x, "range_key")),
				Projection: &ddb.Projection{ProjectionType: ddb.ProjectionType(textAt(x, "projection_type"))},
			})
		}
		for _, x := range listAt(v, "global_secondary_index") {
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, ddb.GlobalSecondaryIndex{
				IndexName: aws.String(textAt(x, "name")), KeySchema: schemaOf(textAt(x, "hash_key"), textAt(x, "range_key")),
				Projection: &ddb.Projection{ProjectionType: ddb.ProjectionType(textAt(x, "projection_type"))},
			})
		}
		if _, err := client.CreateTable(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	return client
}

func schemaOf(hash, sort string) []ddb.KeySchemaElement {
	out := []ddb.KeySchemaElement{{AttributeName: &hash, KeyType: ddb.KeyTypeHash}}
	if sort != "" {
		out = append(out, ddb.KeySchemaElement{AttributeName: &sort, KeyType: ddb.KeyTypeRange})
	}
	return out
}

// resources returns what there is of a type, with the ids that it has.
func resources(t *testing.T, a applied, kind string) []resource {
	t.Helper()
	var s state
	if err := json.Unmarshal(a.state, &s); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(s.Values.Root.Resources, func(r resource) bool { return r.Type != kind })
}

// environments returns the variables of each function, as Terraform has set them.
func environments(t *testing.T, a applied) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, r := range resources(t, a, "aws_lambda_function") {
		for name, value := range mapAt(r.Values, "environment.0.variables") {
			handler := textAt(r.Values, "handler")
			out[handler] = append(out[handler], name+"="+textOf(value))
		}
	}
	return out
}

// signUp makes a person in the user pool, in groups, and signs the person in.
func (j *journey) signUp(t *testing.T, email string, groups ...string) person {
	t.Helper()
	const password = "Correct-Horse-7"
	ctx, pool := t.Context(), aws.String(j.outputs["UserPool"])
	made, err := j.pool.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: pool, Username: &email, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &email}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.pool.AdminSetUserPassword(ctx, &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: pool, Username: &email, Password: aws.String(password), Permanent: true,
	}); err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		if _, err := j.pool.AdminAddUserToGroup(ctx, &cognitoidentityprovider.AdminAddUserToGroupInput{UserPoolId: pool, Username: &email, GroupName: &group}); err != nil {
			t.Fatal(err)
		}
	}
	in, err := j.pool.InitiateAuth(ctx, &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: aws.String(j.outputs["UserPoolClient"]),
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := person{token: aws.ToString(in.AuthenticationResult.IdToken)}
	for _, a := range made.User.Attributes {
		if aws.ToString(a.Name) == "sub" {
			p.id = aws.ToString(a.Value)
		}
	}
	return p
}

// do sends a request and returns the answer's body. Another status than wanted ends the test.
func (j *journey) do(t *testing.T, as person, want int, method, path, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, j.api+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if as.token != "" {
		r.Header.Set("Authorization", as.token)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != want {
		t.Fatalf("%s %s: got %d %s, want %d", method, path, answer.StatusCode, text, want)
	}
	return string(text)
}

const content = `"restaurantId":1,"orderItems":[{"id":1,"name":"Spaghetti","price":9.99,"quantity":2}],"totalAmount":19.98,"note":"ring twice"`

func (j *journey) orders(t *testing.T) {
	first := j.do(t, j.customer, 200, "POST", "/orders", `{"orderId":"one",`+content+`}`)
	if again := j.do(t, j.customer, 200, "POST", "/orders", `{"orderId":"one",`+content+`}`); again != first {
		t.Errorf("placed again: got %s, want %s", again, first)
	}
	j.placed(t, "one")
	j.do(t, j.customer, 400, "POST", "/orders", `{"orderId":"two"}`)
	j.do(t, person{}, 401, "GET", "/orders", "")
	j.do(t, j.customer, 200, "POST", "/orders", `{"orderId":"two",`+content+`}`)
	j.do(t, j.customer, 200, "DELETE", "/orders/two", "")
	j.do(t, j.customer, 200, "PUT", "/orders/one", `{`+strings.Replace(content, "twice", "twice, please", 1)+`}`)
	j.do(t, j.customer, 200, "GET", "/orders/one", "")
	if list := j.do(t, j.customer, 200, "GET", "/orders", ""); strings.Count(list, `"orderId"`) != 2 {
		t.Errorf("the list: got %s, want two orders", list)
	}
}

func (j *journey) staff(t *testing.T) {
	one := "/users/" + j.customer.id + "/orders/one"
	j.do(t, j.customer, 403, "PUT", one+"/status", `{"status":"ACKNOWLEDGED"}`)
	j.do(t, j.admin, 200, "GET", one, "")
	if queue := j.do(t, j.admin, 200, "GET", "/restaurants/1/orders", ""); strings.Count(queue, `"orderId"`) != 1 {
		t.Errorf("the queue: got %s, want one order", queue)
	}
	j.do(t, j.admin, 200, "PUT", one+"/status", `{"status":"ACKNOWLEDGED"}`)
	j.do(t, j.admin, 200, "GET", "/users/"+j.customer.id+"/orders", "")
	j.do(t, person{}, 200, "GET", "/readyz", "")
	j.do(t, person{}, 404, "GET", "/nothing", "")
}

// changes hands the stream's record of an order to the two functions behind the stream.
func (j *journey) changes(t *testing.T) {
	if told := j.invoke(t, "enrichment", "["+j.record+"]"); !strings.Contains(told, `"order.placed"`) {
		t.Errorf("the notification: got %s, want one of order.placed", told)
	}
	j.invoke(t, "reports", `{"Records":[`+j.record+`],"shardId":"shardId-1","eventSourceARN":"arn","window":{"start":"2026-05-01T12:00:00Z","end":"2026-05-01T12:01:00Z"},
		"state":{},"isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}`)
	if report := j.do(t, j.admin, 200, "GET", "/monitor", ""); !strings.Contains(report, `"Spaghetti"`) {
		t.Errorf("the report: got %s, want the product of the order in it", report)
	}
}

// placed notes the stream's record of an order that was just placed. An item is written in
// streams as in requests.
func (j *journey) placed(t *testing.T, orderID string) {
	t.Helper()
	body := fmt.Sprintf(`{"TableName":%q,"Key":{"userId":{"S":%q},"orderId":{"S":%q}}}`, j.outputs["OrdersTable"], j.customer.id, orderID)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, dynamolocal.Endpoint(t), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", target+"GetItem")
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	keys := j.tables.Options().Credentials
	who, err := keys.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(t.Context(), who, r, hex.EncodeToString(sum[:]), "dynamodb", Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var found struct{ Item json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil || found.Item == nil {
		t.Fatalf("read the stored order: got %d and no order: %v", answer.StatusCode, err)
	}
	j.record = fmt.Sprintf(`{"eventID":"1","eventName":"INSERT","dynamodb":{"ApproximateCreationDateTime":%d,"SequenceNumber":"1",
		"Keys":{"userId":{"S":%q},"orderId":{"S":%q}},"NewImage":%s}}`, time.Now().Unix(), j.customer.id, orderID, found.Item)
}

func (j *journey) invoke(t *testing.T, function, event string) string {
	t.Helper()
	answer, err := j.functions.Invoke(context.WithoutCancel(t.Context()), function, []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// people ends with the erasure of the customer, who has a profile with an address, and an
// order with a note by now.
func (j *journey) people(t *testing.T) {
	j.do(t, j.admin, 200, "POST", "/users", `{"userid":"bo","name":"Bo","email":"bo@example.com","username":"bo"}`)
	j.do(t, j.admin, 409, "POST", "/users", `{"userid":"cy","name":"Cy","email":"BO@example.com"}`)
	j.do(t, j.admin, 200, "PATCH", "/users/bo", `{"email":"bo2@example.com"}`)
	j.do(t, j.admin, 200, "GET", "/users", "")
	j.do(t, j.admin, 200, "DELETE", "/users/bo", "")
	own := "/users/" + j.customer.id
	j.do(t, j.customer, 200, "PUT", own, `{"name":"Ana","email":"ana@example.com"}`)
	j.do(t, j.admin, 200, "POST", own+"/erasure", "")
	if left := j.do(t, j.admin, 200, "GET", own+"/orders/one", ""); strings.Contains(left, "ring twice") {
		t.Errorf("after the erasure: got %s, want no note", left)
	}
}
