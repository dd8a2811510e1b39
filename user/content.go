package user

import (
	"strings"
	"unicode/utf8"

	"comanda/identity"
	"comanda/payload"
)

// Limits of what may be sent.
const (
	MaxName     = 200 // characters
	MaxUsername = 128 // characters
	MaxAddress  = 500 // characters
	MaxID       = 128 // characters
)

// IDPattern is the rule for ids as a regular expression.
const IDPattern = `^[A-Za-z0-9._:@-]{1,128}$`

// ValidID reports whether s can be a user's id.
func ValidID(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && strings.IndexByte("._:@-", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= MaxID
}

// Creation is a request to create a profile.
type Creation struct {
	ID      string // "" to have one made
	Content Content
}

// ReadCreation reads the body of a request to create a profile. What breaks a
// rule is reported on the values; the result counts only when nothing was.
func ReadCreation(body *payload.Value) Creation {
	var c Creation
	if !body.Object() {
		return c
	}
	if v, ok := body.Optional("userid"); ok {
		if c.ID, ok = v.Text(); ok && !ValidID(c.ID) {
			v.Reject("%s must be 1 to %d characters of A-Z a-z 0-9 . _ : @ -", payload.Show(c.ID), MaxID)
		}
	}
	c.Content = readFields(body)
	return c
}

// ReadContent reads the body of a request to replace a profile.
func ReadContent(body *payload.Value) Content {
	if !body.Object() {
		return Content{}
	}
	return readFields(body)
}

// decided are the members of an answer that the service decides. A client may send
// an answer back as it came; they aren't looked at.
var decided = []string{"userid", "createdAt", "timestamp", "version"}

func readFields(body *payload.Value) Content {
	var c Content
	body.Skip(decided...)
	if v, ok := body.Required("name"); ok {
		c.Name = readName(v)
	}
	if v, ok := body.Optional("username"); ok {
		c.Username = readUsername(v)
	}
	if v, ok := body.Optional("email"); ok {
		c.Email = readEmail(v)
	}
	if v, ok := body.Optional("address"); ok {
		c.Address = readAddress(v)
	}
	return c
}

// Patch is a JSON merge patch (RFC 7396) of a profile: nil leaves a field as it is.
type Patch struct {
	Name, Username, Email, Address *string // "" removes, except the name
}

// ReadPatch reads the body of a request to change parts of a profile.
func ReadPatch(body *payload.Value) Patch {
	var p Patch
	if !body.Object() {
		return p
	}
	body.Skip(decided...)
	if body.Null("name") {
		body.Required("name")
	}
	p.Name = readMember(body, "name", readName)
	p.Username = readMember(body, "username", readUsername)
	p.Email = readMember(body, "email", readEmail)
	p.Address = readMember(body, "address", readAddress)
	return p
}

func readMember(body *payload.Value, key string, read func(*payload.Value) string) *string {
	if body.Null(key) {
		return new(string)
	}
	if v, ok := body.Optional(key); ok {
		s := read(v)
		return &s
	}
	return nil
}

// apply returns the content with the patch applied.
func (p Patch) apply(c Content) Content {
	for _, f := range []struct {
		to   *string
		from *string
	}{{&c.Name, p.Name}, {&c.Username, p.Username}, {&c.Email, p.Email}, {&c.Address, p.Address}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	return c
}

func readName(v *payload.Value) string { return readText(v, MaxName, (*payload.Value).Name) }

func readAddress(v *payload.Value) string { return readText(v, MaxAddress, (*payload.Value).Lines) }

func readUsername(v *payload.Value) string {
	s := readText(v, MaxUsername, (*payload.Value).Text)
	switch {
	case !identity.Visible(s):
		v.Reject("must have no spaces and no control characters")
	case s != "":
		v.Name()
	}
	return s
}

func readEmail(v *payload.Value) string {
	s, ok := v.Text()
	if ok && !identity.IsEmail(s) {
		v.Reject("%s is no e-mail address of at most %d bytes", payload.Show(s), identity.MaxEmail)
	}
	return s
}

// readText returns the text that read takes from v, if it has so many characters.
func readText(v *payload.Value, most int, read func(*payload.Value) (string, bool)) string {
	s, ok := read(v)
	if n := utf8.RuneCountInString(s); ok && (n < 1 || n > most) {
		v.Reject("must have 1 to %d characters, not %d", most, n)
	}
	return s
}
