package acceptance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/order"
	"comanda/pool"
	"comanda/storage"
	"comanda/testbed/gateway"
	"comanda/testbed/recorder"
	"comanda/testbed/terraform"
)

// deployment is what `terraform apply` makes on moto, once for this run.
type deployment struct {
	once    sync.Once
	cancel  context.CancelFunc
	done    chan struct{}
	standIn *terraform.StandIn
	made    made
	err     error
}

var deployed = deployment{done: make(chan struct{})}

// begin begins to apply. That is minutes of waiting, in which other tests run.
func (d *deployment) begin() {
	d.once.Do(func() {
		var ctx context.Context
		ctx, d.cancel = context.WithCancel(context.Background())
		go func() {
			defer close(d.done)
			d.err = d.apply(ctx)
		}()
	})
}

func (d *deployment) apply(ctx context.Context) (err error) {
	zip := filepath.Join(binaries, "lambda.zip")
	if err := os.WriteFile(zip, []byte("moto doesn't run it"), 0o600); err != nil {
		return err
	}
	if d.standIn, err = terraform.NewStandIn(ctx, "..", filepath.Join(binaries, "terraform"), zip); err != nil {
		return err
	}
	if err := d.standIn.Apply(ctx, "log_level=debug"); err != nil {
		return err
	}
	state, _, err := d.standIn.State(ctx)
	if err != nil {
		return err
	}
	d.made, err = readMade(state)
	return err
}

// end ends what was begun.
func (d *deployment) end() {
	if d.cancel == nil {
		return
	}
	d.cancel()
	<-d.done
	if d.standIn != nil {
		d.standIn.Close()
	}
}

// terraformWanted reports whether this run has TestTerraform, and all that it needs.
func terraformWanted() bool {
	flag.Parse()
	run, _, _ := strings.Cut(flag.Lookup("test.run").Value.String(), "/")
	matches, err := regexp.MatchString(run, "TestTerraform")
	return err == nil && matches && os.Getenv("COMANDA_REQUIRE") == "all"
}

// onTerraform is the program on what Terraform has made: its routes with their
// authorizers, each function with its environment, the people in its user pool, which is
// moto's, and its tables, made again on DynamoDB Local, because moto's DynamoDB answers
// queries of a local index with keys alone.
//
// There is one deployment, and each server wants fresh data: DynamoDB Local keeps the
// tables of different key pairs apart, so each server has a pair of its own.
type onTerraform struct {
	made     made
	moto     string // URL
	keys     pool.Keys
	people   *people
	binary   string
	opened   atomic.Int64
	prefix   string // of the tables' names
	recorder *recorder.Recorder
	endpoint string // where it is
}

// newOnTerraform waits for the deployment. It ends the test where something is missing.
func newOnTerraform(t *testing.T) *onTerraform {
	t.Helper()
	if os.Getenv("COMANDA_REQUIRE") != "all" {
		t.Skip("it takes terraform, moto and minutes; `make check` runs this test")
	}
	deployed.begin()
	<-deployed.done
	if missing, ok := errors.AsType[*terraform.MissingError](deployed.err); ok && missing.Excused() {
		t.Skipf("without terraform: %v", missing)
	}
	if deployed.err != nil {
		t.Fatal(deployed.err)
	}
	l := &onTerraform{made: deployed.made, moto: deployed.standIn.URL, binary: built(t, functions)}
	l.prefix = strings.TrimSuffix(l.made.Outputs["OrdersTable"], order.TableName)
	l.keys = pool.Keys{
		PoolID: l.made.Outputs["UserPool"], ClientID: l.made.Outputs["UserPoolClient"], Region: terraform.Region,
		Issuer: "https://cognito-idp." + terraform.Region + ".amazonaws.com/" + l.made.Outputs["UserPool"], AccessKeyID: "test", SecretAccessKey: "test",
	}
	l.people = newPeople(t, l.moto)
	service, err := url.Parse(dynamolocal.Endpoint(t))
	if err != nil {
		t.Fatal(err)
	}
	l.recorder = recorder.New(service, func(table string) string { return strings.TrimPrefix(table, l.prefix) })
	server := httptest.NewServer(l.recorder)
	t.Cleanup(server.Close)
	l.endpoint = server.URL
	return l
}

func (*onTerraform) name() string { return "terraform" }

func (*onTerraform) differs(d difference) bool {
	return d == tokensOutliveRevocation || d == gatewayBodies || d == usernamesAreIDs
}

func (*onTerraform) lacks(id string) bool { return id == "events" || id == "rebuildReports" }

func (l *onTerraform) open(t *testing.T, o options) server {
	t.Helper()
	number := int(l.opened.Add(1))
	s := &terraformServer{people: l.people, lambdaServer: &lambdaServer{
		keys: l.keys, logged: &logBuffer{}, prefix: l.prefix, options: o,
		role: role{terraform.Region, fmt.Sprintf("terraform%d", number), "test"},
	}}
	client := s.role.client(t)
	for _, table := range l.made.Tables {
		if _, err := client.CreateTable(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if s.store, err = dynamo.New(client, []storage.Table{order.Table}, dynamoOptions(s.prefix)); err != nil {
		t.Fatal(err)
	}
	s.functions, err = gateway.NewFunctions(gateway.Runtime{Binary: l.binary, Environment: l.environment(s.lambdaServer), Output: s.logged})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	front, err := gateway.New(gateway.Config{
		Functions: s.functions, Routes: l.made.Routes, Validate: gateway.Validate, Binary: true, AccessLog: s.logged,
		Pool: gateway.UserPool{
			Issuer: l.keys.Issuer, KeysURL: l.moto + "/" + l.keys.PoolID + "/.well-known/jwks.json", Audience: l.keys.ClientID,
			Groups: gateway.AnyGroups(number),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.front = httptest.NewServer(front)
	if o.follow {
		s.unfollow = follow(t, client, s.functions, s.prefix)
	}
	return s
}

// environment returns the variables of every function: Terraform's, then where AWS is, and
// what other values of Terraform's variables would set.
func (l *onTerraform) environment(s *lambdaServer) func(string) []string {
	return func(function string) []string {
		o := s.options
		out := append(slices.Clone(l.made.Environments[function]), s.role.environment()...)
		for name, value := range map[string]string{"TOTAL_POLICY": o.totalPolicy, "UNKNOWN_FIELDS": o.unknownFields, "ZONE": o.zone} {
			if value != "" {
				out = append(out, name+"="+value)
			}
		}
		return append(out, "AWS_ENDPOINT_URL_DYNAMODB="+l.endpoint+"/"+function, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER="+l.moto)
	}
}

// terraformServer is the program with people in moto's user pool.
type terraformServer struct {
	*lambdaServer
	people *people
}

func (s *terraformServer) pool() poolAccess {
	p := accessOf(s.keys, s.people.moto, s.poolTime)
	p.send = func(operation string, in object, out any) error {
		return s.people.ask(operation, in, time.Duration(s.late.Load()), out)
	}
	return p
}
