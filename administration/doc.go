// Package administration is what the operator of an installation can do with it
// beside serving: receivers of webhooks, changes that no consumer could use, signing
// keys, and the accounts of the embedded user pool.
//
// # One interface, two ways
//
// An [Administration] is either [Local], which works on the store itself, as the
// command line does for a fleet on DynamoDB or for a directory that no process
// serves, or [Remote], which asks a running server. That answers by
// [Local.Handlers] of its own, so both ways end in the same code.
//
// # The wire
//
// An operation is a POST of JSON to / with its name in X-Amz-Target, as in
// Comanda.AddWebhook, signed with the key pair of the data directory: the same
// envelope as the user pool's, because it is the same key that opens both. The
// answers are this package's own. An error has a kind, which Remote turns back
// into the error that Local returned; its text is for people only.
//
// Accounts are administered in Amazon Cognito's own protocol, by [Connection],
// because that is what a server speaks for the AWS CLI anyway.
//
// # Who is asked
//
// A command finds the server of a directory by an address in a file. Before it
// sends a password or a signature there, whatever listens has to show that it
// has the directory's key, and that no other process relays: see [ProofKey].
package administration
