package recorder

import (
	"fmt"
	"slices"

	"comanda/deploy"
)

// callOf returns the call that a permission is for.
func callOf(g deploy.Grant) Call { return Call{g.Action, g.Table, g.Index} }

// Compare returns what is wrong with the grants of a function, in words, given the
// calls that it was seen to make: what it lacks, and what it has and didn't need.
func Compare(function string, seen []Call) []string {
	var wrong []string
	for _, c := range seen {
		if !slices.ContainsFunc(deploy.Grants[function], func(g deploy.Grant) bool { return callOf(g) == c }) {
			wrong = append(wrong, fmt.Sprintf("%s called %s, which its role doesn't allow: add it to deploy.Grants, or don't call it", function, c))
		}
	}
	for _, g := range deploy.Grants[function] {
		used := slices.Contains(seen, callOf(g))
		if !used && g.Rare == "" {
			wrong = append(wrong, fmt.Sprintf("the role of %s allows %s, which it was never seen to call: take it off deploy.Grants, or give the reason", function, callOf(g)))
		}
	}
	return wrong
}
