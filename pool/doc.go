// Package pool is the embedded user pool: users, passwords, groups, sessions
// and tokens, with the rules of an Amazon Cognito user pool and without its wire
// format, which package cognito adds.
//
// # State
//
// Five tables, declared by [Tables] and encoded by codec.go alone. A user is one
// record with everything that issuing a token needs, groups included, so that a
// token costs one read. A name record claims a username or a verified e-mail
// address for a user, in the same commit as the user. A session record is one
// sign-in: it holds the hash of the refresh token and ends when it is removed. The
// fifth table counts what was tried.
//
// Every change reads, decides in Go, and stores the decision with one
// conditional commit; when another writer was faster, it reads and decides again.
//
// # Ending tokens early
//
// A user has a generation, an integer that every token repeats. Raising it ends
// all tokens of the user at once, exactly, and without comparing clocks. A
// session has the generation that it began with, and the user has the lowest
// one that may still be refreshed: so losing a group ends the tokens, which are
// then refreshed without the group, while signing out ends the sessions too.
// A user who changes the password goes on in the session that did it: that session
// is moved to the new generation and remembers which earlier one its tokens have.
// [Pool.Live] compares these, and [Pool.Epoch] says when it is worth asking.
//
// # Passwords
//
// A password is stored as an argon2id hash, and in the same write as the salt
// and verifier of the Secure Remote Password protocol, so that an account serves
// both ways to sign in. The verifier is as good as a fast hash of the password to
// a thief of the database, and is therefore sealed with a key that is
// kept outside of it ([Keys]). The store remembers which key that is, and [New]
// refuses another ([Owner]): a process with new keys would take other passwords for
// wrong ones, and sign tokens that no other process of a fleet accepts.
//
// # Codes
//
// A code of six digits proves an e-mail address: it confirms an account, or sets
// another password. It is stored sealed, together with what it is good for: one
// account, one address, and the password that it confirms or replaces. It is sent
// again as it is for half of its life, so that a stranger who asks for one doesn't
// take away the code that the owner is about to use. Without a sender it waits for
// [Pool.PendingCodes].
//
// A name that isn't confirmed belongs to no one. Sign-ups wait beside each other, each with
// its password, and the first that is confirmed gets the name (signup.go).
//
// # Limits
//
// Whatever a stranger can try is counted before it is looked at, by one conditional write on
// a record beside the account (attempts.go): so limits hold for tries made at once, for
// all processes of a fleet, and after a restart. A name that no user has takes the same steps,
// on one of a fixed number of records (account.go), and the same time. Costly work
// waits in a queue in which sources take turns (queue.go).
//
// # Signing keys
//
// All of [Keys] verify, and the newest of those that have begun to sign signs.
// [Keys.Rotated] makes the list with one more, and [Pool.SetSigningKeys] takes it while
// tokens are issued and verified. Services elsewhere keep the key set for a while, so a
// new key is shown before it signs; when that is stands in the key itself, so that no
// timer and no restart matters. A key leaves the list when its last token has expired, or
// at once when it has leaked.
package pool
