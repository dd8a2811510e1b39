// Package user keeps the profiles of people: a name, and if they like a
// username, an e-mail address and a postal address.
//
// A profile is not a sign-in account; that is the user pool's. It is stored
// under the principal's id, and it has two claims beside it: records under the
// folded e-mail address and username, which make both unique without regard to
// case. Profile and claims change in one commit, so neither can exist without
// the other, and the loser of a race for an address gets a clear refusal. A
// profile that other software stored, or a copy of it, claims with its first change.
//
// A deleted profile leaves a tombstone that has its version and nothing
// personal. It keeps a late repetition of the request that created the profile
// from creating it again. Only PUT, which names the id on purpose, brings one back.
//
// Creating is idempotent under an idempotency key: the profile remembers a
// digest of the key and, from its first change on, what it was created with.
package user
