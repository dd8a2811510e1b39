// Package recorder notes what programs ask of DynamoDB in tests, and compares it with what they
// may: the roles of the deployment's functions, and the policies that the documentation shows.
package recorder
