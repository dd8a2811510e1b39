package pool

import (
	"regexp"
	"strings"

	"comanda/identity"
)

// filterShape is AttributeName, = or ^=, and a quoted value.
var filterShape = regexp.MustCompile(`^\s*([\w:]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$`)

// unescape takes the backslashes off a quoted value.
var unescape = strings.NewReplacer(`\\`, `\`, `\"`, `"`)

// filter is the Filter of ListUsers: one attribute that is equal to a value or
// begins with it.
type filter struct {
	attribute string
	prefix    bool
	value     string
	fold      func(string) string // what makes values comparable
	of        func(user) string   // the attribute's value
}

// parseFilter reads a filter. The attributes are those that Amazon Cognito
// searches by. Usernames and addresses are compared without regard to case, as
// they are unique without regard to it.
func parseFilter(text string) (filter, error) {
	m := filterShape.FindStringSubmatch(text)
	if m == nil {
		return filter{}, invalidParameter("Error while parsing filter.")
	}
	exactly := func(s string) string { return s }
	f := filter{attribute: m[1], prefix: m[2] == "^=", value: unescape.Replace(m[3]), fold: exactly}
	switch f.attribute {
	case "username":
		f.fold, f.of = identity.Fold, func(u user) string { return u.Username }
	case attributeSub:
		f.of = func(u user) string { return u.Sub }
	case "cognito:user_status":
		f.fold, f.of = strings.ToUpper, func(u user) string { return string(u.Status) }
	case "status":
		f.of = enabledText
	case attributeEmail:
		f.fold, f.of = identity.Fold, attributeOf(attributeEmail)
	case attributeName, "given_name", "family_name", "preferred_username", "phone_number":
		f.of = attributeOf(f.attribute)
	default:
		return filter{}, invalidParameter("Error while parsing filter. One attribute of the pool can be searched by: " +
			"username, email, phone_number, name, given_name, family_name, preferred_username, cognito:user_status, status or sub.")
	}
	f.value = f.fold(f.value)
	return f, nil
}

func attributeOf(name string) func(user) string {
	return func(u user) string { return u.Attributes[name] }
}

// enabledText is what the filter's attribute status is compared with.
func enabledText(u user) string {
	if u.Disabled {
		return "Disabled"
	}
	return "Enabled"
}

// matches reports whether the filter lets u through. An attribute that u doesn't
// have matches nothing.
func (f filter) matches(u user) bool {
	value := f.fold(f.of(u))
	switch {
	case value == "":
		return false
	case f.prefix:
		return strings.HasPrefix(value, f.value)
	default:
		return value == f.value
	}
}

// name returns the name under which the only user that can match is found, and
// whether there is one: usernames and subs are claimed.
func (f filter) name() (string, bool) {
	unique := f.attribute == "username" || f.attribute == attributeSub
	return f.value, unique && !f.prefix
}
