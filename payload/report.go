package payload

import (
	"fmt"
	"strings"
)

// maxViolations bounds an answer; what is wrong beyond it is counted only.
const maxViolations = 100

// Violation is one thing that is wrong with a document.
type Violation struct {
	Path    string `json:"path"`    // JSON path of the value: $.orderItems[0].price
	Message string `json:"message"` // what is wrong, the limit, and so the remedy
}

// Report collects the violations of one document. The zero value is ready.
type Report struct {
	findings []finding
	refused  int // findings of rules that hold for everything, the unlisted ones included
}

// finding is a violation as it was found.
type finding struct {
	Violation
	text string // that breaks the rule, where it may stay if it is stored; "" for none
}

func (r *Report) add(path, format string, args ...any) {
	if r.refused++; r.refused <= maxViolations {
		r.findings = append(r.findings, finding{Violation{path, fmt.Sprintf(format, args...)}, ""})
	}
}

// object adds a violation of a rule for new content.
func (r *Report) object(path, message, text string) {
	r.findings = append(r.findings, finding{Violation{path, message}, text})
}

// Err returns nil when no rule is broken that holds for everything, otherwise an
// [*Invalid] that names what breaks rules for new content, too.
func (r *Report) Err() error {
	if r.refused == 0 {
		return nil
	}
	return invalid(r.findings, max(0, r.refused-maxViolations))
}

// Objection returns what breaks rules for new content, nil for nothing. It counts
// when [Report.Err] is nil.
func (r *Report) Objection() *Objection {
	if len(r.findings) == 0 {
		return nil
	}
	return &Objection{r.findings}
}

// invalid returns the error of some findings and of more that weren't kept.
func invalid(findings []finding, more int) *Invalid {
	var out []Violation
	for _, f := range findings {
		if len(out) == maxViolations {
			more++
			continue
		}
		out = append(out, f.Violation)
	}
	if more > 0 {
		out = append(out, Violation{Path: "$", Message: fmt.Sprintf("has %d more violations that are not listed", more)})
	}
	return &Invalid{Violations: out}
}

// Invalid says that input breaks rules, and which. It is safe to show to the
// sender: it holds nothing that did not come from them.
type Invalid struct {
	Violations []Violation
}

func (e *Invalid) Error() string {
	parts := make([]string, len(e.Violations))
	for i, v := range e.Violations {
		parts[i] = v.Path + " " + v.Message
	}
	return "invalid input: " + strings.Join(parts, "; ")
}

// Refuse returns an [*Invalid] with one violation, for input that is not part
// of a JSON document: a path segment, a query parameter, a header.
func Refuse(path, format string, args ...any) *Invalid {
	return &Invalid{Violations: []Violation{{Path: path, Message: fmt.Sprintf(format, args...)}}}
}
