package payload

import (
	"strconv"
	"unicode/utf8"
)

type kind byte

const (
	null kind = iota
	boolean
	text
	number
	array
	object
)

var kindNames = [...]string{"null", "a boolean", "a string", "a number", "an array", "an object"}

// Value is one value of a parsed document, which knows where it stands.
type Value struct {
	kind   kind
	asked  bool     // in an object: a reader knows the member
	opened bool     // an object or array: a reader looked inside
	text   string   // of a string, unescaped; of a number, as spelled
	values []*Value // of an array, or of an object beside keys
	keys   []string
	parent *Value
	key    string // in an object
	index  int    // in an array
	report *Report
}

// Path returns the JSON path of v: $.orderItems[0].price.
func (v *Value) Path() string { return v.path(strconv.Quote) }

// path spells the keys that can't stand in a path without quotes as quote does.
func (v *Value) path(quote func(string) string) string {
	switch {
	case v.parent == nil:
		return "$"
	case v.parent.kind == array:
		return v.parent.path(quote) + "[" + strconv.Itoa(v.index) + "]"
	case plain(v.key):
		return v.parent.path(quote) + "." + v.key
	default:
		return v.parent.path(quote) + "[" + quote(shorten(v.key)) + "]"
	}
}

// Reject reports that v breaks a rule. The message continues the sentence that
// the path begins: "must be 1 to 64 characters".
func (v *Value) Reject(format string, args ...any) {
	v.report.add(v.Path(), format, args...)
}

// RejectNew reports that v breaks a rule that only a request for something new
// has to keep, see [Objection].
func (v *Value) RejectNew(message string) { v.report.object(v.Path(), message, "") }

// Clean reports whether nothing of the whole document has been rejected so far.
func (v *Value) Clean() bool { return v.report.refused == 0 }

// Object reports whether v is a JSON object, and rejects it if not.
func (v *Value) Object() bool { return v.is(object) }

// Text returns the string that v is. It rejects anything else.
func (v *Value) Text() (string, bool) { return v.text, v.is(text) }

// Number returns the number that v is as the sender spelled it. It rejects
// anything else.
func (v *Value) Number() (string, bool) { return v.text, v.is(number) }

// Scalar returns a number as spelled or a string, and which of the two it was.
// It rejects anything else.
func (v *Value) Scalar() (s string, isNumber, ok bool) {
	if v.kind != number && v.kind != text {
		v.Reject("must be a string or a number, not %s", kindNames[v.kind])
		return "", false, false
	}
	return v.text, v.kind == number, true
}

// Array returns the elements of the array that v is. It rejects anything else.
func (v *Value) Array() ([]*Value, bool) { return v.values, v.is(array) }

// Required returns the member of an object. A missing one is reported; null
// counts as missing.
func (v *Value) Required(key string) (*Value, bool) {
	m, ok := v.Optional(key)
	if !ok {
		(&Value{parent: v, key: key, report: v.report}).Reject("is required")
	}
	return m, ok
}

// Optional returns the member of an object. null counts as absent, because
// many clients send it for what they don't set.
func (v *Value) Optional(key string) (*Value, bool) {
	for i, k := range v.keys {
		if k == key {
			v.values[i].asked = true
			return v.values[i], v.values[i].kind != null
		}
	}
	return nil, false
}

// Null reports whether an object has this member with the value null, which a
// merge patch (RFC 7396) tells from an absent one.
func (v *Value) Null(key string) bool {
	m, _ := v.Optional(key)
	return m != nil && m.kind == null
}

func (v *Value) is(want kind) bool {
	if v.kind != want {
		v.Reject("must be %s, not %s", kindNames[want], kindNames[v.kind])
		return false
	}
	v.opened = true
	return true
}

// plain reports whether a key can stand in a path without quotes.
func plain(key string) bool {
	for _, c := range []byte(key) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return key != "" && len(key) <= maxShown
}

// maxShown is how many bytes of a sender's text an answer repeats.
const maxShown = 40

func shorten(s string) string {
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// Show returns a sender's text quoted, and shortened if it is long, for use in
// a message.
func Show(s string) string { return strconv.Quote(shorten(s)) }
