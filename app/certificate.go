package app

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificateCheck is how long a pair that was exchanged on the disk may wait for a
// client that connects.
const certificateCheck = time.Second

// Tell says which certificate the server shows, in DER, and which one it showed
// before, if some connections may still get that. Without TLS both are nil.
type Tell func(certificate, previous []byte) error

// certificate is the pair that the server shows. Whatever renews it writes to the
// same files, and a connection that comes later finds the new one: the files are read
// again, at most once a second, so there is nothing to restart and no client is cut off. A pair
// that is no good is logged once, and the one in use goes on.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	logger            *slog.Logger
	inUse             atomic.Pointer[tls.Certificate]

	mu      sync.Mutex // held while the files are looked at
	checked time.Time
	read    [2][]byte // what the files held last, good or not
	problem string    // that was logged last
	tell    Tell      // nil: it isn't told
}

// openCertificate reads a pair, which has to be good.
func openCertificate(certFile, keyFile string, now func() time.Time, logger *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now, logger: logger, checked: now()}
	read, pair, err := c.load()
	if err != nil {
		return nil, fmt.Errorf("--tls-cert %s, --tls-key %s: %w", certFile, keyFile, err)
	}
	c.read = read
	c.inUse.Store(pair)
	return c, nil
}

func (c *certificate) load() (read [2][]byte, pair *tls.Certificate, err error) {
	if read[0], err = os.ReadFile(c.certFile); err != nil {
		return read, nil, err
	}
	if read[1], err = os.ReadFile(c.keyFile); err != nil {
		return read, nil, err
	}
	p, err := tls.X509KeyPair(read[0], read[1])
	return read, &p, err
}

// config returns what a listener needs.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c.mu.TryLock() { // otherwise another handshake is looking already
				c.look(false)
				c.mu.Unlock()
			}
			return c.inUse.Load(), nil
		},
	}
}

// reload looks at the files now.
func (c *certificate) reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look(true)
}

// look takes what the files hold, if that is another pair than before and a good one.
func (c *certificate) look(now bool) {
	at := c.now()
	if !now && at.Sub(c.checked).Abs() < certificateCheck {
		return
	}
	c.checked = at
	read, pair, err := c.load()
	same := bytes.Equal(read[0], c.read[0]) && bytes.Equal(read[1], c.read[1])
	switch {
	case err != nil:
		if c.read = read; err.Error() != c.problem {
			c.logger.Error("the certificate on the disk is not used, and the one before goes on", "certificate", c.certFile, "key", c.keyFile, "error", err.Error())
		}
		c.problem = err.Error()
	case !same || c.problem != "" || now:
		c.read, c.problem = read, ""
		c.exchange(pair)
	}
}

// exchange shows another certificate from now on. Commands on this machine are told
// of both before, so that none of them meets one that it doesn't know, and afterwards
// that the old one isn't shown any more.
func (c *certificate) exchange(pair *tls.Certificate) {
	old := c.inUse.Load()
	if bytes.Equal(old.Certificate[0], pair.Certificate[0]) {
		c.inUse.Store(pair) // its chain may be another one
		c.say(pair.Leaf.Raw, nil)
		return
	}
	c.say(pair.Leaf.Raw, old.Leaf.Raw)
	c.inUse.Store(pair)
	c.say(pair.Leaf.Raw, nil)
	c.logger.Info("the certificate was exchanged", "certificate", c.certFile, "expires", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
}

// say tells of the certificate. A failure stops no exchange: clients are worth more
// than commands.
func (c *certificate) say(shown, before []byte) {
	if c.tell == nil {
		return
	}
	if err := c.tell(shown, before); err != nil {
		c.logger.Error("commands on this machine don't learn of the new certificate: send SIGHUP when this is mended", "error", err.Error())
	}
}

// announce has tell called, now and whenever the certificate changes.
func (c *certificate) announce(tell Tell) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell = tell
	return tell(c.inUse.Load().Leaf.Raw, nil)
}

// quiet ends what announce began.
func (c *certificate) quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell = nil
}

// Announce has tell called with the certificate that the started server shows, now and
// whenever that changes, until the App is closed.
func (a *App) Announce(tell Tell) error {
	if a.certificate == nil {
		return tell(nil, nil)
	}
	return a.certificate.announce(tell)
}

// ReloadCertificate reads the certificate's files now, and uses what they hold if it
// is good. A server without TLS has nothing to read.
func (a *App) ReloadCertificate() {
	if a.certificate != nil {
		a.certificate.reload()
	}
}

// openCertificate reads the certificate of a server that does TLS.
func (a *App) openCertificate() (err error) {
	s := a.config.Settings
	if s.TLSCert == "" {
		return nil
	}
	a.certificate, err = openCertificate(s.TLSCert, s.TLSKey, a.config.Now, a.config.Logger)
	return err
}
