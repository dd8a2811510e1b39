// Package report counts orders from the change feed and says what they add up to:
// how many there are in which status, revenue, which products sell best and which couriers
// carry most, for all time and for each business day.
//
// # What is counted
//
// contribution.go has the whole rule, as a pure function of one order: a number of
// additions to counters. An order contributes while it is there and not CANCELED; one that is
// canceled still counts as an order of that status. What a change of an order changes is the
// contribution of the order after it less that of the order before, so edits,
// cancellations, couriers that come later, and removals need no case of their own, and
// a report equals a recount of the orders by construction. The business day is that of
// orderTime in the installation's zone, never that of a worker's clock.
//
// Amounts are exact, of 128 bits, so no sum overflows. An order that can't be counted,
// because a number in it is beyond all bounds, goes to the dead letters with the reason,
// and counts as if it weren't there. A change with an order that can't even be read goes there,
// too, and counts nothing, so that an order which is damaged and mended later is right again
// with the next rebuild.
//
// # Pages
//
// A record for each counter would cost one write for each product of each batch. Counters
// are therefore kept on pages (page.go), each written as a whole: a few for
// all time, a few for each day, one for the statuses of a month. A scope's pages are the leaves of a binary
// trie over hashes of the counters' names. Before counters on a page get more than 24 KB, it is
// split as it is stored, by a commit that replaces it by a mark and adds the two pages below;
// then the two go on. No commit writes more than these three, and so neither products nor names,
// however many, long or invented, get counting stuck at a limit of the store.
//
// # Exactly once
//
// Delivery is at least once: changes come again, in other batches, after crashes. Each page
// has, for each shard of the feed, the sequence of the last change that is counted on it, and is
// written on the condition that it is still the page that was read. Changes up to
// that sequence are left out, so that counting anything again, in any portions, adds
// nothing, on whichever pages it was counted already. A write with an unknown outcome
// is simply repeated: the page that is read then knows. No transaction and no record for each change is needed.
//
// All shards share the pages, so that reading doesn't depend on how many shards there are
// or were. Marks of shards that have counted nothing for 30 hours are dropped; a stream has
// nothing older than 24 hours, and so can't deliver it again. Marks of 3,800 shards fit on a page,
// at 64 bytes each, on top of its counters.
//
// # Two releases on the same pages
//
// A later release may count more. Rows of a kind that this one doesn't know are kept on
// their page as they are, and a page with such rows isn't split. A kind in which every change
// has to be counted is named in the root, by the rebuild that begins it: a mark of a page
// says that its changes are counted, in all kinds. A release that doesn't know the kind
// waits, and so it does before an order, a page or a root of a newer format.
//
// # Two ways in
//
// [Consumer] counts for a server, as one of feed's consumers, and keeps pages in memory. [Window]
// is the same for AWS Lambda with a tumbling window: it gathers changes in the window's state and counts
// them at its end, or when the state gets large, and works on the pages of all
// the other shards at the same time. Changes keep their sequences in the state, so
// that whatever Lambda does with a state after a failure is right.
//
// # Reading and rebuilding
//
// [Service] reads reports. Pages belong to a generation, and one record, the root, says which
// generation counts. A rebuild counts all orders into a new generation and then replaces the
// root. A store that can show one moment has it exact while orders flow (a position for each shard).
// Another refuses while orders are changed, and is exact then, whatever waits in windows: a time takes
// the place of positions, see [Rebuilder.Rebuild]. The root also keeps the zone whose days were counted: when the
// setting changes, days stay as they are until a rebuild.
package report
