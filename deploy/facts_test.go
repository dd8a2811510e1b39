package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// facts are what a side of the deployment says, in words that both sides share:
// by "kind/name: property", the value as text.
type facts map[string]string

// values are properties of a resource.
type values map[string]any

// add adds one fact. Nothing is no fact.
func (f facts) add(kind, name, property string, value any) {
	if text := textOf(value); text != "" {
		f[kind+"/"+name+": "+property] = text
	}
}

// all adds the facts of one resource.
func (f facts) all(kind, name string, v values) {
	f[kind+"/"+name+": is there"] = "yes"
	for property, value := range v {
		f.add(kind, name, property, value)
	}
}

// set is a list whose order doesn't matter.
type set []any

// document is JSON in a text.
type document string

// textOf returns a value as text, such that values which mean the same are the same:
// the tools differ in whether they quote numbers and truths.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
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

func listAt(v any, path string) []any {
	l, _ := at(v, path).([]any)
	return l
}

func mapAt(v any, path string) map[string]any {
	m, _ := at(v, path).(map[string]any)
	return m
}

func setAt(v any, path string) set { return set(listAt(v, path)) }

// policy adds what the statements of a policy allow, pair by pair.
func (f facts) policy(kind, name string, policy any) {
	for _, s := range listOf(at(policy, "Statement")) {
		for _, action := range listOf(at(s, "Action")) {
			for _, resource := range listOf(at(s, "Resource")) {
				f.add(kind, name, textAt(s, "Effect")+" "+textOf(action)+" on "+textOf(resource), "yes")
			}
		}
	}
}

// trust adds who may take a role.
func (f facts) trust(name string, policy any) {
	for _, s := range listOf(at(policy, "Statement")) {
		f.add("role", name, "taken by "+textOf(set(listOf(at(s, "Principal.Service")))), textOf(at(s, "Condition"))+" ")
	}
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

// differences returns what the sides say differently, sorted.
func differences(sam, terraform facts) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(sam)) {
		other, ok := terraform[key]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%s is %q in SAM's and isn't in Terraform's", key, sam[key]))
		case other != sam[key]:
			out = append(out, fmt.Sprintf("%s is %q in SAM's and %q in Terraform's", key, sam[key], other))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(terraform)) {
		if _, ok := sam[key]; !ok {
			out = append(out, fmt.Sprintf("%s is %q in Terraform's and isn't in SAM's", key, terraform[key]))
		}
	}
	return out
}
