package identity

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxEmail is the most bytes of an e-mail address (RFC 5321, section
// 4.5.3.1.3, less the angle brackets).
const MaxEmail = 254

// emailShape is deliberately loose: an address is proved by a code, not by its
// form. It keeps out white space, lists and a second @.
var emailShape = regexp.MustCompile(`^[^@\s,;<>]+@[^@\s,;<>]+$`)

// IsEmail reports whether text has the form of one e-mail address.
func IsEmail(text string) bool {
	return len(text) <= MaxEmail && emailShape.MatchString(text) && Visible(text)
}

// Visible reports whether every character of text can be seen: none is a space,
// a control character or a mark of direction, because two names that look alike and
// differ would be two people.
func Visible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
}

// Fold returns the form in which usernames and e-mail addresses are compared
// and claimed: without regard to case (Unicode case folding) or to how accents are composed
// (normalization form C).
func Fold(text string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(text)))
}
