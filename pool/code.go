package pool

import (
	"context"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"comanda/identity"
)

const codeDigits = 6

// Purpose says what a code is for, so that the sender can word the message.
type Purpose string

// The purposes of codes.
const (
	PurposeSignUp     Purpose = "sign-up"    // confirms an account and its e-mail address
	PurposeInvitation Purpose = "invitation" // the code is a temporary password
	PurposeReset      Purpose = "reset"      // sets another password in place of a forgotten one
	PurposeVerify     Purpose = "verify"     // proves another e-mail address of an account
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

// Message is a code on its way to its recipient.
type Message struct {
	Purpose  Purpose
	Email    string    // where it goes
	Username string    // that the recipient signs in with; of a sign-up, chosen by the caller who signed up
	Code     string    // six digits, or a temporary password
	Asked    time.Time // when the password was chosen that the code of a sign-up confirms
}

// Sender delivers codes. It must not log them, and its errors, which are logged,
// must not name the recipient. It must not show the username of a sign-up or a
// reset to the recipient: strangers choose it, and would write mail in our name.
type Sender interface {
	SendCode(ctx context.Context, m Message) error
}

// CodeDelivery says where a code went, with most of the address hidden.
type CodeDelivery struct {
	Destination string // a***@e***
	Medium      string // EMAIL
	Attribute   string // email
}

// newCode returns a code that is good for what binding says.
func (p *Pool) newCode(purpose Purpose, binding string) *code {
	return p.sealCode(purpose, binding, randomText(codeDigits, digits))
}

func (p *Pool) sealCode(purpose Purpose, binding, text string) *code {
	return &code{
		Purpose: purpose, Sealed: p.seal.seal([]byte(text), string(purpose)+" "+binding),
		Expires: p.now().Add(purpose.Validity()).UnixMilli(),
	}
}

// renewCode returns the code that is to be sent when one is asked for again: the same
// one for half of its life, so that a stranger who asks for another doesn't take the
// code away that its owner is about to use.
func (p *Pool) renewCode(c *code, purpose Purpose, binding string) *code {
	if p.codeText(c, binding) == "" || p.now().Add(purpose.Validity()/2).UnixMilli() >= c.Expires {
		return p.newCode(purpose, binding)
	}
	return c
}

// codeText returns the text of a code, or "" when it isn't good for what binding
// says, or not any longer.
func (p *Pool) codeText(c *code, binding string) string {
	if !p.live(c) {
		return ""
	}
	text, err := p.seal.open(c.Sealed, string(c.Purpose)+" "+binding)
	if err != nil {
		return ""
	}
	return string(text)
}

func (p *Pool) live(c *code) bool { return c != nil && p.now().UnixMilli() < c.Expires }

// isCode reports whether text is the code c of the user with this sub.
func (p *Pool) isCode(c *code, sub, binding, text string) bool {
	if p.live(c) && len(c.MAC) > 0 { // of an earlier release
		return hmac.Equal(c.MAC, p.seal.mac("code", sub, string(c.Purpose), text))
	}
	want := p.codeText(c, binding)
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(text)) == 1
}

// codeBinding is what a code is good for: one account, with the address that it was
// sent to and the password that it confirms or replaces. When one of them is
// another, the code is of no use.
func codeBinding(sub string, attributes map[string]string, stored *password) string {
	salt := ""
	if stored != nil {
		salt = hex.EncodeToString(stored.Salt)
	}
	return strings.Join([]string{sub, salt, identity.Fold(attributes[attributeEmail])}, " ")
}

// send gives a code to the sender, if there is one and the message has an address.
// The code is stored already, so a failure is answered and can be repeated.
func (p *Pool) send(ctx context.Context, m Message) (*CodeDelivery, error) {
	if m.Email == "" {
		return nil, nil
	}
	delivery := &CodeDelivery{Destination: maskEmail(m.Email), Medium: "EMAIL", Attribute: attributeEmail}
	if p.config.Sender == nil {
		return delivery, nil
	}
	if err := p.config.Sender.SendCode(ctx, m); err != nil {
		return nil, &causedError{Error{CodeCodeDeliveryFailure, "The code could not be delivered."}, err}
	}
	return delivery, nil
}

// maskEmail leaves the first characters of an address and of its domain.
func maskEmail(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	return firstRune(local) + "***@" + firstRune(domain) + "***"
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}
