// Package storage is the contract between Comanda and whatever keeps its
// records: a narrow, versioned, atomic record store with ordered indexes and a
// change feed.
//
// The contract is small on purpose. Rules of the business live in Go, in the
// domain packages, and never in a database's condition language; a store only
// has to promise that a commit happens entirely or not at all, that it happens
// only if every record it depends on is still the one that was read, and that
// what it has acknowledged survives. With that, a domain package reads, decides
// with a pure function, and stores the decision with one [Store.Commit].
//
// The package is a leaf: it imports nothing of ours and knows no noun of ours.
// An engine implements [Store] (sqlite today, DynamoDB by design) and passes the suite
// in package storagetest. An engine that keeps the change feed itself also
// implements [FeedReader]; DynamoDB doesn't, because its streams do that work.
//
// # Vocabulary
//
//   - A [Table] is declared in Go by the domain package that owns it. Attribute
//     names in it are those of the DynamoDB table.
//   - A [Record] is a [Key], the [Record.Doc] (one JSON object), and the places
//     the record takes in the table's indexes.
//   - The [Record.Version] is the id of the commit that wrote the record. It is
//     opaque; order versions that people see live in the document.
//   - A [Commit] is what one decision changes, all or nothing.
//   - A [Change] is one record of the feed: what a commit did to a record of a
//     table that has a feed, with the document before and after.
//
// # Outcomes of a commit
//
// nil means durable. [*Conflict] means that nothing was applied and carries the
// record in the way. [*LimitError] means that nothing was sent. [ErrBusy] means
// that nothing was applied and that a retry may succeed; when it is also [ErrFull], a
// retry soon will not. [ErrUnknown] is the
// honest answer when a deadline, a cut connection or a failed sync leaves it open: the
// commit was applied or it was not, never half. Whoever gets it reads the
// record and looks for Version == Commit.ID.
package storage
