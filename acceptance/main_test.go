// Package acceptance holds the program to its promises, from the outside: over
// HTTP, as clients see it.
//
// The scenarios are written once. They take a target, which is one way to run
// the program, and may not know which one it is: what may differ between
// targets is a row of the table of differences, and nothing else differs.
// Users come into being through the user pool's own protocol, time is the
// target's clock, and every answer of every scenario is also compared with what
// the OpenAPI document promises for its operation and status.
//
// To add a case, add a struct to one of the tables, or a scenario to one of the
// groups.
package acceptance

import (
	"fmt"
	"os"
	"testing"

	"comanda/dynamolocal"
)

func TestMain(m *testing.M) {
	var err error
	if binaries, err = os.MkdirTemp("", "acceptance-*"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if terraformWanted() {
		deployed.begin()
	}
	code := dynamolocal.Run(m)
	deployed.end()
	if err := os.RemoveAll(binaries); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	counts := map[string]int64{}
	for _, s := range suites {
		counts[s.target.name()] += s.count.Load()
	}
	for name, n := range counts {
		fmt.Printf("acceptance: target %s: %d scenarios\n", name, n)
	}
	os.Exit(code)
}

// suites are the sets of this run. Tests add theirs before anything is parallel.
var suites []*suite

// everywhere lists the groups of scenarios that every target passes.
var everywhere = []group{
	{"the workshop's tests", workshopScenarios},
	{"one order for many requests", replayScenarios},
	{"what counts as the same request", samenessScenarios},
	{"idempotency keys", keyScenarios},
	{"the life of an order", lifecycleScenarios},
	{"time", timeScenarios},
	{"staff", staffScenarios},
	{"lists", listScenarios},
	{"page tokens", pageTokenScenarios},
	{"conditional requests", conditionalScenarios},
	{"bodies that are refused", bodyScenarios},
	{"fields that nobody knows", unknownScenarios},
	{"text that can't be shown", textScenarios},
	{"bodies that are said to be something else", encodingScenarios},
	{"sizes at the limit", limitScenarios},
	{"paths and queries", pathScenarios},
	{"parameters that nobody knows", queryScenarios},
	{"hostile tokens", tokenScenarios},
	{"what anybody may ask", publicScenarios},
	{"pages for people", pageScenarios},
	{"profiles", userScenarios},
	{"profiles that administrators create", userCreationScenarios},
	{"erasure", erasureScenarios},
	{"the restaurant's queue", queueScenarios},
	{"who may do what", matrixScenarios},
}

// besideTerraform lists the groups that everything but Terraform's deployment on moto passes.
// moto checks no signature, and it neither proves passwords nor ends a sign-in as Cognito does;
// one apply has the origins that it was given, and these groups try several.
var besideTerraform = []group{
	{"tokens that ended early", revocationScenarios},
	{"signing in without sending the password", srpScenarios},
	{"pages of other origins", originScenarios},
}

// inOneProcess lists the groups that need the program as one process: one that
// holds its connections and its store, has the user pool in it, and whose clock can be
// stopped. On AWS, connections are the gateway's, sign-in is Cognito's,
// and time goes on.
var inOneProcess = []group{
	{"moments", momentScenarios},
	{"the moment when a token expires", expiryScenarios},
	{"wrong passwords", lockScenarios},
	{"pages of other origins that sign people in", signInOriginScenarios},
	{"bodies on the wire", wireScenarios},
	{"restarts", restartScenarios},
	{"a store that fails", faultScenarios},
	{"requests that are running", shutdownScenarios},
	{"passwords that are forgotten and changed", passwordScenarios},
}

// onItsOwnFile lists the groups that need the process to hold the data, too.
var onItsOwnFile = []group{
	{"kill -9", killScenarios},
	{"receivers of webhooks", webhookScenarios},
	{"streams of events", eventScenarios},
	{"streams as they are sent", frameScenarios},
}

// onSharedTables lists the groups that need the process to hold nothing.
var onSharedTables = []group{
	{"kill -9", killOnDynamoDBScenarios},
}

// followed lists the groups that need changes to reach their consumers by themselves.
var followed = []group{
	{"what orders add up to", monitorScenarios},
	{"days whose midnight doesn't exist", dayScenarios},
}

// onProcesses lists the groups that need functions whose processes come and go.
var onProcesses = []group{
	{"processes that come and go", recycleScenarios},
}

func TestEmbedded(t *testing.T) {
	s := newSuite(newEmbedded(t))
	s.run(t, onItsOwnFile) // the longest begins first
	s.run(t, inOneProcess)
	s.run(t, followed)
	s.run(t, besideTerraform)
	s.run(t, everywhere)
}

func TestDynamoDB(t *testing.T) {
	d := newOnDynamoDB(t)
	s := newSuite(d)
	if t.Run("scenarios", func(t *testing.T) {
		s.run(t, onSharedTables)
		s.run(t, inOneProcess)
		s.run(t, followed)
		s.run(t, besideTerraform)
		s.run(t, everywhere)
	}) {
		t.Run("the policy of a server allows what it does and nothing else", d.matchPolicy)
	}
}

func TestLambda(t *testing.T) {
	l := newOnLambda(t)
	s := newSuite(l)
	if t.Run("scenarios", func(t *testing.T) {
		s.run(t, onProcesses)
		s.run(t, followed)
		s.run(t, besideTerraform)
		s.run(t, everywhere)
	}) {
		t.Run("the roles of functions allow what they do and nothing else", func(t *testing.T) { matchRoles(t, l.recorder) })
	}
}

func TestTerraform(t *testing.T) {
	l := newOnTerraform(t)
	s := newSuite(l)
	if t.Run("scenarios", func(t *testing.T) {
		s.run(t, followed)
		s.run(t, everywhere)
	}) {
		t.Run("the roles of functions allow what they do and nothing else", func(t *testing.T) { matchRoles(t, l.recorder) })
	}
}
