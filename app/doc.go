// Package app wires the packages together into one program that can be started
// and stopped: settings and an opened store go in, a serving process comes out.
//
// cmd/comanda opens an engine and runs an [App] until a signal comes; tests do
// the same on port 0 and close it. The package never opens a store itself, so
// that which engine is linked is the binary's choice.
//
// Beside the listeners an App runs what no request waits for: it brings changes of
// orders to the reports, the webhooks and the streams of events, sends what webhooks
// have to send, replaces the user pool's signing key when it is old, saving the new
// one first, and sends codes by mail, from a bounded queue.
package app
