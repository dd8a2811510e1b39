package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"comanda/dynamolocal"
	"comanda/identity"
	"comanda/installation"
	"comanda/testbed/recorder"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// noting stands in front of a stand-in for Cognito and notes the operations that it is asked for.
type noting struct {
	proxy *httputil.ReverseProxy

	mu         sync.Mutex
	operations map[string]bool // as actions of a policy
}

func newNoting(t *testing.T, service string) (*noting, string) {
	t.Helper()
	u, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	n := &noting{operations: make(map[string]bool), proxy: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}}
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	return n, server.URL
}

func (n *noting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	n.mu.Lock()
	n.operations["cognito-idp:"+operation] = true
	n.mu.Unlock()
	n.proxy.ServeHTTP(w, r)
}

// TestThePolicyOfACopyAllowsWhatItDoesAndNothingElse copies in each way, with a user
// in the pool already, and compares what was asked with docs/copy.md.
func TestThePolicyOfACopyAllowsWhatItDoesAndNothingElse(t *testing.T) {
	t.Parallel()
	client, _, env := newMoto(t)
	service, err := url.Parse(dynamolocal.Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	prefix := len(dynamolocal.Prefix())
	tables := recorder.New(service, func(table string) string { return table[min(prefix, len(table)):] })
	inFront := httptest.NewServer(tables)
	t.Cleanup(inFront.Close)
	recorded := func() string { // a place with tables that is asked through the recorder
		place, _ := onDynamoDB(t)
		createWithoutStreams(t, place)
		return strings.Replace(place, dynamolocal.Endpoint(t), inFront.URL+"/copy", 1)
	}
	address, err := moto()
	if err != nil {
		t.Fatal(err)
	}
	asked, at := newNoting(t, address)
	env = append(env, installation.EndpointOfCognito+"="+at)

	data := newData(t)
	anaID := people(t, data)
	furnish(t, data, 30)
	poolID := newUserPool(t, client, cognito.CreateUserPoolInput{Schema: withID()}, "email", "name")
	_, err = client.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{UserPoolId: &poolID, Username: aws.String(ana),
		MessageAction: types.MessageActionTypeSuppress, UserAttributes: []types.AttributeType{{Name: aws.String(identity.ClaimComandaID), Value: &anaID}}})
	if err != nil {
		t.Fatal(err)
	}
	there, onward := recorded(), recorded()
	for _, args := range [][]string{
		{"--from", "sqlite:" + data, "--to", recorded(), "--user-pool", poolID, "--yes"},
		{"--from", "sqlite:" + data, "--to", there, "--identity", "embedded"},
		{"--from", "sqlite:" + data, "--to", there, "--identity", "embedded"}, // when all is there
		{"--from", there, "--to", onward, "--identity", "embedded"},
		{"--from", there, "--to", onward, "--keep-destination"},
		{"--from", onward, "--to", "sqlite:" + filepath.Join(t.TempDir(), "home"), "--keys", filepath.Join(data, "keys.json")},
	} {
		if r := run(t, "", env, append([]string{"copy"}, args...)...); r.code != 0 {
			t.Fatalf("copy %q: got %+v, want success", args, r)
		}
	}

	needed, wrong := tables.Asked("copy")
	for action := range asked.operations {
		needed[action] = []string{"arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEfGhI"}
	}
	page, err := os.ReadFile("../../docs/copy.md")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := recorder.PolicyIn(string(page))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range append(wrong, policy.Compare(needed)...) {
		t.Error(w)
	}
}
