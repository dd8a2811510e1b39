// Package dynamo is the engine behind [storage.Store] on DynamoDB: Amazon's,
// DynamoDB Local, or any endpoint that speaks its API.
//
// # The item
//
// A record is one item. The key is in the attributes that the [storage.Table]
// names, of type S. The document is in the attribute Table.Doc, as a map:
//
//	JSON object, array     M, L
//	string                 S, also when empty
//	number                 N, which is a decimal of 38 digits: exact, respelled
//	true, false, null      BOOL, NULL
//
// DynamoDB refuses maps with an empty name in them, so a name that consists of
// underscores only, or of nothing, is stored with one underscore more.
//
// The attribute [VersionAttribute] (S) has the record's version. Each index has
// an attribute for its sort key, and a global one for its partition, which are
// absent when the record isn't in the index. Nothing else is stored.
//
// # Commits
//
// One write is one PutItem or DeleteItem with a condition on the version, never
// a transaction: half the price and no conflicts with readers. Several writes
// and checks are one TransactWriteItems, whose token is the commit's id. A
// refusal returns the record in the way, so that no read follows.
//
// The SDK's own retries are off. Those of this package know which of their
// attempts may have been applied: a refusal in which our own commit's id turns
// up is a success, and any other refusal after such an attempt is
// [storage.ErrUnknown], as another writer may have come between. See attempt.go.
//
// # Reading
//
// Get, and Query on a table or on a local index, are strongly consistent. Both
// kinds of index hold keys only. On a local one DynamoDB fetches the rest from
// the table in the same request; after a query of a global one, which may lag,
// the records are read by BatchGetItem, and those that have vanished or have
// left their place in the index meanwhile are left out.
//
// # Tables of other software
//
// An item without a version of type S is a record with Version "". It is read,
// replaced and deleted like any other, on the condition that it still has none.
// Its document is the map in Table.Doc or, without one, an object of all
// attributes but the key. It has no index attributes; [Options.Index] says where it
// belongs. What it had beside key and document goes when it is replaced: the
// workshop's functions store nothing there, and a document of all attributes loses nothing.
//
// DynamoDB's indexes don't know that, so in a table with our indexes such an item is in
// no list until it is changed or [Store.Adopt] has been there.
//
// A table that was made without one of our local indexes can't get it later. A
// query then reads the whole partition consistently and sorts it, up to
// [MaxUnindexed] records.
//
// The change feed is DynamoDB's stream of the table, with both images. This
// package switches it on ([Definition]), finds it ([Store.StreamARN]) and reads the items in it
// ([ReadItem]); the rest is in package stream.
package dynamo
