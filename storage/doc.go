// Package storage is the contract between Comanda and whatever keeps its
// records: a narrow, versioned, atomic record store with ordered indexes and a
// change feed.
//
// The contract is small on purpose. Rules of the business live in Go, in the
// domain packages, and never in a database's condition language; a store only
// has to promise that a commit happens entirely or not at all, that it happens
// only if every record it depends on is still the one that was read, and that
// what it has acknowledged survives. With that, a domain package reads, decides
// with a pure function, and stores the decision with one commit: see [Decide].
//
// The package is a leaf: it imports nothing of ours and knows no noun of ours.
// An engine implements [Store] and passes the suite in package storagetest. An engine
// that keeps the change feed itself also implements [FeedReader]; DynamoDB doesn't,
// because its streams do that work.
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
// commit was applied or it was not, never half. [Apply] then reads a record that was
// written and looks for the commit's id on it. What even that leaves open is an
// [*Unresolved], which is for the caller's caller to repeat.
//
// # Formats
//
// Documents are for ever, and in a fleet that is being upgraded two releases read and
// write the same ones. Therefore every document begins with a [Head], and a [Codec]
// keeps these rules:
//
//  1. A release reads every earlier format. Where other software writes, too, its
//     documents have no number, which counts as 0.
//  2. A release writes a document in the lowest format that can hold it. So what uses
//     nothing new stays as it was, to the byte, and the release before reads it.
//  3. Within a format a later release may add members that one may ignore and keep. A
//     reader writes back what it doesn't know, as it came: of the document, and of the
//     objects in it that outlive a change. Nothing personal is added like this, because an
//     erasure by the release before would leave it.
//  4. What would be wrong if it were ignored gets a new number. A document of a newer
//     format is refused with a [*NewerError], which asks for an upgrade. It is never read
//     and stripped, and its record is never changed or removed.
//  5. A list leaves a record of a newer format out, reports it, and shows the others. What
//     follows from changes (reports, webhooks, notifications) waits in its place for a
//     process that can read them, and says so.
//
// So a release reads what the one before it wrote and, as long as nothing new is used,
// what the one after it writes.
package storage
