// Package transfer copies the records of one store into another, through the
// contract of package storage alone: it knows tables and records, and neither
// what is in them nor what keeps them.
//
// # What is copied
//
// A record keeps its key, its document byte for byte and its places in indexes.
// Its version is the id of the commit that wrote it, so a copy has another one.
// Nothing is replaced and nothing is deleted: a record is written on the
// condition that there is none under its key. If there is one, and it is the same,
// it counts as copied; if it is another, the copy stops with a [*DifferentError].
//
// A copy into a place that has lived on meanwhile only fills gaps, with [Options.Keep]:
// another record there is the newer one and stays, whatever it says.
//
// # Going on after an interruption
//
// Because of that rule a copy can be ended at any moment, by a signal, a crash or
// a cut cable, and be started again; what is there already is compared and left
// alone. A [Journal] makes that quick: it remembers up to where the scan of each
// table has been copied. It is a hint. When the comparison at the end fails after
// a run that trusted it, the copy is made again without it.
//
// # The comparison
//
// [Run] reads both sides afresh at the end and compares count and digest of every
// table. The digest of a record is the SHA-256 of these parts, each after its
// length (unsigned LEB128):
//
//   - the partition key and the sort key
//   - the canonical document
//   - for each index that the record is in, by name: the name, partition and sort key
//
// With [Options.Keep] the destination is asked for every key of the source instead, and
// the result says how many records are others there; only a missing one is a failure.
//
// The digest of a table is the sum of its records' digests modulo 2^256, as
// big-endian numbers. So it doesn't depend on the order in which a store returns
// records, and needs no memory. It finds every accident; it isn't made against
// an attacker who picks records so that a sum comes out.
//
// The canonical document has no white space, members sorted by the bytes of their
// names, and each number as significant digits and power of ten, because engines may
// spell numbers in their own way: 1.10, 1.1 and 11e-1 are all 11e-1.
package transfer
