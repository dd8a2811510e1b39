package payload

import (
	"strings"
	"unicode"
)

// Line returns the string that v is, as [Value.Text] does, and rejects new text
// with control characters: they cut text off in other programs, and move a printer's head.
func (v *Value) Line() (string, bool) {
	s, ok := v.Text()
	if ok && strings.ContainsFunc(s, unicode.IsControl) {
		v.rejectText("must have no control characters")
	}
	return s, ok
}

// Lines is [Value.Line] for text that may have several lines.
func (v *Value) Lines() (string, bool) {
	s, ok := v.Text()
	rest := strings.ReplaceAll(s, "\r\n", "\n")
	if ok && strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		v.rejectText("must have no control characters but newline and tab")
	}
	return s, ok
}

// Name is [Value.Line] for what people are to read: it rejects a new name in which
// nothing can be seen.
func (v *Value) Name() (string, bool) {
	s, ok := v.Line()
	if ok && s != "" && !strings.ContainsFunc(s, visible) {
		v.rejectText("must have a visible character")
	}
	return s, ok
}

// rejectText reports that a text breaks a rule that text which is stored already needn't keep.
func (v *Value) rejectText(message string) { v.report.object(v.Path(), message, v.text) }

// visible reports whether a character leaves something to be seen. Letters,
// marks and symbols do, but for those whose picture is empty.
func visible(r rune) bool {
	const brailleBlank = '\u2800'
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) && r != brailleBlank
}
