package acceptance

import (
	"context"
	"crypto/rsa"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/cognito"
	"comanda/deploy"
	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/function"
	"comanda/order"
	"comanda/pool"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/telemetry"
	"comanda/testbed/gateway"
	"comanda/testbed/recorder"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// onLambda is the program as it is on AWS: the built Lambda binary, one process per
// function, behind a gateway, on DynamoDB Local. In the place of Cognito is our own
// user pool in this process, on a store of its own; the functions know only its keys.
//
// Time goes on there by itself. Orders get older by changing them where they are
// stored, and tokens by a user pool whose clock is late.
type onLambda struct {
	keys   pool.Keys
	client *dynamodb.Client
	role   role // of client and functions: DynamoDB Local keeps the tables of others apart
	binary string
	opened atomic.Int64

	recorder *recorder.Recorder // of what the functions ask of DynamoDB
	endpoint string             // where it is
}

// role is who works with tables, and where.
type role struct{ region, accessKey, secretKey string }

// testRole is the one of dynamolocal.Client.
var testRole = role{"us-east-1", "comanda", "comanda"}

// environment returns the variables that name the role.
func (r role) environment() []string {
	return []string{"AWS_REGION=" + r.region, "AWS_DEFAULT_REGION=" + r.region, "AWS_ACCESS_KEY_ID=" + r.accessKey, "AWS_SECRET_ACCESS_KEY=" + r.secretKey}
}

// client returns a client of DynamoDB Local that sees the role's own tables.
func (r role) client(t *testing.T) *dynamodb.Client {
	t.Helper()
	return dynamolocal.Client(t, func(o *dynamodb.Options) {
		o.Region, o.Credentials = r.region, aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(r.accessKey, r.secretKey, ""))
	})
}

// newOnLambda ends the test where DynamoDB Local is missing.
func newOnLambda(t *testing.T) *onLambda {
	t.Helper()
	client := dynamolocal.Client(t)
	l := &onLambda{keys: newKeys(t), client: client, role: testRole, binary: built(t, functions)}
	l.record(t)
	return l
}

// record notes, until t ends, what the functions ask of DynamoDB.
func (l *onLambda) record(t *testing.T) {
	t.Helper()
	l.recorder = newRecorder(t)
	server := httptest.NewServer(l.recorder)
	t.Cleanup(server.Close)
	l.endpoint = server.URL
}

// newRecorder returns what notes requests to DynamoDB, by the tables' declared names.
func newRecorder(t *testing.T) *recorder.Recorder {
	t.Helper()
	service, err := url.Parse(dynamolocal.Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	prefix := len(dynamolocal.Prefix())
	return recorder.New(service, func(table string) string { return table[min(prefix, len(table)):] })
}

func (*onLambda) name() string { return "lambda" }

func (*onLambda) differs(d difference) bool {
	return d == tokensOutliveRevocation || d == gatewayBodies
}

func (*onLambda) lacks(id string) bool { return id == "events" || id == "rebuildReports" }

func (l *onLambda) open(t *testing.T, o options) server {
	t.Helper()
	s := &lambdaServer{keys: l.keys, role: l.role, logged: &logBuffer{}, prefix: dynamolocal.Prefix(), options: o}
	createTables(t, l.client, s.prefix)
	store, err := dynamo.New(l.client, []storage.Table{order.Table}, dynamoOptions(s.prefix))
	if err != nil {
		t.Fatal(err)
	}
	s.store = store
	s.openPool(t)
	s.functions, err = gateway.NewFunctions(gateway.Runtime{
		Binary: l.binary, Environment: s.environment(l.endpoint), Output: s.logged,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	allow := "" // the deployment's gateway allows one origin to read its refusals, or any
	if len(o.corsOrigins) == 1 {
		allow = o.corsOrigins[0]
	}
	front, err := gateway.New(gateway.Config{
		Functions: s.functions, Routes: append(deploy.Routes(), deploy.Preflights()...), Validate: gateway.Validate, AllowOrigin: allow, Binary: true, AccessLog: s.logged,
		Pool: gateway.UserPool{
			Issuer: l.keys.Issuer, KeysURL: s.signIn.URL + "/" + l.keys.PoolID + "/.well-known/jwks.json", Audience: l.keys.ClientID,
			Groups: gateway.AnyGroups(int(l.opened.Add(1))),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.front = httptest.NewServer(front)
	if o.follow {
		s.unfollow = follow(t, l.client, s.functions, s.prefix)
	}
	return s
}

type lambdaServer struct {
	keys      pool.Keys
	role      role
	logged    *logBuffer // what functions and gateway write
	prefix    string     // of the tables' names
	options   options    // of processes that begin from now on
	store     storage.Store
	functions *gateway.Functions
	front     *httptest.Server
	signIn    *httptest.Server // the user pool
	late      atomic.Int64     // how much the user pool's clock is behind, in nanoseconds
	once      sync.Once
	unfollow  func() // ends what follows changes; nil: nothing does
}

// openPool opens what stands in for Cognito, until t ends.
func (s *lambdaServer) openPool(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "pool.db"), pool.Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	users, err := pool.New(ctx, pool.Config{Store: store, Keys: s.keys, Now: s.poolTime})
	if err != nil {
		t.Fatal(err)
	}
	logger := telemetry.NewLogger(t.Output(), slog.LevelError, true, "pool")
	s.signIn = httptest.NewServer(cognito.NewHandler(users, cognito.Options{Logger: logger, Now: s.poolTime}))
	t.Cleanup(func() {
		s.signIn.Close()
		if err := store.Close(); err != nil {
			t.Errorf("close the user pool's store: %v", err)
		}
	})
}

func (s *lambdaServer) poolTime() time.Time { return time.Now().Add(-time.Duration(s.late.Load())) }

// setBack lets the user pool's clock be late.
func (s *lambdaServer) setBack(d time.Duration) { s.late.Store(int64(d)) }

func (s *lambdaServer) configure(o options) { s.options = o }

// environment returns the variables of every function.
func (s *lambdaServer) environment(endpoint string) func(string) []string {
	return func(function string) []string {
		o := s.options
		return append(s.role.environment(),
			"AWS_ENDPOINT_URL_DYNAMODB="+endpoint+"/"+function, "COMANDA_TABLE_PREFIX="+s.prefix,
			"USER_POOL_ID="+s.keys.PoolID, "USER_POOL_CLIENT_ID="+s.keys.ClientID, "USER_POOL_ISSUER="+s.keys.Issuer,
			"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER="+s.signIn.URL,
			"TOTAL_POLICY="+o.totalPolicy, "UNKNOWN_FIELDS="+o.unknownFields, "ZONE="+o.zone, "CORS_ORIGINS="+strings.Join(o.corsOrigins, ","), "POWERTOOLS_LOG_LEVEL=debug",
		)
	}
}

// redate implements [dating].
func (s *lambdaServer) redate(t *testing.T, userID, orderID string, change func(*order.Order)) {
	t.Helper()
	redate(t, s.store, userID, orderID, change)
}

// restart ends all processes, as Lambda does after a while.
func (s *lambdaServer) restart(t *testing.T) {
	t.Helper()
	if err := s.functions.Recycle(); err != nil {
		t.Error(err)
	}
}

func (s *lambdaServer) stop(t *testing.T) {
	t.Helper()
	s.once.Do(func() {
		if s.unfollow != nil {
			s.unfollow()
		}
		if s.front != nil {
			web.CloseIdleConnections()
			s.front.Close()
		}
		if err := s.functions.Close(); err != nil {
			t.Errorf("close the functions: %v", err)
		}
	})
}

func (s *lambdaServer) url() string                                     { return s.front.URL + "/Prod" }
func (s *lambdaServer) now() time.Time                                  { return time.Now() }
func (s *lambdaServer) clock() *clock                                   { return nil }
func (s *lambdaServer) log() string                                     { return s.logged.String() }
func (s *lambdaServer) signingKey(*testing.T) (string, *rsa.PrivateKey) { return "", nil } // Cognito's never leaves it
func (s *lambdaServer) pool() poolAccess                                { return accessOf(s.keys, s.signIn.URL, s.poolTime) }

// matchRoles compares what the functions asked of DynamoDB over all scenarios with
// what the templates allow them.
func matchRoles(t *testing.T, asked *recorder.Recorder) {
	if len(asked.Seen()) == 0 {
		t.Error("nothing was recorded")
	}
	var served []string
	for _, f := range function.Functions {
		served = append(served, f.Name)
	}
	for _, wrong := range asked.Wrong(served) {
		t.Error(wrong)
	}
}
