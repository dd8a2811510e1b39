// Package relocation moves what an installation keeps to another place: profiles,
// orders and, where that is asked for, sign-in accounts, into another engine or, the
// accounts, into a user pool of Amazon Cognito.
//
// Package transfer copies and compares records, whatever is in them. This one knows which
// tables make up an installation, which keys belong to its accounts, and what has
// to be refused before anything is written: a damaged source, accounts without
// their keys, a destination that has another user pool, a pool on Cognito in which
// users could take each other's records.
package relocation
