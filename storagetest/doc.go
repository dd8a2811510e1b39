// Package storagetest is the conformance suite that every engine behind
// [storage.Store] passes, so that a program that works on one works on all.
//
// [Run] needs one function that opens an empty store with the tables given. An engine
// that also implements [storage.FeedReader] gets the cases for the feed.
//
// The cases use keys of their own and expect nothing of records that others have
// left in the tables. A global index may lag, so it is read again until it
// agrees, a bounded number of times; everything else has to be right at once.
//
// [Cut] makes a store that loses outcomes, as a network does, and [Departing] one whose
// callers leave during a commit. They, [Scripted] and [Clock] are exported for the tests
// of other packages, as is [Members], which tells what a test has left out.
package storagetest
