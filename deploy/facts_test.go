package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// facts are what a side of the deployment says, in words that all sides share.
type facts struct {
	side     string            // whose they are, such as "SAM's"
	said     map[string]string // by "kind/name: property", the value as text
	problems []string          // what can't be compared
	excused  map[string]bool   // the exceptions that were needed
}

func newFacts(side string) *facts {
	return &facts{side: side, said: map[string]string{}, excused: map[string]bool{}}
}

// values are properties of a resource.
type values map[string]any

// add adds one fact. Nothing is no fact. What is said twice can't be compared.
func (f *facts) add(kind, name, property string, value any) {
	key, text := kind+"/"+name+": "+property, textOf(value)
	if text == "" {
		return
	}
	if before, ok := f.said[key]; ok {
		f.problems = append(f.problems, fmt.Sprintf("%s is said twice on %s side, as %q and as %q", key, f.side, before, text))
	}
	f.said[key] = text
}

// all adds the facts of one resource.
func (f *facts) all(kind, name string, v values) {
	f.add(kind, name, "is there", "yes")
	for property, value := range v {
		f.add(kind, name, property, value)
	}
}

// set is a list whose order doesn't matter.
type set []any

// document is JSON in a text.
type document string

// documents returns the JSON in a text of each member of a list.
func documents(members []node, path string) set {
	var out set
	for _, m := range members {
		out = append(out, document(m.text(path)))
	}
	return out
}

// textOf returns a value as text, such that values which mean the same are the same:
// the tools differ in whether they quote numbers and truths.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case node:
		return textOf(v.take())
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	case document:
		var content any
		if err := json.Unmarshal([]byte(v), &content); err != nil {
			return "not JSON: " + string(v)
		}
		return textOf(content)
	case set:
		var texts []string
		for _, x := range v {
			texts = append(texts, textOf(x))
		}
		slices.Sort(texts)
		return strings.Join(texts, " ")
	case []any:
		var texts []string
		for _, x := range v {
			texts = append(texts, textOf(x))
		}
		if len(texts) == 0 {
			return ""
		}
		return "[" + strings.Join(texts, " ") + "]"
	case map[string]any:
		var texts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			texts = append(texts, k+"="+textOf(v[k]))
		}
		if len(texts) == 0 {
			return ""
		}
		return "{" + strings.Join(texts, " ") + "}"
	}
	return fmt.Sprintf("%v", v)
}

// at returns what is in nested maps and lists at a path like "Code.S3Key" or
// "stages.0.name", nil for nothing.
func at(v any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		switch c := v.(type) {
		case map[string]any:
			v = c[key]
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n >= len(c) {
				return nil
			}
			v = c[n]
		default:
			return nil
		}
	}
	return v
}

func textAt(v any, path string) string { return textOf(at(v, path)) }

func mapAt(v any, path string) map[string]any {
	m, _ := at(v, path).(map[string]any)
	return m
}

// policy adds what the statements of a policy allow, pair by pair.
func (f *facts) policy(kind, name string, policy node) {
	for _, s := range policy.list("Statement") {
		effect, condition := s.text("Effect"), conditionOf(s)
		for _, action := range listOf(s.at("Action")) {
			for _, resource := range listOf(s.at("Resource")) {
				f.add(kind, name, effect+" "+textOf(action)+" on "+textOf(resource)+condition, "yes")
			}
		}
	}
}

// trust adds who may take a role.
func (f *facts) trust(name string, policy node) {
	for _, s := range policy.list("Statement") {
		f.add("role", name, s.text("Effect")+" "+s.text("Action")+" by "+textOf(s.set("Principal.Service"))+conditionOf(s), "yes")
	}
}

func conditionOf(statement node) string {
	if condition := statement.text("Condition"); condition != "" {
		return " if " + condition
	}
	return ""
}

// listOf returns a list, or the list of one thing, as policies have them.
func listOf(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

// differences returns what sides say differently and what can't be compared, sorted.
func differences(one, other *facts) []string {
	out := slices.Concat(one.problems, other.problems)
	for key, value := range one.said {
		switch theirs, ok := other.said[key]; {
		case !ok:
			out = append(out, fmt.Sprintf("%s is %q in %s and isn't in %s", key, value, one.side, other.side))
		case theirs != value:
			out = append(out, fmt.Sprintf("%s is %q in %s and %q in %s", key, value, one.side, theirs, other.side))
		}
	}
	for key, value := range other.said {
		if _, ok := one.said[key]; !ok {
			out = append(out, fmt.Sprintf("%s is %q in %s and isn't in %s", key, value, other.side, one.side))
		}
	}
	slices.Sort(out)
	return out
}

// about returns the facts of some kinds of resources.
func (f *facts) about(kinds ...string) *facts {
	out := newFacts(f.side)
	for key, value := range f.said {
		if kind, _, _ := strings.Cut(key, "/"); slices.Contains(kinds, kind) {
			out.said[key] = value
		}
	}
	return out
}
