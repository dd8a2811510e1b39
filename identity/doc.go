// Package identity says who is calling: it turns an Authorization header into a
// [Principal], with the same rules for tokens of Amazon Cognito and of the
// embedded user pool.
//
// The package is a leaf. Where signing keys come from ([KeySource]) and whether
// a session has been ended ([Sessions]) are declared here and implemented where
// that is known. What a principal may do with an order or a profile is not
// decided here: [Principal] only carries the roles.
//
// A [Verifier] remembers the tokens that it has verified, by their SHA-256 and
// never by the token itself, because checking an RSA signature costs some forty
// times what all the rest of a request's authentication costs.
package identity
