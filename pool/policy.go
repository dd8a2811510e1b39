package pool

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxPassword = 256 // characters
	symbols     = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"
)

// Policy says which passwords are accepted. The zero value is [DefaultPolicy].
type Policy struct {
	MinLength int // characters, 6 to 99
	Upper     bool
	Lower     bool
	Digit     bool
	Symbol    bool
}

// DefaultPolicy is Amazon Cognito's default: 8 characters with an upper-case and
// a lower-case letter, a digit and a symbol.
func DefaultPolicy() Policy {
	return Policy{MinLength: 8, Upper: true, Lower: true, Digit: true, Symbol: true}
}

// ParsePolicy reads a policy from the least number of characters and the kinds
// that a password needs, separated by commas: "8,upper,lower,digit,symbol".
func ParsePolicy(text string) (Policy, error) {
	length, kinds, more := strings.Cut(text, ",")
	n, err := strconv.Atoi(length)
	if err != nil {
		return Policy{}, fmt.Errorf("password policy %q does not begin with a number of characters", text)
	}
	p := Policy{MinLength: n}
	required := map[string]*bool{"upper": &p.Upper, "lower": &p.Lower, "digit": &p.Digit, "symbol": &p.Symbol}
	for more {
		var kind string
		kind, kinds, more = strings.Cut(kinds, ",")
		set := required[kind]
		if set == nil || *set {
			return Policy{}, fmt.Errorf("password policy %q: %q is not one of upper, lower, digit and symbol, each once", text, kind)
		}
		*set = true
	}
	return p, p.validate()
}

// String returns the text that [ParsePolicy] reads.
func (p Policy) String() string {
	text := strconv.Itoa(p.MinLength)
	for _, kind := range []struct {
		name     string
		required bool
	}{{"upper", p.Upper}, {"lower", p.Lower}, {"digit", p.Digit}, {"symbol", p.Symbol}} {
		if kind.required {
			text += "," + kind.name
		}
	}
	return text
}

func (p Policy) validate() error {
	if p.MinLength < 6 || p.MinLength > 99 {
		return fmt.Errorf("password length of at least %d is not between 6 and 99", p.MinLength)
	}
	return nil
}

// check refuses a password that doesn't follow the policy.
func (p Policy) check(password string) error {
	has := func(set func(rune) bool) bool { return strings.ContainsFunc(password, set) }
	n := utf8.RuneCountInString(password)
	refuse := func(why string) error {
		return &Error{CodeInvalidPassword, "Password did not conform with policy: " + why}
	}
	switch {
	case n < p.MinLength:
		return refuse("Password not long enough")
	case n > maxPassword:
		return refuse("Password is too long")
	case !utf8.ValidString(password) || has(unicode.IsSpace) || has(unicode.IsControl):
		return refuse("Password must not have white space")
	case p.Upper && !has(unicode.IsUpper):
		return refuse("Password must have uppercase characters")
	case p.Lower && !has(unicode.IsLower):
		return refuse("Password must have lowercase characters")
	case p.Digit && !has(func(r rune) bool { return r >= '0' && r <= '9' }):
		return refuse("Password must have numeric characters")
	case p.Symbol && !strings.ContainsAny(password, symbols):
		return refuse("Password must have symbol characters")
	}
	return nil
}

// generate makes a password of at least 20 characters that follows every
// policy. It begins with a letter and has no character that a shell or a URL
// gives a meaning to, because people paste it.
func (p Policy) generate() string {
	const pasteable = "-_.+="
	all := uppercase + lowercase + digits + pasteable
	text := randomText(1, uppercase) + randomText(1, lowercase) + randomText(1, digits) + randomText(1, pasteable)
	return text + randomText(max(20, p.MinLength)-len(text)-1, all) + randomText(1, lowercase+digits)
}
