package identity

import "errors"

var (
	// ErrUnauthenticated matches every refusal of a credential. Errors that
	// don't match it say that the question couldn't be answered, for example
	// because the store was busy; the caller may try again with the same token.
	ErrUnauthenticated = errors.New("not authenticated")

	// ErrUnknownKey is a [KeySource]'s answer when no signing key has that id.
	ErrUnknownKey = errors.New("signing key is not known")

	// ErrUnavailable matches failures to find out who is calling that a later
	// try may not meet: the signing keys couldn't be fetched, for example.
	ErrUnavailable = errors.New("who is calling can't be found out now")

	// ErrRevoked is the answer of [Sessions] when a token has been ended before
	// it expired.
	ErrRevoked = errors.New("session has ended")
)

// Reason says why a credential was refused. It is safe to log and to answer: it
// is one of the constants below and contains nothing of the credential.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	ReasonMissing     Reason = "missing"           // no credential in the header
	ReasonTooLong     Reason = "too long"          // over MaxToken bytes
	ReasonMalformed   Reason = "malformed"         // not a JSON web token, or a claim of the wrong type
	ReasonAlgorithm   Reason = "wrong algorithm"   // signed with anything but RS256
	ReasonKey         Reason = "unknown key"       // no kid, or one that the key source doesn't know
	ReasonSignature   Reason = "invalid signature" // the signature isn't the key's
	ReasonIssuer      Reason = "wrong issuer"      // iss is another pool
	ReasonTokenUse    Reason = "wrong token use"   // an access token, most often
	ReasonAudience    Reason = "wrong audience"    // aud is another client
	ReasonSubject     Reason = "no subject"        // sub is missing
	ReasonExpired     Reason = "expired"           // exp has passed
	ReasonNotYetValid Reason = "not yet valid"     // nbf or iat is in the future
	ReasonRevoked     Reason = "revoked"           // signed out, deleted, or replaced by a newer generation
)

// UnauthenticatedError is the refusal of a credential. It matches
// [ErrUnauthenticated].
type UnauthenticatedError struct {
	Reason Reason
}

// Error says the reason and nothing of the credential.
func (e *UnauthenticatedError) Error() string {
	if e.Reason == ReasonTokenUse { // nothing is wrong with the sign-in
		return "not authenticated: this is an access token, send the ID token"
	}
	return "not authenticated (token: " + string(e.Reason) + "), sign in again"
}

// Is reports whether target is [ErrUnauthenticated].
func (e *UnauthenticatedError) Is(target error) bool {
	return target == ErrUnauthenticated
}
