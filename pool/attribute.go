package pool

import (
	"slices"
	"strings"
	"unicode/utf8"

	"comanda/identity"
)

const (
	attributeSub           = "sub"
	attributeEmail         = "email"
	attributeEmailVerified = "email_verified"
	attributeName          = "name"
	maxAttribute           = 2048 // characters of a value
)

// clientAttributes are the standard attributes (OpenID Connect Core section 5.1)
// that users may write themselves.
var clientAttributes = []string{
	"address", "birthdate", attributeEmail, "family_name", "gender", "given_name", "locale", "middle_name",
	attributeName, "nickname", "phone_number", "picture", "preferred_username", "profile", "updated_at",
	"website", "zoneinfo",
}

// adminAttributes are those that only an administrator may write: they are
// trusted, and tokens repeat them.
var adminAttributes = []string{attributeEmailVerified, "phone_number_verified", identity.ClaimComandaID}

// Attribute is one attribute of a user.
type Attribute struct {
	Name, Value string
}

// setAttributes writes attributes on behalf of a user or an administrator. An
// empty value removes the attribute. Changing the address makes it unverified
// unless the same call, by an administrator, says otherwise.
func setAttributes(u *user, attributes []Attribute, byAdmin bool) error {
	for _, a := range attributes {
		if err := checkAttribute(a, byAdmin); err != nil {
			return err
		}
		if a.Name == attributeEmail && u.Attributes[attributeEmail] != a.Value {
			u.forgetProof()
		}
	}
	for _, a := range attributes {
		if a.Value == "" {
			delete(u.Attributes, a.Name)
			continue
		}
		u.Attributes[a.Name] = a.Value
	}
	return checkEmail(u)
}

// forgetProof is for an address that is about to change: that the old one was
// proved, or a code that went there, says nothing about the new one.
func (u *user) forgetProof() {
	delete(u.Attributes, attributeEmailVerified)
	u.Code, u.SignUps = nil, nil
}

func checkAttribute(a Attribute, byAdmin bool) error {
	known := slices.Contains(clientAttributes, a.Name)
	switch {
	case !byAdmin && !known:
		return notAuthorized("A client attempted to write unauthorized attribute")
	case byAdmin && a.Name == attributeSub:
		return invalidParameter("Cannot modify an immutable attribute: sub.")
	case byAdmin && !known && !slices.Contains(adminAttributes, a.Name):
		return invalidParameter("Attributes did not conform to the schema: an attribute is not in the schema.")
	case utf8.RuneCountInString(a.Value) > maxAttribute:
		return invalidParameter("Attributes did not conform to the schema: " + a.Name + ": value is over 2048 characters.")
	case a.Name == attributeEmail && a.Value != "" && !identity.IsEmail(a.Value):
		return invalidParameter("Invalid email address format.")
	case strings.HasSuffix(a.Name, "_verified") && a.Value != "true" && a.Value != "false":
		return invalidParameter("Attributes did not conform to the schema: " + a.Name + ": value should be true or false.")
	}
	return nil
}

// checkEmail keeps the address of a user whose username is one the same, and
// supplies it.
func checkEmail(u *user) error {
	if !identity.IsEmail(u.Login) {
		return nil
	}
	switch email := u.Attributes[attributeEmail]; {
	case email == "":
		u.Attributes[attributeEmail] = u.Login
	case identity.Fold(email) != identity.Fold(u.Login):
		return invalidParameter("The email attribute should be the same as the username.")
	}
	return nil
}

// attributes returns what an answer shows: sub first, the others by name.
func (u user) attributes() []Attribute {
	list := make([]Attribute, 0, 2+len(u.Attributes))
	for n, v := range u.Attributes {
		list = append(list, Attribute{n, v})
	}
	if u.Attributes[attributeEmail] != "" && u.Attributes[attributeEmailVerified] == "" {
		list = append(list, Attribute{attributeEmailVerified, "false"}) // clients look for it
	}
	slices.SortFunc(list, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	return slices.Insert(list, 0, Attribute{attributeSub, u.Sub})
}
