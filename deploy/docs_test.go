package deploy

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"comanda/function"
)

const page = "../docs/deploy.md"

var update = flag.Bool("update", false, "write the generated parts of the docs again")

func TestGeneratedPartsOfTheDocsAreUpToDate(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, part := range map[string]string{
		"functions": functionsTable(), "costs": costsTable(t), "remove": removeCommands(), "rights": rightsTable(),
	} {
		begin, end := "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->"
		before, rest, ok := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no part between %q and %q", page, begin, end)
		}
		want = before + begin + part + end + after
	}
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("the tables of %s aren't what the program's tables make: run `make generate`", page)
	}
}

// functionsTable returns the table of functions and what their roles allow.
func functionsTable() string {
	var b strings.Builder
	b.WriteString("| Function | Called for | Memory, time | Its role allows, beside its own log lines and traces |\n|---|---|---|---|\n")
	for _, f := range Functions() {
		fmt.Fprintf(&b, "| `%s` %s | %s | %d MB, %d s | %s |\n", f.Name, f.Purpose, calledFor(f), f.Memory, f.Timeout, strings.Join(allowed(f), "; "))
	}
	return b.String()
}

func calledFor(f Function) string {
	switch f.Trigger {
	case function.Authorizer:
		return "tokens of routes marked *token*"
	case function.Stream:
		return "the stream of orders, in windows"
	case function.Pipe:
		return "the stream of orders, by the Pipe"
	}
	var out []string
	for _, r := range RoutesOf(f.Name) {
		mark := ""
		if r.Authorizer != Nobody {
			mark = " *" + string(r.Authorizer) + "*"
		}
		out = append(out, "`"+r.Name()+"`"+mark)
	}
	return strings.Join(out, "<br>")
}

func allowed(f Function) []string {
	var out []string
	for _, s := range f.Statements() {
		on := s.Table
		if s.Index != "" {
			on += "/index/" + s.Index
		}
		actions := slices.Clone(s.Actions)
		for i, a := range actions {
			if rare(f.Name, s, a) {
				actions[i] += "¹"
			}
		}
		out = append(out, strings.Join(actions, ", ")+" on `"+on+"`")
	}
	if len(rightsOf(f.Name, "")) > len(rightsOf(anyFunction, "")) {
		out = append(out, "more, as below")
	}
	if out == nil {
		out = []string{"nothing"}
	}
	return out
}

// anyFunction stands for every function, in the docs.
const anyFunction = "FUNCTION"

// rightsTable returns the table of what roles allow beside tables, and why.
func rightsTable() string {
	var b strings.Builder
	b.WriteString("| Role of | Allows | On | Why |\n|---|---|---|---|\n")
	rows := func(of string, rights []right) {
		for _, r := range rights {
			fmt.Fprintf(&b, "| %s | %s | `%s` | %s |\n", of, r.Action, r.On, r.Why)
		}
	}
	every := rightsOf(anyFunction, "comanda")
	rows("every function", every)
	for _, f := range Functions() {
		rows("`"+f.Name+"`", rightsOf(f.Name, "comanda")[len(every):])
	}
	rows("the Pipe", rightsOf(pipeRole, "comanda"))
	fmt.Fprintf(&b, "| API Gateway | AWS's own policy `%s` | | the access log |\n", gatewayPolicy)
	return b.String()
}

func rare(name string, s Statement, action string) bool {
	return slices.ContainsFunc(Grants[name], func(g Grant) bool {
		return g.Action == action && g.Table == s.Table && g.Index == s.Index && g.Rare != ""
	})
}

// removeCommands returns the commands that remove a deployment of SAM's with all that it keeps.
// Tables are named, because those of the deployment comanda-staging begin with comanda-, too.
func removeCommands() string {
	return shell(
		`POOL=$(output UserPool)`,
		`sam deploy --parameter-overrides DeletionProtection=false`,
		`sam delete --stack-name comanda`,
		`for TABLE in `+tableNames()+`; do`,
		`  aws dynamodb delete-table --table-name comanda-$TABLE`,
		`done`,
		`aws cognito-idp delete-user-pool --user-pool-id $POOL`)
}

func shell(lines ...string) string { return "```sh\n" + strings.Join(lines, "\n") + "\n```\n" }

func tableNames() string {
	var names []string
	for _, t := range Tables() {
		names = append(names, t.Name)
	}
	return strings.Join(names, " ")
}
