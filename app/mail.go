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
	queue  chan letter
}

// letter is a message with what the log may say about it.
type letter struct {
	message *mail.Msg
	purpose pool.Purpose
}

// newMailer returns a mailer that delivers until it is closed.
func newMailer(r relay, now func() time.Time, logger *slog.Logger) *mailer {
	ctx, cut := context.WithCancel(context.Background())
	m := &mailer{relay: r, now: now, logger: logger, cut: cut, ended: make(chan struct{}), queue: make(chan letter, mailQueue)}
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

// SendCode implements [comanda/pool.Sender]. It returns before the mail is sent.
func (m *mailer) SendCode(_ context.Context, to pool.Destination, purpose pool.Purpose, code string) error {
	message, err := m.compose(to, purpose, code)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errMailClosed
	}
	select {
	case m.queue <- letter{message, purpose}:
		return nil
	default:
		return errMailQueue
	}
}

func (m *mailer) work(ctx context.Context) {
	for l := range m.queue {
		if err := m.relay.deliver(ctx, l.message); err != nil {
			m.logger.Error("a code was not mailed", "purpose", string(l.purpose), "error", reason(err))
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
func (m *mailer) compose(to pool.Destination, purpose pool.Purpose, code string) (*mail.Msg, error) {
	message := mail.NewMsg()
	if err := message.From(m.relay.from); err != nil {
		return nil, errMailAddress
	}
	if err := message.To(to.Email); err != nil {
		return nil, errMailAddress // the library's error repeats the address
	}
	subject, body := wording(to.Username, purpose, code)
	message.Subject(subject)
	message.SetDateWithValue(m.now())
	message.SetMessageID()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday notice answers
	message.SetBodyString(mail.TypeTextPlain, body)
	return message, nil
}

// wording returns what a message says: the code, what it is for, and how long it
// is good.
func wording(username string, purpose pool.Purpose, code string) (subject, body string) {
	var what, use string
	switch purpose {
	case pool.PurposeInvitation:
		subject, what = "Your account for ordering", "temporary password"
		use = "An account was made for you. Sign in with this password and choose your own then."
	case pool.PurposeReset:
		subject, what = "Your code for a new password", "code"
		use = "Somebody, most likely you, has forgotten the password of this account. The code lets you choose another."
	default:
		subject, what = "Your confirmation code", "code"
		use = "The code confirms that this address is yours, so that you can sign in."
	}
	body = fmt.Sprintf("Hello,\n\nyour %s is\n\n    %s\n\n%s\n\nAccount: %s\nThe %s is good for %s. If you didn't expect this mail, do nothing; nobody can use the account without the %s.\n",
		what, code, use, username, what, period(purpose.Validity()), what)
	return subject, body
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
