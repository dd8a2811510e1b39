// Package order is what Comanda knows about orders: what one is, which are
// acceptable, what may happen to one, and how it is kept.
//
// The rules are pure functions of values: [Place], [Order.Edit], [Order.Cancel]
// and [Order.Advance] take an order, what is asked and the time, and return the
// order as it would be or the reason why not. They read no clock and touch no
// store, so every rule is a table in a test.
//
// [Service] puts a store around them. It reads an order, lets the function
// decide, and stores the decision with one conditional write; when another
// writer was faster it decides again on what that one left. That is all the
// concurrency control there is: two racing writers give one success and one
// refusal, because the loser's rule is applied to the winner's order.
//
// # Idempotency
//
// An order is its own idempotency record. A placement is stored under
// (user, order id) on the condition that nothing is there. When something is,
// its placed content is compared with the new one: equal means a repetition,
// and the answer is the first answer again, byte for byte; different means that
// the id was used for something else. The first answer needs no copy, because
// it is a pure function of the placed content, the ids and the time, written by a
// numbered renderer that the order names (render.go). The placed content is the order's content until
// the first edit, which then keeps it beside the new one. So nothing expires,
// nothing is cleaned up, and the common case stores nothing extra.
//
// # Files
//
// money.go, id.go and order.go are the vocabulary; content.go reads what a
// customer sends and names what is wrong with it; lifecycle.go decides;
// codec.go owns the stored bytes; render.go owns the answers; service.go and
// list.go do the work.
package order
