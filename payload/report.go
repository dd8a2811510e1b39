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
	violations []Violation
	more       int
}

func (r *Report) add(path, format string, args ...any) {
	if len(r.violations) == maxViolations {
		r.more++
		return
	}
	r.violations = append(r.violations, Violation{Path: path, Message: fmt.Sprintf(format, args...)})
}

// Err returns nil when nothing was reported, otherwise an [*Invalid].
func (r *Report) Err() error {
	if len(r.violations) == 0 {
		return nil
	}
	if r.more > 0 {
		r.violations = append(r.violations, Violation{Path: "$", Message: fmt.Sprintf("has %d more violations that are not listed", r.more)})
		r.more = 0
	}
	return &Invalid{Violations: r.violations}
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
