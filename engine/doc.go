// Package engine says where records are kept, as people write it, and opens what
// keeps them there.
//
//	sqlite:DIR                                            the embedded store in a data directory
//	dynamodb:REGION[?endpoint=URL][&prefix=PREFIX][&TABLE=NAME]…  tables on DynamoDB, or on something that speaks its API
//	memory:                                               nothing longer than the process
//
// A [Place] is one such text with what can be done there; what can't be is a
// [*CannotError] that says what to do instead. No other package compares the names
// of engines: it asks for [Traits], or does what it wants to do and gets the
// refusal. Another engine is another file, with one line in the table of kinds
// (place.go).
package engine
