// Package stream reads DynamoDB's stream of a table: it makes the same changes
// of its records that the embedded engine keeps as a feed.
//
// # Records
//
// A record of a stream is read by [FromLambda] as Lambda delivers it, and by
// [FromStreams] as the Streams API does. Both images are needed, so the stream
// must have the view type NEW_AND_OLD_IMAGES, with which package dynamo makes it.
//
// The id of a change is the same however often and by whichever way it is
// delivered:
//
//	our own write      the commit's id, which is the version in the new image
//	our own deletion   derived from the version that was deleted, see removalID
//	other software     the id that DynamoDB gives to the event
//
// So ids of deletions, which have no place for the commit's id, differ from those
// of the embedded feed; all others are equal. The time is that of the
// stream, to the second.
//
// # Reading without Lambda
//
// A [Poller] is a [comanda/feed.Source] for servers that read the stream
// themselves. It lists shards with parents before children, reads each from any
// place, and answers several consumers that are close to each other from one
// request. See poller.go.
package stream
