package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"comanda/client"
)

func TestTheExampleOrderIsPlacedAndItsCurlCommandRepeatsTheAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as(ana, anaPassword)
	r := run(t, "", env, "orders", "place", "--example")
	if r.code != 0 {
		t.Fatalf("exit code: got %d and %q, want 0", r.code, r.err)
	}
	token := strings.TrimPrefix(env[1], "COMANDA_TOKEN=")
	i := strings.Index(r.err, "curl ")
	if i < 0 || strings.Contains(r.err, token) {
		t.Fatalf("explanation: got %q, want a curl command without the token", r.err)
	}
	c := exec.Command("sh", "-c", strings.Replace(r.err[i:], "curl", "curl -D /dev/stderr", 1))
	c.Env = []string{env[0], env[1], "PATH=" + os.Getenv("PATH")}
	again := finish(t, c, "")
	var o client.Order
	if err := json.Unmarshal([]byte(again.out), &o); err != nil || again.code != 0 || !strings.Contains(r.out, o.OrderID) || !strings.Contains(again.err, "Idempotent-Replayed: true") {
		t.Errorf("curl: got %+v, %v, want a replay of the answer for %q", again, err, r.out)
	}
	if got := must(t, "", env, "orders", "get", o.OrderID, "--json"); got != again.out+"\n" || !strings.Contains(got, `"totalAmount":19.97`) {
		t.Errorf("order: got %q, want %q, with a total of 19.97", got, again.out)
	}
	if r := run(t, "", env, "orders", "place", "--example", "--json"); r.code != 0 || r.err != "" || !json.Valid([]byte(r.out)) {
		t.Errorf("for programs: got %+v, want the order and nothing beside it", r)
	}
}

func TestOrdersArePlacedShownEditedAndCanceled(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as(ana, anaPassword)
	orders := func(args ...string) string {
		t.Helper()
		return must(t, "", env, append([]string{"orders"}, args...)...)
	}
	orders("place", "--restaurant", "1", "--item", "1,Fish, fried,2.5,2", "--item", "b,Chips,1.10", "--id", "one", "--note", "hot", "--address", "Elm Street")
	got := orders("get", "one")
	for _, want := range []string{"PLACED", "2 x Fish, fried (1) at 2.5", "1 x Chips (b) at 1.1", "6.1\n", "hot", "Elm Street", "version 1"} {
		if !strings.Contains(got, want) {
			t.Errorf("get: got %q, want %q in it", got, want)
		}
	}
	file := filepath.Join(t.TempDir(), "order.json")
	if err := os.WriteFile(file, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := orders("edit", "one", "--file", file, "--if-version", "1"); !strings.Contains(got, "Spaghetti") || !strings.Contains(got, "version 2") {
		t.Errorf("edit: got %q, want Spaghetti in version 2", got)
	}
	orders("place", "--file", file, "--key", "two")
	if got := orders("cancel", "one"); !strings.Contains(got, "CANCELED") || !strings.Contains(got, "by owner") {
		t.Errorf("cancel: got %q, want CANCELED by owner", got)
	}
	list := orders("list")
	if lines := strings.Count(list, "\n"); lines != 3 || !strings.HasPrefix(list, "ORDER ") {
		t.Errorf("list: got %q, want a head and two orders", list)
	}
	if got := orders("list", "--status", "CANCELED", "--from", "2020-01-01"); !strings.Contains(got, "one") || strings.Count(got, "\n") != 2 {
		t.Errorf("list of canceled orders: got %q, want only order one", got)
	}
	if got := orders("list", "--to", "2020-01-01"); got != "no orders\n" {
		t.Errorf("list of old orders: got %q, want none", got)
	}
}

func TestFieldsThatTheServerSkippedAreSaid(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as(ana, anaPassword)
	const what = "the server doesn't know, and skipped: $.tips, $.orderItems[0].qty"
	odd := `{"tips":3,` + strings.TrimPrefix(strings.Replace(example, `"quantity"`, `"qty":2,"quantity"`, 1), "{")
	for _, args := range [][]string{{"place", "--file", "-", "--key", "k"}, {"edit", "one", "--file", "-"}} {
		if args[0] == "edit" {
			must(t, "", env, "orders", "place", "--restaurant", "1", "--item", "1,Soup,3", "--id", "one")
		}
		for flag, want := range map[string]string{"--json": `{"note":"` + what + "\"}\n", "--json=false": "comanda: " + what + "\n"} {
			if r := run(t, odd, env, append([]string{"orders", flag}, args...)...); r.code != 0 || r.err != want || json.Valid([]byte(r.out)) != (flag == "--json") {
				t.Errorf("%v %s: got %d, %q and %q, want 0 and %q", args, flag, r.code, r.err, r.out, want)
			}
		}
	}
	if r := run(t, "", env, "orders", "cancel", "one"); r.code != 0 || r.err != "" {
		t.Errorf("cancel: got %d and %q, want 0 and nothing", r.code, r.err)
	}
}

func TestListsGoThroughPages(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as(ana, anaPassword)
	for _, id := range []string{"a", "b", "c"} {
		must(t, "", env, "orders", "place", "--restaurant", "1", "--item", "1,Soup,3", "--id", id)
	}
	page := func(args ...string) (client.OrderPage, string) {
		t.Helper()
		r := run(t, "", env, append([]string{"orders", "list", "--json", "--limit", "2"}, args...)...)
		var p client.OrderPage
		if err := json.Unmarshal([]byte(r.out), &p); err != nil || r.code != 0 {
			t.Fatalf("got %+v, %v, want a page", r, err)
		}
		return p, r.err
	}
	first, _ := page()
	second, _ := page("--next-token", first.NextToken)
	all, _ := page("--all")
	if len(first.Orders) != 2 || first.NextToken == "" || len(second.Orders) != 1 || len(all.Orders) != 3 || all.NextToken != "" {
		t.Errorf("orders: got %d, %d and %d in all, want 2, 1 and 3", len(first.Orders), len(second.Orders), len(all.Orders))
	}
	if r := run(t, "", env, "orders", "list", "--limit", "2"); !strings.Contains(r.err, "--all shows every page") {
		t.Errorf("hint: got %q, want one about --all", r.err)
	}
}

func TestStaffTakeSteps(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	placed := must(t, example, s.as(ana, anaPassword), "orders", "place", "--file", "-", "--json")
	var o client.Order
	if err := json.Unmarshal([]byte(placed), &o); err != nil {
		t.Fatal(err)
	}
	step := func(args ...string) []string {
		return append([]string{"orders", "status", "--user", o.UserID, o.OrderID}, args...)
	}
	admin := s.as("admin", adminPassword)
	must(t, "", admin, step("ACKNOWLEDGED")...)
	got := must(t, "", admin, step("DISPATCHED", "--courier", "7, Ivy")...)
	if !strings.Contains(got, "Ivy (7)") || !strings.Contains(got, "DISPATCHED") {
		t.Errorf("dispatch: got %q, want courier Ivy", got)
	}
	if r := run(t, "", s.as(ana, anaPassword), step("DELIVERED")...); r.code != 1 || !strings.Contains(r.err, "Not allowed") {
		t.Errorf("a step by the customer: got %+v, want a refusal", r)
	}
	got = must(t, "", admin, step("CANCELED", "--reason", "sold out")...)
	if !strings.Contains(got, "sold out") {
		t.Errorf("cancel: got %q, want the reason", got)
	}
}

func TestRefusalsOfOrdersNameEveryViolation(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as(ana, anaPassword)
	place := func(args ...string) []string { return append([]string{"orders", "place"}, args...) }
	tests := map[string]struct {
		env   []string
		stdin string
		args  []string
		code  int
		want  []string // one for each line
	}{
		"violations":       {env, `{"restaurantId":1,"orderItems":[{"id":1,"price":-1}]}`, place("--file", "-"), 1, []string{"place the order: The request breaks", "$.orderItems[0].name", "$.orderItems[0].price", "$.totalAmount"}},
		"no such order":    {env, "", []string{"orders", "get", "nine"}, 1, []string{"get the order: There is no such order"}},
		"other version":    {env, example, []string{"orders", "cancel", "nine", "--if-version", "3"}, 1, []string{"no such order"}},
		"no id":            {env, "", []string{"orders", "cancel"}, 2, []string{"needs the id of an order"}},
		"no token":         {[]string{"COMANDA_DATA=" + s.data}, "", []string{"orders", "list"}, 2, []string{"export COMANDA_TOKEN="}},
		"bad token":        {[]string{"COMANDA_DATA=" + s.data, "COMANDA_TOKEN=x"}, "", []string{"orders", "list"}, 1, []string{"A valid ID token is required"}},
		"token file":       {env, "", []string{"orders", "list", "--token-file", "/nowhere"}, 1, []string{"--token-file: open /nowhere"}},
		"no server":        {env, "", []string{"orders", "list", "--url", "http://127.0.0.1:1"}, 1, []string{"ask the server at http://127.0.0.1:1: dial tcp"}},
		"not a server":     {env, "", []string{"orders", "list", "--url", s.url + "/docs"}, 1, []string{"404 Not Found: is it a Comanda server?"}},
		"two sources":      {env, "", place("--example", "--file", "-"), 2, []string{"give one of"}},
		"unused flag":      {env, "", place("--example", "--note", "x"), 2, []string{"--note: goes with --item only"}},
		"no source":        {env, "", place(), 2, []string{"give one of"}},
		"bad items":        {env, "", place("--restaurant", "1", "--item", "1", "--item", "1,a,b", "--total", "x"), 2, []string{"less than three", "the price is not a number", "--total"}},
		"no restaurant":    {env, "", place("--item", "1,a,2"), 2, []string{"--restaurant"}},
		"missing file":     {env, "", place("--file", "/nowhere"), 1, []string{"--file: open /nowhere"}},
		"bad courier":      {env, "", []string{"orders", "status", "--user", "u", "o", "DISPATCHED", "--courier", "7"}, 2, []string{"--courier"}},
		"bad status":       {env, "", []string{"orders", "list", "--status", "GONE"}, 1, []string{"list orders: The request breaks", "query.status"}},
		"no version":       {env, "", []string{"orders", "cancel", "x", "--if-version", "0"}, 2, []string{"--if-version 0: versions begin with 1"}},
		"no limit":         {env, "", []string{"orders", "list", "--limit", "0"}, 2, []string{`--limit "0": must be a whole number`}},
		"limit too high":   {env, "", []string{"orders", "list", "--limit", "101"}, 1, []string{"list orders: The request breaks", "query.limit"}},
		"bad courier's id": {env, "", []string{"orders", "status", "--user", "u", "o", "DISPATCHED", "--courier", "a b,Ivy"}, 2, []string{"--courier"}},
		"version not a no": {env, "", []string{"orders", "cancel", "x", "--if-version", "v"}, 2, []string{"if-version"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, tt.stdin, tt.env, tt.args...)
			lines := strings.Split(strings.TrimSuffix(r.err, "\n"), "\n")
			if r.code != tt.code || r.out != "" || len(lines) != len(tt.want) {
				t.Fatalf("got %+v, want exit code %d and %d lines", r, tt.code, len(tt.want))
			}
			for i, line := range lines {
				if !strings.Contains(line, tt.want[i]) {
					t.Errorf("line %d: got %q, want %q in it", i, line, tt.want[i])
				}
			}
		})
	}
}

func TestIDsAreNumbersWhenTheyCanBe(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"1": `1`, "0": `0`, "-3": `-3`, "007": `"007"`, "-0": `"-0"`, "1e3": `"1e3"`, "1.5": `"1.5"`, "abc": `"abc"`, "": "", `"`: "",
		"999999999999999": `999999999999999`, "1234567890123456": `"1234567890123456"`,
	}
	for text, want := range tests {
		id, err := parseID("--restaurant", text)
		if want == "" {
			if err == nil || !strings.HasPrefix(err.Error(), "--restaurant: ") {
				t.Errorf("parseID(%q): got %v, %v, want an error that names the flag", text, id, err)
			}
			continue
		}
		if got, _ := json.Marshal(id); err != nil || string(got) != want {
			t.Errorf("parseID(%q): got %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestWhatCustomersWroteCannotCommandATerminal(t *testing.T) {
	t.Parallel()
	body := `{"orderId":"x","orderItems":[{"id":1,"name":"\u001b[2Jsoup\u009b1m\nx","price":1,"quantity":1}],"note":"\u202eabc","totalAmount":1}`
	var o client.Order
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		t.Fatal(err)
	}
	got := orderText(o, time.UTC)
	if strings.ContainsAny(got, "\x1b\u009b\u202e") || !strings.Contains(got, "soup") {
		t.Errorf("got %q, want the name without control characters", got)
	}
}
