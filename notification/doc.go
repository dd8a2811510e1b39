// Package notification says what a change of an order announces to the world,
// and in which words. It is pure: webhooks, server-sent events and the
// notifications on AWS get the same text from it.
//
// Three things are announced: that an order was placed, that its owner edited it,
// and that its status changed. Everything else stays in the service: a removed
// order, notes and addresses that were erased, and copies of orders from elsewhere,
// which are stored for the first time in a later status or minutes after they were
// placed.
//
// The order in a notification is the one that its owner sees, with "owner" or
// "staff" for the person who acted, and without note and delivery address, which never
// leave the service this way. Receivers that need them ask the API.
package notification
