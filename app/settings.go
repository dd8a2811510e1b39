package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones work on machines without zone data

	"comanda/api"
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
	KeyRotation    string // age at which the signing key is replaced, 90d or 36h; 0 for never
	CodesPerSource int    // sign-ups and codes that one source may ask for in an hour; 0 for no limit
	SMTP           string // smtp:// or smtps:// URL of the mail server for codes, with its password; "" for none
}

// Defaults returns the settings of a server on a laptop.
func Defaults() Settings {
	return Settings{
		Listen: "127.0.0.1:8080", AdminGroup: "apiAdmins", TotalPolicy: string(order.AcceptTotal), UnknownFields: string(api.ReportUnknown),
		Zone: "UTC", LogLevel: "info", LogFormat: "auto", PasswordPolicy: pool.DefaultPolicy().String(), KeyRotation: "90d",
		CodesPerSource: 100,
	}
}

// Validate returns one error that names every bad value, what is accepted, and
// the flag that sets it.
func (s Settings) Validate() error {
	var errs []error
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
	for _, cidr := range s.BehindProxy {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			bad("behind-proxy", cidr, "must be a network such as 10.0.0.0/8 or 192.0.2.7/32")
		}
	}
	for _, origin := range s.CORSOrigins {
		if u, err := url.Parse(origin); origin != "*" && (err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "") {
			bad("cors-origin", origin, "must be an origin such as https://shop.example.com, or *")
		}
	}
	errs = append(errs, s.validateWords()...)
	return errors.Join(append(errs, s.validateSignIn()...)...)
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

func (s Settings) validateSignIn() (errs []error) {
	if s.CodesPerSource < 0 {
		errs = append(errs, fmt.Errorf("--codes-per-source \"%d\": must be a number of codes, or 0 for no limit", s.CodesPerSource))
	}
	if _, err := pool.ParsePolicy(s.PasswordPolicy); err != nil {
		errs = append(errs, fmt.Errorf("--password-policy %q: %w: give it as 8,upper,lower,digit,symbol", s.PasswordPolicy, err))
	}
	if _, err := parseAge(s.KeyRotation); err != nil {
		errs = append(errs, fmt.Errorf("--key-rotation %q: %w", s.KeyRotation, err))
	}
	if s.SMTP != "" {
		if _, err := parseRelay(s.SMTP); err != nil {
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

// keyAge returns KeyRotation as a duration.
func (s Settings) keyAge() time.Duration {
	age, err := parseAge(s.KeyRotation)
	if err != nil {
		return 0 // Validate has refused everything else
	}
	return age
}

func (s Settings) validateWords() (errs []error) {
	oneOf := func(flag, value string, allowed ...string) {
		for _, a := range allowed {
			if value == a {
				return
			}
		}
		errs = append(errs, fmt.Errorf("--%s %q: must be one of %s", flag, value, strings.Join(allowed, ", ")))
	}
	oneOf("total-policy", s.TotalPolicy, string(order.AcceptTotal), string(order.FlagTotal), string(order.RejectTotal))
	oneOf("unknown-fields", s.UnknownFields, string(api.AcceptUnknown), string(api.ReportUnknown), string(api.RejectUnknown))
	oneOf("log-level", s.LogLevel, "debug", "info", "warn", "error")
	oneOf("log-format", s.LogFormat, "auto", "text", "json")
	if s.AdminGroup == "" || len(s.AdminGroup) > 128 || strings.ContainsAny(s.AdminGroup, " ,[]\"") {
		errs = append(errs, fmt.Errorf("--admin-group %q: must be 1 to 128 characters without spaces, commas, brackets or quotes", s.AdminGroup))
	}
	if s.Currency != "" && !currencyShape.MatchString(s.Currency) {
		errs = append(errs, fmt.Errorf("--currency %q: must be an ISO 4217 code such as EUR", s.Currency))
	}
	if _, err := loadZone(s.Zone); err != nil {
		errs = append(errs, fmt.Errorf("--zone %q: must be an IANA time zone such as Europe/Madrid", s.Zone))
	}
	return errs
}

// currencyShape is the form of a code; which ones exist changes over the years.
var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

// location returns the zone of the business day.
func (s Settings) location() *time.Location {
	zone, err := loadZone(s.Zone)
	if err != nil {
		return time.UTC // Validate has refused everything else
	}
	return zone
}

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("no zone")
	}
	return time.LoadLocation(name)
}

// Level returns the log level.
func (s Settings) Level() slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(s.LogLevel)); err != nil {
		return slog.LevelInfo // Validate has refused everything else
	}
	return l
}

// Loopback reports whether only this machine can reach the address.
func (s Settings) Loopback() bool { return loopback(s.Listen) }

// proxies returns the networks of BehindProxy.
func (s Settings) proxies() []netip.Prefix {
	var proxies []netip.Prefix
	for _, cidr := range s.BehindProxy {
		if p, err := netip.ParsePrefix(cidr); err == nil { // Validate has seen them
			proxies = append(proxies, p)
		}
	}
	return proxies
}

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
