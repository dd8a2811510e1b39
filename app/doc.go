// Package app wires the packages together into one program that can be started
// and stopped: checked settings and an opened engine go in, a serving process
// comes out.
//
// An [Engine] says what an opened store can do for a server; the package never opens one
// itself, so that which engine is linked is the binary's choice. Every part gets the same
// store, which is the engine's with spans around it, if there is a tracer, and with
// word of its commits for all who wait for changes.
//
// Beside the listeners an App runs what no request waits for: it brings changes of
// orders to the reports, the webhooks and the streams of events, sends what webhooks
// have to send, replaces the user pool's signing key when it is old, saving the new
// one first, and sends codes by mail, from a bounded queue.
package app
