// Package keyset is a [comanda/identity.KeySource] whose keys are
// another service's: a JSON Web Key Set (RFC 7517) at a URL, such as a user pool of Amazon
// Cognito publishes.
//
// Keys are fetched when a token first asks for one, kept, and fetched again
// when they have aged or when a token names a key that isn't among them, which
// is how a rotation looks. A stranger can make up the name of a key, so fetches for unknown
// names are few: a burst of three, then one in ten seconds.
//
// When a fetch fails, the keys from before stay good for a day. Without any,
// the failure is an error that isn't the token's fault.
//
// Nothing runs between requests: a process on AWS Lambda is frozen there.
package keyset
