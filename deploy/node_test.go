package deploy

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// node is a part of what a side says of a resource: nested maps, lists and texts. Parts
// that a reader takes are noted, so that what no reader takes is found.
type node struct {
	value any
	path  string // from the resource
	seen  *seen
}

// seen is what was taken of one resource, by path.
type seen struct {
	taken  map[string]bool
	opened map[string]any // what is in texts that are JSON
}

// nodeOf returns a resource of which nothing is read yet.
func nodeOf(resource any) node {
	return node{resource, "", &seen{map[string]bool{}, map[string]any{}}}
}

// in returns the part at a path like "Code.S3Key" or "stages.0.name", which isn't
// taken by that.
func (n node) in(path string) node {
	if path == "" {
		return n
	}
	return node{at(n.value, path), n.join(path), n.seen}
}

func (n node) join(path string) string { return strings.TrimPrefix(n.path+"."+path, ".") }

// at takes all that is at a path, nil for nothing.
func (n node) at(path string) any { return n.in(path).take() }

// text takes all that is at a path, as text.
func (n node) text(path string) string { return textOf(n.at(path)) }

// set takes a list whose order doesn't matter.
func (n node) set(path string) set { return set(listOf(n.at(path))) }

// take takes all of the part.
func (n node) take() any {
	n.seen.taken[n.path] = true
	return n.value
}

// list returns the members of a list, or the one thing that is instead of a list, as
// policies have it.
func (n node) list(path string) []node {
	part := n.in(path)
	members, ok := part.value.([]any)
	if !ok && part.value != nil {
		return []node{part}
	}
	var out []node
	for i := range members {
		out = append(out, part.in(strconv.Itoa(i)))
	}
	return out
}

// fields returns the members of a map by their names, which may have dots.
func (n node) fields(path string) map[string]node {
	part := n.in(path)
	members, _ := part.value.(map[string]any)
	out := map[string]node{}
	for name, value := range members {
		out[name] = node{value, part.join(name), n.seen}
	}
	return out
}

// open returns the content of a text that is JSON. What isn't JSON is nothing, and stays unread.
func (n node) open(path string) node {
	part := n.in(path)
	if text, ok := part.value.(string); ok && json.Unmarshal([]byte(text), &part.value) == nil {
		n.seen.opened[part.path] = part.value
	}
	return part
}

// unread returns the values that no test took, by path. Nothing, such as an empty list, is no value.
func (n node) unread() map[string]string {
	out := map[string]string{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		if n.seen.taken[path] {
			return
		}
		if content, ok := n.seen.opened[path]; ok {
			value = content
		}
		part := node{value, path, n.seen}
		switch v := value.(type) {
		case map[string]any:
			for name, x := range v {
				walk(part.join(name), x)
			}
		case []any:
			for i, x := range v {
				walk(part.join(strconv.Itoa(i)), x)
			}
		default:
			if text := textOf(v); text != "" {
				out[path] = text
			}
		}
	}
	walk(n.path, n.value)
	return out
}

func TestWhatNobodyReadsOfAResourceIsAProblem(t *testing.T) {
	n := nodeOf(map[string]any{
		"name": "a", "off": false, "none": nil, "empty": []any{}, "id": "x", "mode": "fast",
		"filters": []any{map[string]any{"pattern": "p"}, map[string]any{"pattern": "q", "more": 1.0}},
		"policy":  `{"Statement":{"Action":"read","Except":"b"}}`, "broken": "{",
		"env": map[string]any{"a.b": "c"},
	})
	f := newFacts("one")
	f.add("thing", n.text("name"), "first", n.in("filters.0.pattern"))
	for _, filter := range n.list("filters")[1:] {
		f.add("thing", "a", "second", filter.at("pattern"))
	}
	for _, s := range n.open("policy").list("Statement") {
		f.add("thing", "a", "policy", s.at("Action"))
	}
	f.add("thing", "a", "broken", n.open("broken").at("Statement"))
	f.add("thing", "a", "env", n.fields("env")["a.b"])
	f.complete("a", "thing", n, []exception{{"*", "id", ""}, {"thing", "mode=slow", ""}, {"other", "off", ""}})
	slices.Sort(f.problems)
	want := []string{"broken is \"{\"", "filters.1.more is \"1\"", "mode is \"fast\"", "off is \"false\"", "policy.Statement.Except is \"b\""}
	if len(f.problems) != len(want) {
		t.Fatalf("got %q, want %q", f.problems, want)
	}
	for i, problem := range f.problems {
		if !strings.HasPrefix(problem, "a: "+want[i]) {
			t.Errorf("got %q, want that %s", problem, want[i])
		}
	}
	if u := f.unneeded([]exception{{"*", "id", ""}, {"thing", "mode=slow", ""}}); !slices.Equal(u, []string{"thing mode=slow"}) {
		t.Errorf("exceptions that nothing needed: got %q, want the one for mode=slow", u)
	}
	if f.add("thing", "a", "first", "again"); len(f.problems) != len(want)+1 {
		t.Errorf("said twice: got %q, want a problem more", f.problems)
	}
	if len(f.said) != 4 || f.said["thing/a: env"] != "c" {
		t.Errorf("facts: got %v, want first, second, policy and env", f.said)
	}
}
