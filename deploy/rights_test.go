package deploy

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"comanda/function"
	"comanda/testbed/terraform"
)

// factsOfRoles returns what roles allow, and who may invoke functions, as the program's own tables
// have it.
func factsOfRoles() *facts {
	f := newFacts("the program's tables")
	for _, fn := range Functions() {
		f.role(fn.Name, "lambda.amazonaws.com", rightsOf(fn.Name, "comanda"))
		for _, g := range Grants[fn.Name] {
			on := "dynamodb:table/comanda-" + g.Table
			if g.Index != "" {
				on += "/index/" + g.Index
			}
			f.right(fn.Name, right{Action: "dynamodb:" + g.Action, On: on})
		}
		if fn.Trigger == function.Authorizer {
			f.invocation(fn.Name, "authorizers/*")
		}
	}
	f.role(pipeRole, "pipes.amazonaws.com if {StringEquals={aws:SourceAccount="+account+"}}", rightsOf(pipeRole, "comanda"))
	f.role(gatewayRole, "apigateway.amazonaws.com", nil)
	f.add("role", gatewayRole, "managed arn:aws:iam::aws:policy/service-role/"+gatewayPolicy, "yes")
	for _, r := range slices.Concat(Routes(), Preflights()) {
		f.invocation(r.Function, "*/"+r.Method+parameter.ReplaceAllString(r.Path, "*"))
	}
	return f
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func (f *facts) role(name, takenBy string, rights []right) {
	f.all("role", name, values{"Allow sts:AssumeRole by " + takenBy: "yes"})
	for _, r := range rights {
		f.right(name, r)
	}
}

func (f *facts) right(role string, r right) {
	on := r.On
	if service, name, ok := strings.Cut(on, ":"); ok {
		on = "arn:aws:" + service + ":" + terraform.Region + ":" + account + ":" + name
	}
	f.add("role", role, "Allow "+r.Action+" on "+on, "yes")
}

func (f *facts) invocation(name, from string) {
	f.all("invocation", "comanda-"+name+" from arn:aws:execute-api:"+terraform.Region+":"+account+":<api>/"+from,
		values{"action": "lambda:InvokeFunction", "principal": "apigateway.amazonaws.com"})
}

// wrongRoles returns where the roles of both sides aren't what the program's tables say.
func wrongRoles(sam, terraform *facts) []string {
	want := factsOfRoles()
	return slices.Concat(differences(want, sam.about("role", "invocation")), differences(want, terraform.about("role", "invocation")))
}

func TestRolesAllowWhatIsWrittenDownAndNothingElse(t *testing.T) {
	for _, d := range wrongRoles(bothFacts(t, transformed(t), readAgain(t, standIn(t)))) {
		t.Error(d)
	}
}

func TestNobodyMayReadTheStreamWhenThereIsNone(t *testing.T) {
	parameters := maps.Clone(samParameters)
	parameters["ReadStream"] = "false"
	sam, err := factsOfSAM(transformed(t), parameters)
	if err != nil {
		t.Fatal(err)
	}
	for key := range sam.said {
		if strings.HasPrefix(key, "role/") && strings.Contains(key, "/stream/") {
			t.Errorf("without the stream: got %s, want no role that names it", key)
		}
	}
}

func TestEveryRightHasItsReason(t *testing.T) {
	roles := []string{pipeRole}
	for _, f := range function.Functions {
		roles = append(roles, f.Name)
	}
	for _, role := range roles {
		for _, r := range rightsOf(role, "comanda") {
			if r.Why == "" || strings.Contains(r.Action, "*") {
				t.Errorf("%s: got %+v, want a reason, and an action without a wildcard", role, r)
			}
		}
	}
}

// What both sides say alike can still be wrong.
func TestAMistakeInTheRolesOfBothSidesIsFound(t *testing.T) {
	original := standIn(t)
	const orders = "arn:aws:dynamodb:eu-west-1:123456789012:table/comanda-orders"
	tests := map[string]struct {
		sam, terraform string // where the policy is
		change         func(policy map[string]any)
		want           string // at the beginning of what is wrong
	}{
		"one action more": {
			"AddOrderRole.Properties.Policies.0.PolicyDocument", `aws_iam_role_policy.function["add_order"] policy`,
			allow("dynamodb:DeleteItem", orders),
			"role/add_order: Allow dynamodb:DeleteItem on " + orders + ` is "yes" in `,
		},
		"the same on another table": {
			"AddOrderRole.Properties.Policies.0.PolicyDocument", `aws_iam_role_policy.function["add_order"] policy`,
			allow("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/comanda-users"),
			"role/add_order: Allow dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:123456789012:table/comanda-users",
		},
		"no log lines": {
			"QueueRole.Properties.Policies.0.PolicyDocument", `aws_iam_role_policy.function["queue"] policy`,
			forbid("logs:PutLogEvents"),
			"role/queue: Allow logs:PutLogEvents on arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/comanda-queue:*",
		},
		"no writing": {
			"AddOrderRole.Properties.Policies.0.PolicyDocument", `aws_iam_role_policy.function["add_order"] policy`,
			forbid("dynamodb:PutItem"),
			"role/add_order: Allow dynamodb:PutItem on " + orders + ` is "yes" in the program's tables and isn't in `,
		},
		"no dead letters of reports": {
			"ReportsRole.Properties.Policies.0.PolicyDocument", `aws_iam_role_policy.function["reports"] policy`,
			forbid("sqs:SendMessage"),
			"role/reports: Allow sqs:SendMessage on arn:aws:sqs:eu-west-1:123456789012:comanda-reports-dead",
		},
		"the Pipe may publish anywhere": {
			"NotificationsRole.Properties.Policies.0.PolicyDocument", `aws_iam_role_policy.notifications policy`,
			allow("sns:Publish", "*"),
			"role/notifications: Allow sns:Publish on *",
		},
		"the Pipe can't invoke": {
			"NotificationsRole.Properties.Policies.0.PolicyDocument", `aws_iam_role_policy.notifications policy`,
			forbid("lambda:InvokeFunction"),
			"role/notifications: Allow lambda:InvokeFunction on arn:aws:lambda:eu-west-1:123456789012:function:comanda-enrichment",
		},
		"the Pipe's role is for every account": {
			"NotificationsRole.Properties.AssumeRolePolicyDocument", `aws_iam_role.notifications assume_role_policy`,
			func(policy map[string]any) { delete(mapAt(policy, "Statement.0"), "Condition") },
			`role/notifications: Allow sts:AssumeRole by pipes.amazonaws.com is "yes" in `,
		},
		"others take a function's role": {
			"UsersRole.Properties.AssumeRolePolicyDocument", `aws_iam_role.function["users"] assume_role_policy`,
			func(policy map[string]any) { mapAt(policy, "Statement.0.Principal")["Service"] = "ec2.amazonaws.com" },
			`role/users: Allow sts:AssumeRole by ec2.amazonaws.com is "yes" in `,
		},
		"API Gateway writes logs by a role of somebody else": {
			"GatewayLogRole.Properties.AssumeRolePolicyDocument", `aws_iam_role.gateway_logs[0] assume_role_policy`,
			func(policy map[string]any) {
				mapAt(policy, "Statement.0.Principal")["Service"] = "lambda.amazonaws.com"
			},
			`role/gateway-log: Allow sts:AssumeRole by lambda.amazonaws.com is "yes" in `,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			template, s := transformed(t), readAgain(t, original)
			test.change(mapAt(template, "Resources."+test.sam))
			address, attribute, _ := strings.Cut(test.terraform, " ")
			changeText(find(&s, address), attribute, test.change)
			sam, terraform := bothFacts(t, template, s)
			if d := differences(sam, terraform); len(d) > 0 {
				t.Errorf("the same on both sides: got differences %q, want none", d)
			}
			wrong := wrongRoles(sam, terraform)
			for _, side := range []string{"SAM's", "Terraform's"} {
				if !slices.ContainsFunc(wrong, func(w string) bool { return strings.HasPrefix(w, test.want) && strings.Contains(w, side) }) {
					t.Errorf("%s side: got %q, want one that begins with %q", side, wrong, test.want)
				}
			}
		})
	}
	t.Run("API Gateway may do more than write logs", func(t *testing.T) {
		const policy = "arn:aws:iam::aws:policy/AdministratorAccess"
		template, s := transformed(t), readAgain(t, original)
		put(template, "Resources.GatewayLogRole.Properties.ManagedPolicyArns", []any{policy})
		find(&s, "aws_iam_role_policy_attachment.gateway_logs[0]").Values["policy_arn"] = policy
		sam, terraform := bothFacts(t, template, s)
		if n := len(wrongRoles(sam, terraform)); n != 4 || len(differences(sam, terraform)) != 0 {
			t.Errorf("got %d mistakes %q, want 4: one policy more, and one less, on each side", n, wrongRoles(sam, terraform))
		}
	})
}

// allow returns a change of a policy: it allows one thing more.
func allow(action, resource string) func(policy map[string]any) {
	return func(policy map[string]any) {
		policy["Statement"] = append(listOf(policy["Statement"]), map[string]any{"Effect": "Allow", "Action": action, "Resource": resource})
	}
}

// forbid returns a change of a policy: an action is no more allowed on anything.
func forbid(action string) func(policy map[string]any) {
	return func(policy map[string]any) {
		policy["Statement"] = slices.DeleteFunc(listOf(policy["Statement"]), func(s any) bool {
			actions := listOf(at(s, "Action"))
			if !slices.Contains(actions, any(action)) {
				return false
			}
			put(s, "Action", slices.DeleteFunc(actions, func(a any) bool { return a == action }))
			return len(actions) == 1
		})
	}
}
