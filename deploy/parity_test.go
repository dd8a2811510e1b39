package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"comanda/testbed/terraform"
)

const python = "../scripts/python"

// What both sides are compared with: everything that is optional is there.
var (
	samParameters = map[string]string{"CorsOrigin": "https://shop.example.com", "AlarmEmail": "ops@example.com"}
	variables     = []string{"cors_origin=https://shop.example.com", "alarm_email=ops@example.com"}
)

// applied is the stand-in after `terraform apply`, made once for all tests.
type applied struct {
	dir     string
	standIn *terraform.StandIn
	state   []byte
	plan    []byte
	err     error
}

var (
	applyOnce sync.Once
	made      applied
)

func TestMain(m *testing.M) {
	code := m.Run()
	if made.standIn != nil {
		made.standIn.Close()
	}
	if err := os.RemoveAll(made.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// need fails the test for an error, or skips it when that may be: on a machine that
// can't have terraform.
func need(t *testing.T, err error) {
	t.Helper()
	if missing, ok := errors.AsType[*terraform.MissingError](err); ok && missing.Excused() {
		t.Skipf("without terraform: %v", missing)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// needTools skips tests of tools that take minutes, or need what scripts/install puts
// there, unless everything is to be tested.
func needTools(t *testing.T) {
	t.Helper()
	if os.Getenv("COMANDA_REQUIRE") != "all" {
		t.Skip("it takes terraform, moto and AWS's own tools, and minutes; `make check` runs this test")
	}
	if _, err := os.Stat("../.venv/bin/cfn-lint"); err != nil {
		t.Fatal("cfn-lint is missing: scripts/install installs it")
	}
}

// standIn returns what Terraform has made on the stand-in.
func standIn(t *testing.T) applied {
	t.Helper()
	needTools(t)
	applyOnce.Do(func() { made = makeStandIn() })
	need(t, made.err)
	return made
}

func makeStandIn() (a applied) {
	dir, err := os.MkdirTemp("", "comanda-deploy-")
	if err != nil {
		return applied{err: err}
	}
	a.dir = dir
	zip := filepath.Join(dir, "lambda.zip")
	if a.err = os.WriteFile(zip, []byte("the program"), 0o600); a.err != nil {
		return a
	}
	ctx := context.Background()
	if a.standIn, a.err = terraform.NewStandIn(ctx, "..", filepath.Join(dir, "terraform"), zip); a.err != nil {
		return a
	}
	if a.err = a.standIn.Apply(ctx, variables...); a.err == nil {
		a.state, a.plan, a.err = a.standIn.State(ctx)
	}
	return a
}

func TestApplyLeavesNothingToChange(t *testing.T) {
	a := standIn(t)
	drift, err := a.standIn.Drift(t.Context(), variables...)
	if err != nil {
		t.Fatal(err)
	}
	if drift != "" {
		t.Errorf("after apply, terraform plan would change:\n%s", drift)
	}
}

func TestSAMAndTerraformDescribeTheSameSystem(t *testing.T) {
	sam, terraform := bothFacts(t, transformed(t), readAgain(t, standIn(t)))
	for _, d := range differences(sam, terraform) {
		t.Error(d)
	}
	t.Logf("%d facts compared", len(sam.said))
}

// Roles name actions and resources. Where AWS has nothing narrower, or a part of a name
// isn't ours, is written down here.
func TestRolesAllowNothingByWildcard(t *testing.T) {
	_, terraform := bothFacts(t, transformed(t), readAgain(t, standIn(t)))
	checked := 0
	for key := range terraform.said {
		_, statement, ok := strings.Cut(key, ": Allow ")
		if !ok {
			continue
		}
		checked++
		action, resource, _ := strings.Cut(statement, " on ")
		switch {
		case strings.Contains(action, "*"):
			t.Errorf("%s: got an action with a wildcard, want it named", key)
		case resource == "*" && strings.HasPrefix(action, "xray:"): // traces have no owner
		case strings.HasSuffix(resource, ":*") && strings.HasPrefix(action, "logs:"): // a group's streams
		case strings.HasSuffix(resource, "/stream/*") && action == "dynamodb:ListStreams": // a table's streams
		case strings.Contains(resource, "*"):
			t.Errorf("%s: got a resource with a wildcard, want it named", key)
		}
	}
	if checked == 0 {
		t.Error("got no statement of a role, want some")
	}
}

func bothFacts(t *testing.T, template map[string]any, s state) (sam, terraform *facts) {
	t.Helper()
	sam, err := factsOfSAM(template, samParameters)
	if err != nil {
		t.Fatal(err)
	}
	if terraform, err = factsOfTerraform(s); err != nil {
		t.Fatal(err)
	}
	return sam, terraform
}

// A comparison that can't fail proves nothing: here one thing is missing on one side at a time.
func TestTheComparisonFindsWhatIsMissingOnOneSide(t *testing.T) {
	original := standIn(t)
	tests := map[string]struct {
		sam       func(template map[string]any)
		terraform func(s *state)
		want      string // at the beginning of a difference
	}{
		"alarm": {
			func(template map[string]any) { delete(mapAt(template, "Resources"), "ReportsAgeAlarm") },
			func(s *state) { drop(s, `aws_cloudwatch_metric_alarm.all["reports-age"]`) },
			"alarm/comanda-reports-age: is there",
		},
		"permission of a function": {
			func(template map[string]any) {
				p := mapAt(template, "Resources.CancelOrderRole.Properties.Policies.0.PolicyDocument.Statement.2")
				p["Action"] = p["Action"].([]any)[:1] //nolint:forcetypeassert // a list, as generated
			},
			func(s *state) {
				r := find(s, `aws_iam_role_policy.function["cancel_order"]`)
				r.Values["policy"] = strings.Replace(textAt(r.Values, "policy"), `"dynamodb:PutItem",`, "", 1)
			},
			"role/cancel_order: Allow dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:123456789012:table/comanda-orders",
		},
		"permission to invoke": {
			func(template map[string]any) {
				delete(mapAt(template, "Resources"), "AddOrderFunctionPlaceOrderPermissionProd")
			},
			func(s *state) { drop(s, `aws_lambda_permission.route["POST /orders"]`) },
			"invocation/comanda-add_order from",
		},
		"route": {
			func(template map[string]any) {
				delete(mapAt(template, "Resources.Api.Properties.Body.paths./orders/{orderId}"), "delete")
			},
			func(s *state) { drop(s, `aws_api_gateway_method.all["DELETE /orders/{orderId}"]`) },
			"route/DELETE /orders/{orderId}: is there",
		},
		"authorizer of a route": {
			func(template map[string]any) {
				delete(mapAt(template, "Resources.Api.Properties.Body.paths./users.get"), "security")
			},
			func(s *state) {
				find(s, `aws_api_gateway_method.all["GET /users"]`).Values["authorization"] = "NONE"
			},
			"route/GET /users: authorizer",
		},
		"index": {
			func(template map[string]any) {
				delete(mapAt(template, "Resources.OrdersTable.Properties"), "GlobalSecondaryIndexes")
			},
			func(s *state) { delete(find(s, `aws_dynamodb_table.all["orders"]`).Values, "global_secondary_index") },
			"table/comanda-orders: global index open",
		},
		"output": {
			func(template map[string]any) { delete(mapAt(template, "Outputs"), "OrdersTopic") },
			func(s *state) { delete(s.Values.Outputs, "OrdersTopic") },
			"output/OrdersTopic: is there",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			template, whole := transformed(t), readAgain(t, original)
			test.sam(template)
			expect(t, "SAM's", template, whole, test.want)
			part := readAgain(t, original)
			test.terraform(&part)
			expect(t, "Terraform's", transformed(t), part, test.want)
		})
	}
}

func expect(t *testing.T, side string, template map[string]any, s state, want string) {
	t.Helper()
	found := differences(bothFacts(t, template, s))
	if !slices.ContainsFunc(found, func(d string) bool { return strings.HasPrefix(d, want) }) {
		t.Errorf("removed from %s side: got differences %q, want one that begins with %q", side, found, want)
	}
}

func readAgain(t *testing.T, a applied) state {
	t.Helper()
	s, err := readState(a.state, a.plan)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func find(s *state, address string) *resource {
	for i := range s.Values.Root.Resources {
		if s.Values.Root.Resources[i].Address == address {
			return &s.Values.Root.Resources[i]
		}
	}
	return &resource{Values: map[string]any{}}
}

func drop(s *state, address string) {
	s.Values.Root.Resources = slices.DeleteFunc(s.Values.Root.Resources, func(r resource) bool { return r.Address == address })
}
