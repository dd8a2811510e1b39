package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones work on machines without zone data

	"comanda/api"
	"comanda/identity"
	"comanda/order"
	"comanda/pool"
)

// Settings is what can be set about a server. The zero value is not valid;
// begin with [Defaults].
type Settings struct {
	Listen        string   // HOST:PORT; port 0 takes a free one
	MetricsListen string   // HOST:PORT for Prometheus; "" for none
	MetricsToken  string   // bearer token that Prometheus has to send; "" for none, where only this machine or the proxies can ask
	PublicURL     string   // where clients reach the server, used at the first start for the issuer; "" for the default
	TLSCert       string   // PEM file; with TLSKey
	TLSKey        string   // PEM file; with TLSCert
	BehindProxy   []string // CIDRs of the proxies that may connect; plain HTTP is then allowed anywhere
	CORSOrigins   []string // exact origins of web pages that may call the API and sign people in, or *
	AdminGroup    string   // whose members are administrators
	TotalPolicy   string   // accept, flag or reject totals that aren't the sum of the items
	UnknownFields string   // accept, report or reject members of bodies that no operation knows
	Zone          string   // IANA name of the zone of the business day
	Currency      string   // ISO 4217 code of all amounts, shown in reports; "" for none
	LogLevel      string   // debug, info, warn or error
	LogFormat     string   // auto, text or json; auto is text on a terminal

	PasswordPolicy string // least length and kinds of characters, as [comanda/pool.ParsePolicy] reads it
	SignUp         string // open, or closed: only administrators create accounts then
	KeyRotation    string // age at which the signing key is replaced, 90d or 36h; 0 for never
	CodesPerSource int    // sign-ups and codes that one source may ask for in an hour; 0 for no limit
	SMTP           string // smtp:// or smtps:// URL of the mail server for codes, with its password; "" for none
}

// Values of [Settings].SignUp.
const (
	signUpOpen   = "open"
	signUpClosed = "closed"
)

// Defaults returns the settings of a server on a laptop.
func Defaults() Settings {
	return Settings{
		Listen: "127.0.0.1:8080", AdminGroup: "apiAdmins", TotalPolicy: string(order.AcceptTotal), UnknownFields: string(api.ReportUnknown),
		Zone: "UTC", LogLevel: "info", LogFormat: "auto", PasswordPolicy: pool.DefaultPolicy().String(), KeyRotation: "90d",
		SignUp: signUpOpen, CodesPerSource: 100,
	}
}

// Checked is settings that are good, with what was read from them.
type Checked struct {
	Settings
	Level slog.Level // of the log

	policy  pool.Policy
	keyAge  time.Duration // at which the signing key is replaced; 0: never
	relay   relay         // with SMTP
	zone    *time.Location
	proxies []netip.Prefix
}

// Validate returns the error of [Settings.Check].
func (s Settings) Validate() error {
	_, err := s.Check()
	return err
}

// Check reads the settings. Its error names every bad value, what is accepted, and
// the flag that sets it.
func (s Settings) Check() (Checked, error) {
	c := Checked{Settings: s}
	err := errors.Join(slices.Concat(s.checkAddresses(), c.readNetworks(), c.readWords(), c.readSignIn())...)
	return c, err
}

func (s Settings) checkAddresses() (errs []error) {
	bad := func(flag, value, format string, args ...any) {
		errs = append(errs, fmt.Errorf("--%s %q: %s", flag, value, fmt.Sprintf(format, args...)))
	}
	if err := checkAddress(s.Listen); err != nil {
		bad("listen", s.Listen, "%v", err)
	} else if !s.Loopback() && !s.shielded() {
		bad("listen", s.Listen, "plain HTTP on an address that others can reach would show tokens and passwords: "+
			"give --tls-cert and --tls-key, or --behind-proxy with the proxy's network, or listen on 127.0.0.1")
	}
	if s.MetricsListen != "" {
		if err := checkAddress(s.MetricsListen); err != nil {
			bad("metrics-listen", s.MetricsListen, "%v", err)
		} else if missing := s.metricsLack(); missing != "" {
			bad("metrics-listen", s.MetricsListen, "%s on an address that others can reach would show revenue and traffic to anybody: "+
				"give --metrics-token together with --tls-cert and --tls-key, or --behind-proxy with the network that asks, or listen on 127.0.0.1", missing)
		}
	}
	if n := len(s.MetricsToken); n > 0 && n < leastMetricsToken { // without the value: it is a secret
		errs = append(errs, fmt.Errorf("--metrics-token: %d characters are too few: give %d or more that can't be guessed", n, leastMetricsToken))
	}
	if u, err := url.Parse(s.PublicURL); s.PublicURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		bad("public-url", s.PublicURL, "must be a URL such as https://orders.example.com")
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		bad("tls-cert", s.TLSCert, "--tls-cert and --tls-key must be given together")
	}
	return errs
}

// metricsLack says what metrics lack to be shown at their address, or "".
func (s Settings) metricsLack() string {
	switch {
	case loopback(s.MetricsListen) || len(s.BehindProxy) > 0:
		return ""
	case s.TLSCert == "":
		return "plain HTTP"
	case s.MetricsToken == "":
		return "TLS without a token"
	}
	return ""
}

func (c *Checked) readNetworks() (errs []error) {
	for _, cidr := range c.BehindProxy {
		p, err := netip.ParsePrefix(cidr)
		if err != nil {
			errs = append(errs, fmt.Errorf("--behind-proxy %q: must be a network such as 10.0.0.0/8 or 192.0.2.7/32", cidr))
		}
		c.proxies = append(c.proxies, p)
	}
	for _, origin := range c.CORSOrigins {
		if u, err := url.Parse(origin); origin != "*" && (err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "") {
			errs = append(errs, fmt.Errorf("--cors-origin %q: must be an origin such as https://shop.example.com, or *", origin))
		}
	}
	return errs
}

func (c *Checked) readSignIn() (errs []error) {
	if c.CodesPerSource < 0 {
		errs = append(errs, fmt.Errorf("--codes-per-source \"%d\": must be a number of codes, or 0 for no limit", c.CodesPerSource))
	}
	var err error
	if c.policy, err = pool.ParsePolicy(c.PasswordPolicy); err != nil {
		errs = append(errs, fmt.Errorf("--password-policy %q: %w: give it as 8,upper,lower,digit,symbol", c.PasswordPolicy, err))
	}
	if c.keyAge, err = parseAge(c.KeyRotation); err != nil {
		errs = append(errs, fmt.Errorf("--key-rotation %q: %w", c.KeyRotation, err))
	}
	if c.SMTP != "" {
		if c.relay, err = parseRelay(c.SMTP); err != nil {
			errs = append(errs, fmt.Errorf("--smtp: %w", err)) // without the value: it has a password
		}
	}
	return errs
}

// parseAge reads days, as in 90d, or a duration of Go, as in 36h. 0 is none.
func parseAge(text string) (time.Duration, error) {
	age, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		age = time.Duration(min(n, 100_000)) * 24 * time.Hour
	}
	if err != nil || age != 0 && age < keyCheck {
		return 0, errors.New("must be an age of an hour or more, such as 90d or 36h, or 0 for never")
	}
	return age, nil
}

func (c *Checked) readWords() (errs []error) {
	oneOf := func(flag, value string, allowed ...string) {
		for _, a := range allowed {
			if value == a {
				return
			}
		}
		errs = append(errs, fmt.Errorf("--%s %q: must be one of %s", flag, value, strings.Join(allowed, ", ")))
	}
	oneOf("total-policy", c.TotalPolicy, string(order.AcceptTotal), string(order.FlagTotal), string(order.RejectTotal))
	oneOf("unknown-fields", c.UnknownFields, string(api.AcceptUnknown), string(api.ReportUnknown), string(api.RejectUnknown))
	oneOf("sign-up", c.SignUp, signUpOpen, signUpClosed)
	oneOf("log-level", c.LogLevel, "debug", "info", "warn", "error")
	_ = c.Level.UnmarshalText([]byte(c.LogLevel)) // which takes these four
	oneOf("log-format", c.LogFormat, "auto", "text", "json")
	if c.AdminGroup == "" || len(c.AdminGroup) > 128 || strings.ContainsAny(c.AdminGroup, " ,[]\"") {
		errs = append(errs, fmt.Errorf("--admin-group %q: must be 1 to 128 characters without spaces, commas, brackets or quotes", c.AdminGroup))
	}
	if c.Currency != "" && !currencyShape.MatchString(c.Currency) {
		errs = append(errs, fmt.Errorf("--currency %q: must be an ISO 4217 code such as EUR", c.Currency))
	}
	var err error
	if c.zone, err = loadZone(c.Zone); err != nil {
		errs = append(errs, fmt.Errorf("--zone %q: must be an IANA time zone such as Europe/Madrid", c.Zone))
	}
	return errs
}

// currencyShape is the form of a code; which ones exist changes over the years.
var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("no zone")
	}
	return time.LoadLocation(name)
}

// Loopback reports whether only this machine can reach the address.
func (s Settings) Loopback() bool { return loopback(s.Listen) }

// shielded reports whether an address that others can reach does TLS, or lets only
// some networks connect.
func (s Settings) shielded() bool { return s.TLSCert != "" || len(s.BehindProxy) > 0 }

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return errors.New("must be HOST:PORT, such as 127.0.0.1:8080")
	}
	if n, err := net.LookupPort("tcp", port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("port %q must be a number from 0 to 65535", port)
	}
	return nil
}

// Means says what a group of the user pool means here: that its members are administrators,
// or staff of a restaurant. "" is for one that means nothing.
func (s Settings) Means(group string) string {
	if group == s.AdminGroup {
		return "administrators"
	}
	if id, ok := strings.CutPrefix(group, identity.RestaurantGroupPrefix); ok {
		if _, err := order.ParseID(id, false); err == nil {
			return "staff of restaurant " + id
		}
	}
	return ""
}
