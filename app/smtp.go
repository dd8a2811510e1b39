package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

const (
	submissionPort    = 587 // RFC 6409: TLS by STARTTLS
	submissionTLSPort = 465 // RFC 8314: TLS from the beginning
	mailTimeout       = 30 * time.Second
)

// relay is the mail server that takes our mail, as --smtp names it.
type relay struct {
	host           string
	port           int
	tls            bool // from the beginning, instead of by STARTTLS
	user, password string
	from           string
}

// parseRelay reads smtp://user:password@host:port?from=address. Its errors never
// repeat the text, which has a password in it.
func parseRelay(text string) (relay, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return relay{}, errors.New("must be a URL such as smtp://user:password@mail.example.com:587?from=orders@example.com, " +
			"with special characters of the password percent-encoded")
	}
	r := relay{host: u.Hostname(), port: submissionPort, tls: u.Scheme == "smtps", user: u.User.Username()}
	r.password, _ = u.User.Password()
	if r.tls {
		r.port = submissionTLSPort
	}
	if p := u.Port(); p != "" {
		if r.port, err = strconv.Atoi(p); err != nil || r.port < 1 || r.port > 65535 {
			return relay{}, errors.New("the port must be a number from 1 to 65535")
		}
	}
	sender, err := netmail.ParseAddress(u.Query().Get("from"))
	if err != nil {
		return relay{}, errors.New("from must be the address that mail comes from: ?from=orders@example.com")
	}
	r.from = sender.String()
	return r, nil
}

// loopback reports whether the relay is on this machine, where the connection
// needs no TLS. Anywhere else it must have it.
func (r relay) loopback() bool {
	ip, err := netip.ParseAddr(r.host)
	return r.host == "localhost" || err == nil && ip.IsLoopback()
}

func (r relay) options() []mail.Option {
	options := []mail.Option{mail.WithPort(r.port), mail.WithTimeout(mailTimeout)}
	authentication := mail.SMTPAuthAutoDiscover
	switch {
	case r.tls:
		options = append(options, mail.WithSSL())
	case r.loopback():
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
		authentication = mail.SMTPAuthPlain
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if r.user != "" {
		options = append(options, mail.WithSMTPAuth(authentication), mail.WithUsername(r.user), mail.WithPassword(r.password))
	}
	return options
}

// deliver hands one message to the relay. The connection is closed when ctx is
// done, which the library looks at between the steps only.
func (r relay) deliver(ctx context.Context, m *mail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		c, err := r.dialer().DialContext(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = c.Close() }) // whatever it says, no caller waits for it any more
		}
		return c, err
	}
	client, err := mail.NewClient(r.host, append(r.options(), mail.WithDialContextFunc(dial))...)
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, m)
}

// dialer is what both kinds of dialers of the standard library are.
type dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

func (r relay) dialer() dialer {
	if r.tls {
		return &tls.Dialer{Config: &tls.Config{ServerName: r.host, MinVersion: tls.VersionTLS12}}
	}
	return &net.Dialer{}
}

// reason says why mail wasn't delivered, in words that can be logged: a relay's
// own words often repeat the recipient.
func reason(err error) string {
	var (
		refused *mail.SendError
		answer  *textproto.Error
		network *net.OpError
		unknown *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, errMailAddress):
		return errMailAddress.Error()
	case errors.As(err, &refused):
		return strings.TrimSpace(fmt.Sprintf("%s, answer %d %s", refused.Reason, refused.ErrorCode(), refused.EnhancedStatusCode()))
	case errors.As(err, &answer):
		return fmt.Sprintf("the mail server answered %d", answer.Code)
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return "the mail server did not answer in time"
	case errors.As(err, &unknown):
		return "the mail server's certificate isn't trusted or isn't for its name"
	case errors.As(err, &network):
		return network.Error()
	case errors.Is(err, mail.ErrNoSupportedAuthDiscovered):
		return "the mail server offers no way to sign in that is safe on this connection"
	default:
		return "the mail server can't be used as --smtp says: check its name, TLS and sign-in"
	}
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}
