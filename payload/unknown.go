package payload

import (
	"slices"
	"strings"
	"unicode/utf16"
)

// Limits of [Names].
const (
	MaxNames     = 20
	maxNameBytes = 1 << 10
)

// Skip says that a reader knows these members of an object and doesn't look at them.
func (v *Value) Skip(keys ...string) {
	for i, k := range v.keys {
		if slices.Contains(keys, k) {
			v.values[i].asked = true
		}
	}
}

// Unknown returns the members in and below v that no reader has asked for, those
// nearest to v first, without what is below them. What is below a value that a reader has rejected isn't
// looked at.
func (v *Value) Unknown() []*Value {
	var unknown []*Value
	for level := []*Value{v}; len(level) > 0; {
		var below []*Value
		for _, at := range level {
			if !at.opened {
				continue
			}
			for _, child := range at.values {
				if at.kind == object && !child.asked {
					unknown = append(unknown, child)
				} else if child.kind == object || child.kind == array {
					below = append(below, child)
				}
			}
		}
		level = below
	}
	return unknown
}

// Names returns the paths of values for a header: in ASCII, with commas between
// them and nowhere else, at most [MaxNames] and 1 KB. Whatever the sender has put into a key can't end
// the header or add a path to it.
func Names(values []*Value) string {
	var b strings.Builder
	for _, v := range values[:min(len(values), MaxNames)] {
		path := v.path(quoteASCII)
		if b.Len()+len(", ")+len(path) > maxNameBytes {
			break
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(path)
	}
	return b.String()
}

// quoteASCII returns a text as a string of JSON with nothing but printable ASCII
// and without commas.
func quoteASCII(s string) string {
	const digits = "0123456789abcdef"
	b := []byte{'"'}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
			continue
		case r >= ' ' && r <= '~' && r != ',':
			b = append(b, byte(r))
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			b = append(b, '\\', 'u', digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
		}
	}
	return string(append(b, '"'))
}
