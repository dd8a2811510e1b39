// Package comanda is the code tour of Comanda, an order-taking backend. It has
// no code of its own: start here, then follow the names.
//
// # Rooms
//
// Packages are flat, named by what is in them, and import in one direction
// only; imports_test.go says which may import which, and why. Each is linked into a
// program, but for those below testbed; programs_test.go holds that.
//
//	storage      the contract with whatever keeps records: atomic, conditional, versioned, with a change feed
//	storagetest  the conformance suite that every engine passes
//	sqlite       the embedded engine
//	memory       the engine that keeps nothing longer than its process
//	dynamo       the engine on DynamoDB; dynamolocal starts DynamoDB Local for its tests
//	stream       records of DynamoDB's stream as changes of the feed, from AWS Lambda or by polling
//	feed         changes of orders as events, and their way to those who want to know
//	payload      reads JSON from strangers, strictly, and names every violation
//	order        orders: money, ids, lifecycle decisions, idempotency, the stored bytes, the answers
//	user         profiles of people, with unique e-mail addresses and usernames
//	identity     who is calling: principal, roles, token verification
//	pool         the embedded user pool: users, passwords, groups, sessions, tokens
//	cognito      the pool's wire protocol, which is Amazon Cognito's, with Signature Version 4
//	report       counts orders from changes, each once, and says what they add up to
//	notification what a change announces, in the words that every channel shares
//	webhook      sends notifications to receivers: signed, at least once, in order per order
//	api          HTTP: one table of routes with rules and schemas, one of errors
//	client       the API for Go programs: typed, and patient where that is safe
//	keyset       signing keys of a user pool elsewhere: fetched, kept, refreshed
//	telemetry    log lines with the keys of Powertools, metrics for CloudWatch
//	trace        spans of requests and of the store, to a collector of OpenTelemetry
//	transfer     copies records from any store to any other, and compares both
//	administration what an operator does with an installation, at its server or on its store
//	app          settings and wiring: one value that tests boot and close
//	datadir      the directory of one installation: lock, keys, address, and whose it is
//	engine       where records are kept, as people write it, and which engine that means
//	installation a data directory with its records, its server and its backups
//	relocation   what moves to another place, with accounts or without
//	terminal     text that people read and paste, and lines for their programs
//	function     the functions on AWS Lambda: events of gateway, stream and pipe to the rooms above
//	cmd/comanda  the program: commands, flags, tables for people
//	cmd/lambda   all functions of a deployment as one binary
//	cmd/generate writes what is made from the program's tables: the OpenAPI document, the templates
//	deploy       the system on AWS, for SAM and for Terraform: templates, permissions, what holds them together
//	testbed      what only tests need: stand-ins for AWS, and what compares them with the deployment
//	acceptance   scenarios that drive the real thing, whatever it runs on
//	bench        measures the built program from outside
//
// # A request, from the socket to the disk
//
// POST /orders arrives at app's listener (server.go limits every phase of the
// connection) and goes to api, unless its path is / or the pool's, which
// is cognito's. api finds the route in its table (routes.go), and before it
// reads a byte of the body asks identity for the caller: the token's signature,
// issuer, audience, kind and times are checked once and remembered by the token's hash,
// while its expiry and its session, which the pool can end at any moment, are
// checked every time. The route's rule (access.go) then decides from the caller and the path alone.
//
// The body goes through payload into order.ReadPlacement, which collects every
// violation. order.Service.Place asks the pure function order.Place for the order that comes
// of it, encodes it (codec.go) and has storage.Decide store one commit: this record, on the
// condition that nothing is under its key.
//
// sqlite queues the commit. Its one writer takes whatever is queued into one
// transaction: for each commit it checks the condition, writes the record with
// its index entries and its feed record, and after the transaction's sync,
// never before, tells each caller how it went. That is why sixty-four customers cost little more than one.
//
// If the condition failed, the customer has used the order id before. The record in
// the way comes back with the refusal, and its placed content decides: the same
// means a repetition, another means a reused id. Either way the order's numbered renderer writes
// the answer from what was placed, so that the first answer and every later
// repetition are the same bytes.
//
// Edit, cancel and the steps of staff take the same road with one more read: read the
// order, let a pure function of lifecycle.go decide, commit on the condition that the
// order is still the one that was read, and decide again if it isn't. storage.Decide does
// that for orders, profiles and accounts, and finds out what became of a commit whose
// outcome the store can't tell.
//
// # The same request on AWS Lambda
//
// API Gateway asks for the token before it asks us: its own Cognito authorizer for orders, our
// function "authorizer" for everything else, whose answer it keeps for minutes
// and which therefore allows the whole API. The event has what the authorizer found out and names one
// function of function.Functions, all of which are the binary of cmd/lambda.
//
// function makes a request of the event (gateway.go), takes the caller from the
// authorizer's claims and from nothing that a client can send (callers.go), and gives it to the same
// api, which has only that function's operations there. From the route's rule on everything is
// as above, except that the commit is one conditional PutItem of dynamo. The
// gateway's request id is in the answer and in every log line.
//
// # A change, from the disk to those who want to know
//
// The feed record written with each change refers to the order and, except
// for a placement, keeps the document from before. sqlite rebuilds both images
// of any change it retains (feed.go): the document after a change is the one before the
// record's next change, or the record as it is now.
//
// feed turns a change into an event, the order before and after, and its dispatcher hands
// events to consumers, batch by batch, each of which has a position of its own.
//
// One of them is report. contribution.go says what an order adds to counters, and so what
// a change of it adds: what it is after less what it was before. Counters are on pages
// (page.go), written as a whole on the condition that no other process has (book.go). Each page says
// up to which place of each shard changes are counted on it, and what comes again is left out. GET /monitor
// reads the pages (service.go). On AWS Lambda the same pages are written from the state of a
// tumbling window (window.go).
//
// Another is webhook. notification puts the event into words, and consumer.go stores
// a delivery for each receiver in the same commit as the place in the feed up to which there
// are deliveries. From then on a delivery is a record that is due: the receiver's dispatcher
// (dispatcher.go) finds it in an index, sends it if it is the oldest about its order (sender.go), and removes
// it after the answer, or makes it due later.
//
// Streams of events (api/events.go) need no position: they follow the end of the feed
// through feed.Tail, which reads it once for all of them, and go back to the feed itself for
// a client that comes with a Last-Event-ID.
//
// # Where the promises are kept
//
//	no duplicate order      order/service.go (Place), order/render.go
//	no lost order           sqlite/writer.go; acceptance kills the process and counts
//	no torn backup          sqlite/backup.go, datadir/staging.go; sqlite/check.go finds one that was copied file by file
//	no lie on a full disk   sqlite/room.go
//	no lost update          storage/decide.go (Decide); checked for linearizability in order and storagetest
//	no outcome made up      storage/decide.go (resolve)
//	no release strips       storage/document.go (Decode); app shows an older build beside a newer one
//	cancel within 10 min    order/lifecycle.go (Cancel)
//	one answer per error    api/problem.go
//	who may do what         api/access.go and the access column of api/routes.go
//	counted once            report/page.go (count); report/day_test.go kills, repeats and regroups
//	every event arrives     webhook/consumer.go (Consume), webhook/dispatcher.go; acceptance kills the process in between
//	in order per order      webhook/dispatcher.go (take)
//	nothing inside is asked webhook/address.go (public), at every connection
//	revoked means revoked   identity/verifier.go with pool's epoch
package comanda
