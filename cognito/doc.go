// Package cognito speaks the wire protocol of Amazon Cognito user pools for the
// embedded pool, so that the AWS CLI, the SDKs and existing scripts work against
// a laptop: JSON 1.1 over POST / with the operation in X-Amz-Target, AWS
// Signature Version 4 on the operations that AWS signs, and the public key set
// and discovery document below the pool's id.
//
// All operations are in one table (operations.go), each made by signed or
// unsigned together with the members that it accepts: an operation without one
// of the two can't be written down. Rules of the pool are not here; package pool
// has them.
//
// The protocol is that of the service model cognito-idp 2016-04-18, which the
// lengths, patterns and names of members are taken from.
package cognito
