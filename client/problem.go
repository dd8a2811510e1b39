package client

const problemPrefix = "urn:comanda:problem:"

// Problem is what is wrong, as a value to compare an error with:
//
//	if errors.Is(err, client.TooOld) { … }
type Problem string

// The problems of the API.
const (
	InvalidInput       Problem = "invalid-input" // see Error.Violations
	WrongStatus        Problem = "wrong-status"  // the order's status doesn't allow it
	TooOld             Problem = "too-old"       // to be canceled by its owner
	OtherCourier       Problem = "other-courier" // has the order already
	Unauthenticated    Problem = "unauthenticated"
	Forbidden          Problem = "forbidden"
	NotFound           Problem = "not-found" // there is no such order
	UserNotFound       Problem = "user-not-found"
	NoRoute            Problem = "no-route" // this server doesn't have the operation
	MethodNotAllowed   Problem = "method-not-allowed"
	TookTooLong        Problem = "timeout"         // to send the request
	IncompleteBody     Problem = "incomplete-body" // did arrive
	UserExists         Problem = "user-exists"
	Taken              Problem = "taken"               // the e-mail address or username
	OrdersChanging     Problem = "orders-changing"     // while they were to be recounted
	PreconditionFailed Problem = "precondition-failed" // it has another version by now
	TooLarge           Problem = "too-large"
	EncodedBody        Problem = "encoded-body" // nothing but JSON as it is can be read
	KeyReused          Problem = "key-reused"   // the order id or key stands for another order
	TooManyStreams     Problem = "too-many-streams"
	TooManyRequests    Problem = "too-many-requests"
	NotReady           Problem = "not-ready"
	NewerFormat        Problem = "newer-format"    // a later release wrote it: nothing was done
	NoRoom             Problem = "no-room"         // nothing can be stored at the moment
	Busy               Problem = "busy"            // nothing was done
	Contended          Problem = "contended"       // others were faster each time; nothing was done
	UnknownOutcome     Problem = "unknown-outcome" // see Error.Unknown
	GivenUp            Problem = "canceled"        // the request, by the client
	Internal           Problem = "internal"        // the server's log knows it by Error.RequestID
)

// Problems lists every problem of the API.
var Problems = []Problem{
	InvalidInput, WrongStatus, TooOld, OtherCourier, Unauthenticated, Forbidden, NotFound, UserNotFound, NoRoute, MethodNotAllowed,
	TookTooLong, IncompleteBody, UserExists, Taken, OrdersChanging, PreconditionFailed, TooLarge, EncodedBody, KeyReused, TooManyStreams,
	TooManyRequests, NotReady, NewerFormat, NoRoom, Busy, Contended, UnknownOutcome, GivenUp, Internal,
}

// Error returns the problem's name.
func (p Problem) Error() string { return string(p) }
