package identity

import (
	"encoding/json"
	"math"
	"strings"
	"time"
	"unicode"
)

// Names of the claims that are read here. Those with a prefix are Amazon
// Cognito's, except the last two, which are ours.
const (
	ClaimSubject   = "sub"
	ClaimIssuer    = "iss"
	ClaimAudience  = "aud"
	ClaimTokenUse  = "token_use"
	ClaimExpires   = "exp"
	ClaimNotBefore = "nbf"
	ClaimIssuedAt  = "iat"
	ClaimOriginJTI = "origin_jti" // names the sign-in that a token descends from
	ClaimUsername  = "cognito:username"
	ClaimGroups    = "cognito:groups"
	ClaimName      = "name"
	ClaimEmail     = "email"

	// ClaimEmailVerified says that the pool has proved the address in ClaimEmail.
	ClaimEmailVerified = "email_verified"

	// ClaimComandaID is an attribute that only an administrator can write. It
	// names the user in our records in place of the subject.
	ClaimComandaID = "custom:comanda_id"

	// ClaimGeneration is the user's generation when the embedded pool issued the
	// token, an integer that grows when all earlier tokens are to end. Tokens of
	// Amazon Cognito don't have it.
	ClaimGeneration = "comanda:generation"
)

// Claims are the claims of a token, or what a gateway made of them.
type Claims map[string]any

// Text returns a claim that is a string, or "".
func (c Claims) Text(name string) string {
	s, _ := c[name].(string)
	return s
}

// True reports whether a claim is true, or the text that gateways make of it.
func (c Claims) True(name string) bool {
	b, _ := c[name].(bool)
	return b || c.Text(name) == "true"
}

// Integer returns a claim that is a whole number, and whether there is one.
// Numbers above 2^53 don't survive JSON decoding into floating point and are
// not accepted.
func (c Claims) Integer(name string) (int64, bool) {
	f, ok := c[name].(float64)
	if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Time returns a claim in seconds since 1970 (a NumericDate of RFC 7519, so a
// fraction is possible), whether the claim is there, and whether it is a time.
func (c Claims) Time(name string) (t time.Time, present, valid bool) {
	v, present := c[name]
	if !present {
		return time.Time{}, false, true
	}
	f, ok := v.(float64)
	if !ok || f < 0 || f > 1<<40 {
		return time.Time{}, true, false
	}
	return time.UnixMilli(int64(f * 1000)), true, true
}

// Groups returns the groups of claim cognito:groups. Tokens have a JSON array;
// API gateways and their payload versions hand the same list on as "[A B]", as
// "A,B" or as the array's JSON text, and each of them is understood. The error
// is an [*UnauthenticatedError].
func (c Claims) Groups() ([]string, error) {
	switch v := c[ClaimGroups].(type) {
	case nil:
		return nil, nil
	case string:
		return groupsFromText(v), nil
	case []string:
		return v, nil
	case []any:
		groups := make([]string, 0, len(v))
		for _, g := range v {
			name, ok := g.(string)
			if !ok {
				return nil, &UnauthenticatedError{Reason: ReasonMalformed}
			}
			groups = append(groups, name)
		}
		return groups, nil
	default:
		return nil, &UnauthenticatedError{Reason: ReasonMalformed}
	}
}

func groupsFromText(text string) []string {
	text = strings.TrimSpace(text)
	var groups []string
	if json.Unmarshal([]byte(text), &groups) == nil {
		return groups
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	return strings.FieldsFunc(text, func(r rune) bool {
		return r == ',' || unicode.IsSpace(r)
	})
}

// hasAudience reports whether the claim aud is, or contains, the client id.
// RFC 7519 section 4.1.3 allows a string and an array of strings.
func (c Claims) hasAudience(clientID string) bool {
	switch v := c[ClaimAudience].(type) {
	case string:
		return v == clientID
	case []any:
		for _, a := range v {
			if a == any(clientID) {
				return true
			}
		}
	}
	return false
}
