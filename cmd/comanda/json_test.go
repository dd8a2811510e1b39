package main

import (
	"encoding/json"
	"strings"
	"testing"

	"comanda/terminal"

	"github.com/urfave/cli/v3"
)

// commandsBelow returns the words of every command that does something.
func commandsBelow(c *cli.Command, words []string) (all [][]string) {
	if len(c.Commands) == 0 {
		return [][]string{words}
	}
	for _, sub := range c.Commands {
		all = append(all, commandsBelow(sub, append(words[:len(words):len(words)], sub.Name))...)
	}
	return all
}

func TestEveryCommandRefusesAsAnObjectWhenAProgramAsks(t *testing.T) {
	t.Parallel()
	for _, words := range commandsBelow(program{Printer: terminal.Printer{JSON: new(bool)}}.command(), nil) {
		name := strings.Join(words, " ")
		if name == "env" { // takes a command of any form
			continue
		}
		for _, args := range [][]string{append([]string{"--json"}, append(words, "a", "b", "--nonsense")...), append(words[:len(words):len(words)], "--json", "--nonsense")} {
			r := run(t, "", nil, args...)
			var refused failure
			if err := json.Unmarshal([]byte(r.err), &refused); err != nil || r.code != exitUsage || refused.Code != r.code || !strings.Contains(refused.Error, "nonsense") || r.out != "" {
				t.Errorf("comanda %s: got %+v, %v, want one object with the code %d", strings.Join(args, " "), r, err, exitUsage)
			}
		}
	}
}

// TestEveryAnswerForProgramsIsLinesOfObjects runs what needs no more than a served directory.
func TestEveryAnswerForProgramsIsLinesOfObjects(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := s.as("admin", adminPassword)
	dir := t.TempDir()
	for _, c := range []struct {
		stdin, args string
		lines       int
	}{
		{"", "version", 1}, {"", "env", 1}, {adminPassword, "token --username admin --password-stdin", 1},
		{"", "orders place --example", 1}, {"", "orders list", 1}, {"", "reports show", 1}, {"", "reports rebuild", 1},
		{"", "users list", 2}, {"", "users codes", 0}, {"", "users add --username ben --generate-password", 1}, {"", "users groups --username admin --add restaurant-1", 2},
		{"", "users erase --username ben --yes", 2},
		{"", "webhooks add https://[2001:4860:4860::8888]/hooks", 1}, {"", "webhooks list", 1}, {"", "feed dead", 0}, {"", "feed settle --all", 1},
		{"", "keys rotate", 1}, {"", "status", 1}, {"", "check", 1}, {"", "backup " + dir + "/b", 1}, {"", "restore " + dir + "/b --data " + dir + "/r", 1},
		{"", "tables show --table orders", 1},
	} {
		r := run(t, c.stdin+"\n", env, append(strings.Fields(c.args), "--json")...)
		lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
		if r.out == "" {
			lines = nil
		}
		if r.code != 0 || r.err != "" || len(lines) != c.lines {
			t.Errorf("comanda %s --json: got %+v, want %d lines and nothing beside them", c.args, r, c.lines)
		}
		for _, line := range lines {
			var object map[string]any
			if err := json.Unmarshal([]byte(line), &object); err != nil {
				t.Errorf("comanda %s --json: got %q, %v, want an object a line", c.args, line, err)
			}
		}
	}
	r := run(t, "", env, "orders", "get", "none", "--json")
	var refused failure
	if err := json.Unmarshal([]byte(r.err), &refused); err != nil || r.code != exitFailed || refused.Code != exitFailed || refused.Status != 404 || refused.Type != "urn:comanda:problem:not-found" {
		t.Errorf("a refusal by the API: got %+v, %v, want its type and status", r, err)
	}
	r = run(t, `{"restaurantId":1,"orderItems":[],"totalAmount":"x"}`, env, "orders", "place", "--file", "-", "--json")
	refused = failure{}
	if err := json.Unmarshal([]byte(r.err), &refused); err != nil || len(refused.Violations) != 2 || refused.Violations[0].Path != "$.orderItems" {
		t.Errorf("violations: got %+v, %v, want both", r, err)
	}
}
