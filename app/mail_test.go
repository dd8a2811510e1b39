package app

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"comanda/pool"
)

// mailServer is a mail server of a few commands. It keeps the messages that it
// takes, and answers RCPT with refusal if that isn't "".
type mailServer struct {
	listener net.Listener
	refusal  string
	gate     chan struct{} // nil, or closed when it may greet
	mails    chan string
	commands chan string
	talks    sync.WaitGroup
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{listener: l, mails: make(chan string, 2*mailQueue), commands: make(chan string, 1000)}
	return s
}

// serve answers until the listener is closed at the end of the test.
func (s *mailServer) serve(t *testing.T) {
	s.talks.Go(func() {
		for {
			c, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.talks.Go(func() { s.talk(c) })
		}
	})
	t.Cleanup(func() {
		s.listener.Close()
		s.talks.Wait()
	})
}

func (s *mailServer) talk(c net.Conn) {
	defer c.Close()
	if s.gate != nil {
		s.commands <- "connected"
		<-s.gate
	}
	answer := func(text string) { fmt.Fprintf(c, "%s\r\n", text) }
	answer("220 mail.test ESMTP")
	for in := bufio.NewScanner(c); in.Scan(); {
		line := in.Text()
		s.commands <- line
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "EHLO":
			answer("250-mail.test\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN")
		case "AUTH":
			answer("235 welcome")
		case "RCPT":
			if s.refusal != "" {
				answer(s.refusal)
				continue
			}
			answer("250 ok")
		case "DATA":
			answer("354 go on")
			var text strings.Builder
			for in.Scan() && in.Text() != "." {
				text.WriteString(in.Text() + "\n")
			}
			s.mails <- text.String()
			answer("250 taken")
		case "QUIT":
			answer("221 bye")
			return
		default:
			answer("250 ok")
		}
	}
}

// mailerTo returns a mailer for the server, and what it logs.
func mailerTo(t *testing.T, s *mailServer) (*mailer, *syncBuffer) {
	t.Helper()
	r, err := parseRelay("smtp://shop:pass%2Fword@" + s.listener.Addr().String() + "?from=orders@example.com")
	if err != nil {
		t.Fatal(err)
	}
	log := &syncBuffer{}
	now := func() time.Time { return time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC) }
	m := newMailer(r, now, slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { m.close(context.Background()) })
	return m, log
}

// syncBuffer keeps what is written. It is safe for concurrent use.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// ana asks for a code of a sign-up, under a name that she has chosen.
var ana = pool.Message{
	Purpose: pool.PurposeSignUp, Email: "ana@example.com", Username: "https://evil.example/win", Code: "4711",
	Asked: time.Date(2026, 11, 3, 11, 59, 0, 0, time.UTC),
}

// forPurpose returns the message for another purpose.
func forPurpose(m pool.Message, p pool.Purpose) pool.Message {
	m.Purpose = p
	return m
}

func TestAMailSaysTheCodeWhatItIsForAndHowLongItIsGood(t *testing.T) {
	for purpose, want := range map[pool.Purpose][]string{
		pool.PurposeSignUp:     {"Subject: Your confirmation code\n", "\n    4711\n", "that was made on\n3 November 2026 at 11:59 UTC, with the password that was chosen then", "let somebody else in", "good for 24 hours"},
		pool.PurposeReset:      {"Subject: Your code for a new password\n", "\n    4711\n", "sets a new password", "signs out everybody", "good for 1 hour"},
		pool.PurposeInvitation: {"Subject: Your account for ordering\n", "\n    4711\n", "temporary password", "https://evil.example/win", "good for 7 days"},
	} {
		t.Run(string(purpose), func(t *testing.T) {
			s := newMailServer(t)
			s.serve(t)
			m, log := mailerTo(t, s)
			if err := m.SendCode(t.Context(), forPurpose(ana, purpose)); err != nil {
				t.Fatalf("SendCode: %v", err)
			}
			mail := <-s.mails
			for _, part := range append(want, "From: <orders@example.com>\n", "To: <ana@example.com>\n", "Date: Tue, 03 Nov 2026 12:00:00 +0000\n",
				"Auto-Submitted: auto-generated\n", "text/plain") {
				if !strings.Contains(mail, part) {
					t.Errorf("got mail\n%s\nwant %q in it", mail, part)
				}
			}
			if purpose != pool.PurposeInvitation && strings.Contains(mail, "evil") {
				t.Errorf("got mail\n%s\nwith the words of whoever asked for it", mail)
			}
			if err := m.close(t.Context()); err != nil || log.String() != "" {
				t.Errorf("close: error %v and log %s, want none", err, log)
			}
		})
	}
}

func TestTheMailServerIsToldWhoSends(t *testing.T) {
	s := newMailServer(t)
	s.serve(t)
	m, _ := mailerTo(t, s)
	if err := m.SendCode(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	if err := m.close(t.Context()); err != nil {
		t.Fatalf("close: %v", err)
	}
	close(s.commands)
	var all []string
	for c := range s.commands {
		all = append(all, c)
	}
	const credentials = "AUTH PLAIN AHNob3AAcGFzcy93b3Jk" // of shop and pass/word
	if text := strings.Join(all, "\n"); !strings.Contains(text, credentials) || !strings.Contains(text, "MAIL FROM:<orders@example.com>") {
		t.Errorf("got commands\n%s\nwant the sign-in and the sender", text)
	}
	if err := m.SendCode(t.Context(), ana); !errors.Is(err, errMailClosed) {
		t.Errorf("SendCode after close: got %v, want %v", err, errMailClosed)
	}
}

func TestAFailedDeliveryIsLoggedWithoutRecipientAndCode(t *testing.T) {
	refusing := newMailServer(t)
	refusing.refusal = "550 5.1.1 no mailbox ana@example.com here"
	refusing.serve(t)
	absent := newMailServer(t)
	absent.listener.Close()
	for want, s := range map[string]*mailServer{"RCPT TO command, answer 550 5.1.1": refusing, "connection refused": absent} {
		m, log := mailerTo(t, s)
		if err := m.SendCode(t.Context(), forPurpose(ana, pool.PurposeReset)); err != nil {
			t.Fatalf("SendCode: %v", err)
		}
		if err := m.close(t.Context()); err != nil {
			t.Fatalf("close: %v", err)
		}
		got := log.String()
		if !strings.Contains(got, want) || !strings.Contains(got, "purpose=reset") || strings.Count(got, "\n") != 1 {
			t.Errorf("got log %q, want one line with %q", got, want)
		}
		for _, secret := range []string{"ana", "4711", "pass/word", "pass%2Fword"} {
			if strings.Contains(got, secret) {
				t.Errorf("the log %q has %q", got, secret)
			}
		}
	}
}

func TestAMailServerThatIsNotTrustedGetsNoPassword(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate
	web.Close()
	s := newMailServer(t)
	s.listener = tls.NewListener(s.listener, web.TLS)
	s.serve(t)
	m, log := mailerTo(t, s)
	m.relay.tls = true
	if err := m.SendCode(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	if err := m.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); !strings.Contains(got, "certificate isn't trusted") || len(s.commands) > 0 {
		t.Errorf("got log %q and %d commands, want the certificate refused before any", got, len(s.commands))
	}
}

func TestARequestNeverWaitsForTheMailServer(t *testing.T) {
	s := newMailServer(t)
	s.gate = make(chan struct{})
	s.serve(t)
	m, _ := mailerTo(t, s)
	sent := 0
	var err error
	for ; err == nil; sent++ {
		err = m.SendCode(t.Context(), ana)
	}
	sent--
	if !errors.Is(err, errMailQueue) || sent < mailQueue || sent > mailQueue+mailWorkers {
		t.Errorf("got %d messages queued and then %v, want %d to %d and then %v", sent, err, mailQueue, mailQueue+mailWorkers, errMailQueue)
	}
	close(s.gate)
	if err := m.close(t.Context()); err != nil {
		t.Fatalf("close: %v", err)
	}
	if len(s.mails) != sent {
		t.Errorf("got %d mails when it answers again, want all %d", len(s.mails), sent)
	}
}

func TestClosingGivesUpOnAMailServerThatHangs(t *testing.T) {
	s := newMailServer(t)
	s.gate = make(chan struct{})
	s.serve(t)
	t.Cleanup(func() { close(s.gate) })
	m, log := mailerTo(t, s)
	if err := m.SendCode(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	<-s.commands
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.close(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(log.String(), "was not mailed") {
		t.Errorf("got error %v and log %q, want the context's and the message", err, log)
	}
}

func TestAddressesThatMailCannotGoToAreLoggedWithoutRepeatingThem(t *testing.T) {
	s := newMailServer(t)
	m, log := mailerTo(t, s)
	addresses := []string{"a(b@c", "a..b@c\"", "\"@x"}
	for _, address := range addresses {
		if err := m.SendCode(t.Context(), pool.Message{Email: address}); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := m.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := log.String()
	if strings.Count(got, errMailAddress.Error()) != len(addresses) {
		t.Errorf("got log %q, want %q for each of %d addresses", got, errMailAddress, len(addresses))
	}
	for _, address := range addresses {
		if strings.Contains(got, address[:3]) {
			t.Errorf("the log %q has the address %q", got, address)
		}
	}
}

func TestMailServersAreNamedByURL(t *testing.T) {
	for text, want := range map[string]relay{
		"smtp://127.0.0.1:2525?from=a@b.c":                {host: "127.0.0.1", port: 2525, from: "<a@b.c>"},
		"smtp://u:p%40w@mail.example.com?from=a@b.c":      {host: "mail.example.com", port: 587, user: "u", password: "p@w", from: "<a@b.c>"},
		"smtps://u:p@mail.example.com/?from=Shop+<a@b.c>": {host: "mail.example.com", port: 465, tls: true, user: "u", password: "p", from: `"Shop" <a@b.c>`},
	} {
		if got, err := parseRelay(text); err != nil || got != want {
			t.Errorf("%s: got %+v and error %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"mail.example.com", "http://u:secret@h?from=a@b.c", "smtp://u:secret@?from=a@b.c", "smtp://u:sec ret@h?from=a@b.c", "smtp://u:secret@h",
		"smtp://u:secret@h:99999?from=a@b.c", "smtp://u:secret@h:0?from=a@b.c", "smtp://u:secret@h?from=nobody", "smtp://u:secret@h/x?from=a@b.c", "smtp://u:secret%zz@h?from=a@b.c",
	} {
		s := Defaults()
		s.SMTP = text
		err := s.Validate()
		if err == nil || !strings.Contains(err.Error(), "--smtp: ") || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: got error %v, want one about --smtp without the password", text, err)
		}
	}
}

// unwanted fails the test when it is asked to send a code.
type unwanted struct{ t *testing.T }

func (u unwanted) SendCode(context.Context, pool.Message) error {
	u.t.Error("a code was sent another way, want mail alone")
	return nil
}

func TestCodesGoOutByMailWhenThereIsAMailServer(t *testing.T) {
	s := newMailServer(t)
	s.serve(t)
	h := newHouse(t, generations(t)[0])
	settings, config := Defaults(), h.config
	settings.SMTP = "smtp://" + s.listener.Addr().String() + "?from=orders@example.com"
	config.Settings, config.Codes = checked(t, settings), unwanted{t}
	a, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Pool.SignUp(t.Context(), pool.SignUpInput{Username: ana.Email, Password: "Correct-Horse-7"}); err != nil {
		t.Fatalf("SignUp: %v", err)
	}
	if err := a.Close(t.Context()); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if len(s.mails) != 1 || !strings.Contains(<-s.mails, "To: <ana@example.com>") {
		t.Error("the code didn't go out by mail before the server closed")
	}
}
