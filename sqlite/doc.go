// Package sqlite is the embedded engine behind [storage.Store] and
// [storage.FeedReader]: one SQLite file in WAL mode, read through database/sql
// with a driver in pure Go.
//
// # The file
//
// The file's application_id is [ApplicationID], its user_version the number of
// migrations that were applied to it. Table "catalog" keeps the declaration of
// every [storage.Table] that the file has been opened with. Each of them is
//
//   - record_<table>: one row a record. Columns: id (never reused: a key that is
//     deleted and created again gets a new one), partition, sort (only when
//     the table has a sort key), version (the 16 bytes of the commit's id), for
//     each index sort_<index> and, when it is global, partition_<index>, and doc.
//   - feed_<table>, when the table has a feed: one row a change. Columns:
//     sequence, record (the row id), commit_id, kind (0 INSERT, 1 MODIFY, 2
//     REMOVE), committed (milliseconds since 1970 UTC), before, and on a REMOVE
//     the key of the record, whose own row is gone.
//
// A key that is the canonical lower-case text of a UUID is stored as its 16
// bytes in a BLOB, any other key as TEXT. The two never compare equal, so the
// mapping is injective. Sort keys of indexes stay TEXT: their bytes are the order.
// Documents are TEXT, for json_extract in the views and in the sqlite3 shell.
//
// A record appears in an index when its sort_<index> isn't NULL; the SQL index
// is partial on exactly that, so an absent entry costs nothing.
//
// # The feed
//
// A change keeps the document before it, and an INSERT keeps none. The document
// after a change is the one before the record's next change or, when there is
// none, the current document. The key comes from the record's row or, after its
// removal, from its REMOVE. Both are later than the change that needs them, and
// trimming removes a prefix of the feed, so nothing that is needed is lost.
//
// # Writing
//
// One goroutine writes. It takes whatever is queued into one transaction,
// decides the commits one after the other, and answers all of them, refusals
// included, after COMMIT has returned, which with synchronous=FULL means after
// the sync. See writer.go. A failed COMMIT leaves the outcome open and stops the
// writer, because after a failed sync the state of the disk isn't known.
package sqlite
