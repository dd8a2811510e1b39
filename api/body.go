package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"comanda/payload"
)

// UnknownFields says what happens to members of a body that no operation knows.
type UnknownFields string

// The policies. A client that misspells a member believes that it was heard, so
// ReportUnknown is the default.
const (
	AcceptUnknown UnknownFields = "accept" // they are skipped
	ReportUnknown UnknownFields = "report" // they are skipped, and the answer names them
	RejectUnknown UnknownFields = "reject" // the request is refused, unless it repeats one that was not
)

// UnknownPolicies lists every policy.
var UnknownPolicies = []UnknownFields{AcceptUnknown, ReportUnknown, RejectUnknown}

// ignoredHeader is where an answer names what was skipped.
const ignoredHeader = "Comanda-Ignored"

// errTooLarge says that a body is over [MaxBody].
var errTooLarge = errors.New("the body is larger than " + strconv.Itoa(MaxBody) + " bytes")

// errEncoded says that a body is compressed or otherwise encoded.
var errEncoded = errors.New("the body has a Content-Encoding, and none is understood: send it as it is, without one")

// Encoded reports whether a body with this header has to be decoded before it can be
// read. No handler here does that.
func Encoded(h http.Header) bool {
	for _, value := range h.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(value, ",") {
			if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
				return true
			}
		}
	}
	return false
}

// body reads the request's body as JSON, whatever its Content-Type says, and
// lets read take from it what the operation needs.
func (c *call) body(read func(*payload.Value)) error {
	if Encoded(c.Header) {
		return errEncoded
	}
	if c.ContentLength > MaxBody {
		return errTooLarge
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.response, c.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errTooLarge
	case err != nil:
		return &bodyError{err}
	}
	c.consumed = true
	if c.end != nil {
		c.limit() // the time until now was the client's
	}
	var report payload.Report
	if v := payload.Parse(data, &report); v != nil {
		read(v)
		c.ignore(v.Unknown())
	}
	c.terms.Objection = report.Objection()
	return report.Err()
}

// ignore does with the members of a body that the operation doesn't know what
// the policy says.
func (c *call) ignore(unknown []*payload.Value) {
	if len(unknown) == 0 || c.api.UnknownFields == AcceptUnknown {
		return
	}
	c.response.Header().Set(ignoredHeader, payload.Names(unknown))
	if c.api.UnknownFields != RejectUnknown {
		return
	}
	for _, v := range unknown {
		v.RejectNew("is unknown here and would be ignored: check its spelling, or leave it out")
	}
}

// bodyError says that the body did not arrive: the connection was cut, or the
// client took too long.
type bodyError struct{ cause error }

func (e *bodyError) Error() string { return "the body did not arrive in full" }
func (e *bodyError) Unwrap() error { return e.cause }
