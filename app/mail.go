package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"comanda/pool"
)

const (
	mailQueue   = 64 // messages that wait at most
	mailWorkers = 4  // connections to the mail server at a time
)

var (
	errMailQueue   = errors.New("mail the code: the queue is full, the mail server is slower than the requests")
	errMailClosed  = errors.New("mail the code: the server is stopping")
	errMailAddress = errors.New("mail the code: the address can't be written to")
)

// mailer sends codes by mail. A request only queues its message: how fast the
// mail server is, and whether it answers, is seen in the log.
type mailer struct {
	relay  relay
	now    func() time.Time
	logger *slog.Logger
	cut    context.CancelFunc // ends deliveries under way
	ended  chan struct{}      // closed after the last delivery

	mu     sync.Mutex
	closed bool
	queue  chan pool.Message
}

// newMailer returns a mailer that delivers until it is closed.
func newMailer(r relay, now func() time.Time, logger *slog.Logger) *mailer {
	ctx, cut := context.WithCancel(context.Background())
	m := &mailer{relay: r, now: now, logger: logger, cut: cut, ended: make(chan struct{}), queue: make(chan pool.Message, mailQueue)}
	var workers sync.WaitGroup
	for range mailWorkers {
		workers.Go(func() { m.work(ctx) })
	}
	go func() {
		workers.Wait()
		close(m.ended)
	}()
	return m
}

// SendCode implements [comanda/pool.Sender]. It returns before the mail is written, and
// so quickly that its time doesn't tell whether a code was sent.
func (m *mailer) SendCode(_ context.Context, code pool.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errMailClosed
	}
	select {
	case m.queue <- code:
		return nil
	default:
		return errMailQueue
	}
}

func (m *mailer) work(ctx context.Context) {
	for code := range m.queue {
		message, err := m.compose(code)
		if err == nil {
			err = m.relay.deliver(ctx, message)
		}
		if err != nil {
			m.logger.Error("a code was not mailed", "purpose", string(code.Purpose), "error", reason(err))
		}
	}
}

// close sends what is queued, until ctx is done, and then gives up.
func (m *mailer) close(ctx context.Context) error {
	m.mu.Lock()
	if !m.closed {
		m.closed = true
		close(m.queue)
	}
	m.mu.Unlock()
	defer m.cut()
	select {
	case <-m.ended:
		return nil
	case <-ctx.Done():
		m.cut()
		<-m.ended
		return fmt.Errorf("mail did not leave in time and was given up: %w", ctx.Err())
	}
}

// compose writes the message in plain text.
func (m *mailer) compose(code pool.Message) (*mail.Msg, error) {
	message := mail.NewMsg()
	if err := message.From(m.relay.from); err != nil {
		return nil, errMailAddress
	}
	if err := message.To(code.Email); err != nil {
		return nil, errMailAddress // the library's error repeats the address
	}
	subject, body := wording(code)
	message.Subject(subject)
	message.SetDateWithValue(m.now())
	message.SetMessageID()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday notice answers
	message.SetBodyString(mail.TypeTextPlain, body)
	return message, nil
}

// wording returns what a message says: the code, what it does, and how long it is
// good. Nothing in it was written by the client that asked for the code: only an invitation, which
// an administrator sends, names the account.
func wording(m pool.Message) (subject, body string) {
	what := "code"
	var does string
	switch m.Purpose {
	case pool.PurposeInvitation:
		subject, what = "Your account for ordering", "temporary password"
		does = "An account was made for you, with the name " + m.Username + ". Sign in with this password and choose your own then."
	case pool.PurposeReset:
		subject = "Your code for a new password"
		does = "The code sets a new password for the account with this address,\nand signs out everybody who uses it.\n\n" +
			"If you didn't ask for it, do nothing, and give the code to nobody:\nthe account stays as it is."
	case pool.PurposeVerify:
		subject = "Your code for this address"
		does = "The code makes this address that of an account for ordering.\n\n" +
			"If it isn't your account, don't give the code to anybody."
	default:
		subject = "Your confirmation code"
		does = "The code confirms the account for this address that was made on\n" + m.Asked.UTC().Format("2 January 2006 at 15:04 UTC") +
			", with the password that was chosen then.\n\n" +
			"If it wasn't you who chose it, don't enter the code anywhere:\nit would let somebody else in under your address. " +
			"Without the code\nthe account is of no use to anybody."
	}
	return subject, fmt.Sprintf("Hello,\n\nyour %s is\n\n    %s\n\n%s\n\nThe %s is good for %s.\n", what, m.Code, does, what, period(m.Purpose.Validity()))
}

// period returns whole days or hours in words.
func period(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d > day && d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	case d == time.Hour:
		return "1 hour"
	default:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
}
