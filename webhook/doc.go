// Package webhook tells other systems what happens to orders, by HTTP, as the
// Standard Webhooks specification (https://www.standardwebhooks.com) has it.
//
// # From a change to a receiver
//
// [Webhooks] is a consumer of the feed. For each event that announces something,
// and each receiver that wants it, it stores a delivery. The deliveries of a batch
// and the place in the feed up to which there are deliveries are one commit, so
// a batch that comes again makes none twice. From then on a delivery stays until
// the receiver has answered with a status of 200 to 299, or for a day of failures.
//
// Each receiver has a dispatcher of its own with a few connections, which reads what
// is due from the store. Nothing is kept in memory, so a receiver that is away
// for a day costs disk and nothing else, and a slow one delays itself alone.
//
// # Promises
//
// At least once: a delivery is removed only after the answer. A process that is
// killed in between sends it again, with the same webhook-id, which is the id of
// the event, so that receivers can tell.
//
// In order per order: of the deliveries about one order to one receiver, only the
// oldest is sent. While it fails, later ones about that order wait; those about
// other orders don't.
//
// # Failures
//
// Everything but a status of 200 to 299 is a failure: other statuses, redirects
// (which are never followed), no connection, no answer in time. It is tried again after 2 seconds,
// then after about twice as long each time, up to an hour; with Retry-After on a
// 429 or 503 not before that. After a day it is put to the receiver's
// dead letters, which are kept for 30 days and can be sent again. This holds for
// statuses of 400 to 499 too: a receiver that is deployed with a mistake answers 404, and
// a day is time to repair it. The one exception is 410, by which a
// receiver says that it wants nothing more: it is disabled, and what was to be sent becomes dead letters.
//
// A receiver that fails for several orders in a row is taken to be down. It then
// gets one request at a time, with growing pauses of up to a minute.
//
// What a later release has written waits for this process to be upgraded. A receiver
// of a newer format holds up the deliveries of all, because this process can't tell what it
// wants; a delivery of one holds up its order. [Webhooks.Waiting] tells.
//
// # Safety
//
// A receiver is an address that an operator typed, and the server often stands in a
// network with others that trust it. Therefore addresses that aren't public
// (loopback, private, link-local and so on, also as NAT64 or mapped addresses) are
// refused, when a receiver is added and whenever a connection is made to what a name
// then stands for, and URLs must be https. A receiver can be added with AllowPrivate, which lifts both.
// No proxy is used, because it would make the connection in place of this check.
//
// Requests are signed with the receiver's secret, which is shown once, when it is
// made. It is stored sealed, because signing needs it: with a key that isn't in
// the database, if there is one (Config.SealKey). After a rotation the old secret signs beside the
// new one for a day.
package webhook
