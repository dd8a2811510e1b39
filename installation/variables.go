package installation

import (
	"fmt"
	"slices"
	"strings"

	"comanda/payload"
)

// variables of ours that no flag stands for.
var variables = []string{"COMANDA_TOKEN", "COMANDA_USER_POOL_ID", "COMANDA_TOKEN_ISSUER", "COMANDA_REQUIRE"}

// Misspelt returns a warning for each variable of the environment that looks like one of ours
// and is none: what was to be set with it isn't. known are those that flags have.
func Misspelt(environ, known []string) (warnings []string) {
	known = slices.Concat(known, variables)
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "COMANDA_") || slices.Contains(known, name) {
			continue
		}
		text := fmt.Sprintf("the variable %s is unknown and has no effect", name)
		if nearest := payload.Nearest(strings.TrimPrefix(name, "COMANDA_"), trimmed(known)); nearest != "" {
			text += ": did you mean COMANDA_" + nearest + "?"
		}
		warnings = append(warnings, text)
	}
	return warnings
}

func trimmed(names []string) (out []string) {
	for _, n := range names {
		out = append(out, strings.TrimPrefix(n, "COMANDA_"))
	}
	return out
}

// WithVariables returns a message with the variable at the end of each line about a flag that has
// its value from one: an operator who gave no flag would look for it in vain.
func WithVariables(message string, args, environ, known []string) string {
	lines := strings.Split(message, "\n")
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		flag := "--" + strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "COMANDA_"), "_", "-"))
		given := slices.ContainsFunc(args, func(a string) bool { return a == flag || strings.HasPrefix(a, flag+"=") })
		if value == "" || given || !slices.Contains(known, name) {
			continue
		}
		for i, line := range lines {
			if (strings.HasPrefix(line, flag+" ") || strings.HasPrefix(line, flag+":")) && !strings.Contains(line, name) {
				lines[i] += ": it comes from " + name
			}
		}
	}
	return strings.Join(lines, "\n")
}
