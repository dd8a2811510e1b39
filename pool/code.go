package pool

import (
	"context"
	"crypto/hmac"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	codeDigits   = 6
	maxCodeTries = 5
)

// Purpose says what a code is for, so that the sender can word the message.
type Purpose string

// The purposes of codes.
const (
	PurposeSignUp     Purpose = "sign-up"    // confirms an account and its e-mail address
	PurposeInvitation Purpose = "invitation" // the code is a temporary password
	PurposeReset      Purpose = "reset"      // sets another password in place of a forgotten one
)

// Validity returns how long a code of this purpose is good.
func (p Purpose) Validity() time.Duration {
	switch p {
	case PurposeInvitation:
		return 7 * 24 * time.Hour
	case PurposeReset:
		return time.Hour
	default:
		return 24 * time.Hour
	}
}

// Destination is where a code goes.
type Destination struct {
	Email    string
	Username string // that the recipient signs in with
}

// Sender delivers codes. It must not log them, and its errors, which are logged,
// must not name the recipient.
type Sender interface {
	SendCode(ctx context.Context, to Destination, purpose Purpose, code string) error
}

// CodeDelivery says where a code went, with most of the address hidden.
type CodeDelivery struct {
	Destination string // a***@e***
	Medium      string // EMAIL
	Attribute   string // email
}

// newCode returns a code in clear, and what is stored of it.
func (p *Pool) newCode(sub string, purpose Purpose) (string, *code) {
	text := randomText(codeDigits, digits)
	return text, &code{Purpose: purpose, MAC: p.codeMAC(sub, purpose, text), Expires: p.now().Add(purpose.Validity()).UnixMilli()}
}

func (p *Pool) codeMAC(sub string, purpose Purpose, text string) []byte {
	return p.seal.mac("code", sub, string(purpose), text)
}

// useCode takes a code away from u if text is it. A wrong one is counted, and
// after five the code is of no use; the caller stores u in either case. refused
// says why text isn't the code.
func (p *Pool) useCode(u *user, purpose Purpose, text string) (refused error) {
	c := u.Code
	switch {
	case c == nil || c.Purpose != purpose || p.now().UnixMilli() >= c.Expires:
		return &Error{CodeExpiredCode, messageExpiredCode}
	case c.Tries >= maxCodeTries:
		return &Error{CodeTooManyFailedAttempts, "Too many wrong codes, please request a code again."}
	case !hmac.Equal(c.MAC, p.codeMAC(u.Sub, purpose, text)):
		c.Tries++
		return &Error{CodeCodeMismatch, messageInvalidCode}
	}
	u.Code = nil
	return nil
}

// send gives a code to the sender, if there is one and the user has an address.
// The account is stored already, so a failure is answered and can be repeated.
func (p *Pool) send(ctx context.Context, u user, purpose Purpose, text string) (*CodeDelivery, error) {
	email := u.Attributes[attributeEmail]
	if email == "" {
		return nil, nil
	}
	delivery := &CodeDelivery{Destination: maskEmail(email), Medium: "EMAIL", Attribute: attributeEmail}
	if p.config.Sender == nil {
		return delivery, nil
	}
	if err := p.config.Sender.SendCode(ctx, Destination{Email: email, Username: u.Login}, purpose, text); err != nil {
		return nil, &deliveryError{Error{CodeCodeDeliveryFailure, "The code could not be delivered."}, err}
	}
	return delivery, nil
}

// deliveryError is an answer to the caller that also has the sender's error, for
// the log.
type deliveryError struct {
	answer Error
	cause  error
}

func (e *deliveryError) Error() string   { return e.answer.Error() + " " + e.cause.Error() }
func (e *deliveryError) Unwrap() []error { return []error{&e.answer, e.cause} }

// maskEmail leaves the first characters of an address and of its domain.
func maskEmail(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	return firstRune(local) + "***@" + firstRune(domain) + "***"
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}
