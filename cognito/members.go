package cognito

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"comanda/pool"
)

// members are the members of a request's JSON object. Each is read by name with
// the constraints of the service model; what is wrong is collected, so that one
// answer names every violation. Members that no operation reads are ignored, as AWS
// ignores them. Values are never repeated: they may be passwords.
type members struct {
	raw        map[string]json.RawMessage
	violations []string
	wrongType  bool
}

// rule constrains a text member. Lengths are in characters; a max of 0 is none.
type rule struct {
	required bool
	min, max int
	pattern  *regexp.Regexp
	enum     []string
}

// Patterns of the service model. An optional text may also be empty where the
// model has no least length.
var (
	clientIDPattern = regexp.MustCompile(`^[\w+]+$`)
	namePattern     = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)
	passwordPattern = regexp.MustCompile(`^[\S]+$`)
	poolIDPattern   = regexp.MustCompile(`^[\w-]+_[0-9a-zA-Z]+$`)
	tokenPattern    = regexp.MustCompile(`^[A-Za-z0-9-_=.]+$`)
	arnPattern      = regexp.MustCompile(`^arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?$`)
)

var (
	clientIDRule      = rule{required: true, min: 1, max: 128, pattern: clientIDPattern}
	poolIDRule        = rule{required: true, min: 1, max: 55, pattern: poolIDPattern}
	usernameRule      = rule{required: true, min: 1, max: 128, pattern: namePattern}
	groupNameRule     = rule{required: true, min: 1, max: 128, pattern: namePattern}
	passwordRule      = rule{required: true, max: 256, pattern: passwordPattern}
	optPasswordRule   = rule{max: 256, pattern: passwordPattern}
	codeRule          = rule{required: true, min: 1, max: 2048, pattern: passwordPattern}
	tokenRule         = rule{required: true, pattern: tokenPattern}
	sessionRule       = rule{min: 20, max: 2048}
	descriptionRule   = rule{max: 2048}
	arnRule           = rule{min: 20, max: 2048, pattern: arnPattern}
	filterRule        = rule{max: 256}
	pageTokenRule     = rule{min: 1, max: 131072, pattern: passwordPattern}
	attributeNameRule = rule{required: true, min: 1, max: 32}
	attributeRule     = rule{max: 2048}
	messageActionRule = rule{enum: []string{"RESEND", "SUPPRESS"}}
	challengeRule     = rule{required: true, enum: []string{
		"SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "SELECT_MFA_TYPE", "MFA_SETUP", "PASSWORD_VERIFIER",
		"CUSTOM_CHALLENGE", "SELECT_CHALLENGE", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "ADMIN_NO_SRP_AUTH",
		"NEW_PASSWORD_REQUIRED", "SMS_OTP", "PASSWORD", "WEB_AUTHN", "PASSWORD_SRP",
	}}
	flowRule = rule{required: true, enum: []string{
		"USER_SRP_AUTH", "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", "CUSTOM_AUTH", "ADMIN_NO_SRP_AUTH",
		"USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_AUTH",
	}}
)

// parseMembers reads a request body. AWS calls what isn't one JSON object in
// UTF-8 a SerializationException.
func parseMembers(body []byte) (*members, error) {
	m := &members{}
	malformed := &refusal{codeSerialization, "The request body should be one JSON object in UTF-8."}
	if !utf8.Valid(body) || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return nil, malformed
	}
	if err := json.Unmarshal(body, &m.raw); err != nil {
		return nil, malformed
	}
	return m, nil
}

// err returns the refusal of everything that was wrong, or nil.
func (m *members) err() error {
	if m.wrongType {
		return &refusal{codeSerialization, "A member of the request has the wrong JSON type."}
	}
	switch n := len(m.violations); n {
	case 0:
		return nil
	case 1:
		return &refusal{codeInvalidParameter, "1 validation error detected: " + m.violations[0]}
	default:
		return &refusal{codeInvalidParameter, fmt.Sprintf("%d validation errors detected: %s", n, strings.Join(m.violations, "; "))}
	}
}

// read decodes a member into value and reports whether it is there.
func (m *members) read(name string, value any) bool {
	raw, ok := m.raw[name]
	if !ok || string(raw) == "null" {
		return false
	}
	if json.Unmarshal(raw, value) != nil {
		m.wrongType = true
		return false
	}
	return true
}

// text reads a text member.
func (m *members) text(name string, r rule) string {
	var s string
	present := m.read(name, &s)
	m.check(lowerFirst(name), s, present, r)
	return s
}

// require collects that a member of any type is missing.
func (m *members) require(name string) {
	if raw, ok := m.raw[name]; !ok || string(raw) == "null" {
		m.check(lowerFirst(name), "", false, rule{required: true})
	}
}

// check collects how a value breaks a rule. AWS names members with a first
// lower-case letter in these messages.
func (m *members) check(name, value string, present bool, r rule) {
	violate := func(constraint string) {
		m.violations = append(m.violations, "Value at '"+name+"' failed to satisfy constraint: "+constraint)
	}
	if !present {
		if r.required {
			violate("Member must not be null")
		}
		return
	}
	n := utf8.RuneCountInString(value)
	if n < r.min {
		violate(fmt.Sprintf("Member must have length greater than or equal to %d", r.min))
	}
	if r.max > 0 && n > r.max {
		violate(fmt.Sprintf("Member must have length less than or equal to %d", r.max))
	}
	if r.pattern != nil && value != "" && !r.pattern.MatchString(value) {
		violate("Member must satisfy regular expression pattern: " + strings.Trim(r.pattern.String(), "^$"))
	}
	if r.enum != nil && !slices.Contains(r.enum, value) {
		violate("Member must satisfy enum value set: [" + strings.Join(r.enum, ", ") + "]")
	}
}

// integer reads an optional whole number and reports whether it is there. A
// max of 0 is none.
func (m *members) integer(name string, least, most int) (int, bool) {
	var n int
	if !m.read(name, &n) {
		return 0, false
	}
	if n < least {
		m.violations = append(m.violations, fmt.Sprintf("Value at '%s' failed to satisfy constraint: Member must have value greater than or equal to %d", lowerFirst(name), least))
	}
	if most > 0 && n > most {
		m.violations = append(m.violations, fmt.Sprintf("Value at '%s' failed to satisfy constraint: Member must have value less than or equal to %d", lowerFirst(name), most))
	}
	return n, true
}

// limit reads the optional length of a page.
func (m *members) limit() int {
	n, _ := m.integer("Limit", 0, 60)
	return n
}

// flag reads an optional boolean.
func (m *members) flag(name string) bool {
	var b bool
	m.read(name, &b)
	return b
}

// texts reads an optional list of texts under one rule.
func (m *members) texts(name string, r rule) []string {
	var list []string
	m.read(name, &list)
	for i, s := range list {
		m.check(fmt.Sprintf("%s.%d.member", lowerFirst(name), i+1), s, true, r)
	}
	return list
}

// textMap reads an optional object of texts.
func (m *members) textMap(name string) map[string]string {
	var values map[string]string
	m.read(name, &values)
	return values
}

// attributes reads an optional list of objects with Name and Value.
func (m *members) attributes(name string) []pool.Attribute {
	var list []map[string]json.RawMessage
	m.read(name, &list)
	attributes := make([]pool.Attribute, 0, len(list))
	for i, raw := range list {
		element := members{raw: raw}
		var a pool.Attribute
		at := fmt.Sprintf("%s.%d.member.", lowerFirst(name), i+1)
		hasName, hasValue := element.read("Name", &a.Name), element.read("Value", &a.Value)
		m.check(at+"name", a.Name, hasName, attributeNameRule)
		m.check(at+"value", a.Value, hasValue, attributeRule)
		m.wrongType = m.wrongType || element.wrongType
		attributes = append(attributes, a)
	}
	return attributes
}

func lowerFirst(s string) string {
	return strings.ToLower(s[:1]) + s[1:]
}
