// Package feed brings every committed change of an order to those who want to
// know, at least once and in order.
//
// # Events
//
// An [Event] has an order before and after one change, and an id that stays the
// same however often the change is delivered. It is made from a change of the
// store's feed: on the embedded engine a feed record of the same commit, on
// DynamoDB a record of the table's stream. The same consumers read both.
//
// # Shards and sequences
//
// A feed consists of shards. The embedded one has a single shard, a stream
// several, which split and end. All changes of one order are in one shard or in
// its descendants, and in the order in which they were committed. Within a shard
// every change has a [Sequence], a number that only grows.
//
// # Consumers
//
// A [Dispatcher] gives each [Consumer] the events of each shard, batch by batch,
// and after each batch stores how far the consumer has come. A crash between the
// two delivers a batch again, so what a consumer does with an event must be
// bound to the event's position or id. A consumer that fails gets the same batch again
// later, and holds up no other.
//
// A change that can't be read as an order is put aside as a dead letter with its
// reason, and the rest goes on; see [DeadLetters]. Only what a later release has written
// holds up the consumer, until this process is upgraded: it can be read, though not here.
//
// In a fleet of processes on one store, a [Lease] lets one of them dispatch. It
// saves work and isn't what correctness rests on: two dispatchers do no harm.
//
// A reader that wants to see changes as they come, and can live without the old
// ones, follows a [Tail].
//
// # Trimming
//
// The embedded feed is trimmed: what every consumer has passed and is older than a day
// goes. Streams trim themselves.
package feed
