package acceptance

import (
	"strings"
	"testing"

	"comanda/app"
)

func TestSettingsNameEveryBadValueAtOnce(t *testing.T) {
	for _, x := range []struct {
		name string
		set  func(*app.Settings)
		want []string // flags that the error names, with their values
	}{
		{"defaults", func(*app.Settings) {}, nil},
		{"any free port", func(s *app.Settings) { s.Listen = "localhost:0" }, nil},
		{"IPv6", func(s *app.Settings) { s.Listen = "[::1]:8080" }, nil},
		{"no port", func(s *app.Settings) { s.Listen = "127.0.0.1" }, []string{`--listen "127.0.0.1"`}},
		{"a port beyond the last", func(s *app.Settings) { s.Listen = "127.0.0.1:65536" }, []string{"--listen"}},
		{"plain HTTP for everybody", func(s *app.Settings) { s.Listen = ":8080" }, []string{"--tls-cert"}},
		{"plain HTTP on another address", func(s *app.Settings) { s.Listen = "192.0.2.1:80" }, []string{"--behind-proxy"}},
		{"metrics for this machine", func(s *app.Settings) { s.MetricsListen = "127.0.0.1:9090" }, nil},
		{"metrics for everybody", func(s *app.Settings) { s.MetricsListen = "0.0.0.0:9090" }, []string{`--metrics-listen "0.0.0.0:9090"`, "--tls-cert", "--behind-proxy"}},
		{"metrics for everybody with TLS", func(s *app.Settings) { s.MetricsListen, s.TLSCert, s.TLSKey = ":9090", "c.pem", "k.pem" }, []string{`--metrics-listen ":9090": TLS without a token`, "--metrics-token"}},
		{"metrics with TLS and a token", func(s *app.Settings) {
			s.MetricsListen, s.TLSCert, s.TLSKey, s.MetricsToken = ":9090", "c.pem", "k.pem", "0123456789abcdef"
		}, nil},
		{"a metrics token that can be guessed", func(s *app.Settings) { s.MetricsToken = "0123456789abcde" }, []string{"--metrics-token: 15 characters"}},
		{"codes below none", func(s *app.Settings) { s.CodesPerSource = -1 }, []string{`--codes-per-source "-1"`}},
		{"metrics for a network", func(s *app.Settings) { s.MetricsListen, s.BehindProxy = ":9090", []string{"10.0.0.0/8"} }, nil},
		{"TLS for everybody", func(s *app.Settings) { s.Listen, s.TLSCert, s.TLSKey = ":443", "c.pem", "k.pem" }, nil},
		{"a proxy before it", func(s *app.Settings) { s.Listen, s.BehindProxy = ":8080", []string{"10.0.0.0/8", "::1/128"} }, nil},
		{"an address as proxy", func(s *app.Settings) { s.Listen, s.BehindProxy = ":8080", []string{"10.0.0.1"} }, []string{`--behind-proxy "10.0.0.1"`}},
		{"a certificate without key", func(s *app.Settings) { s.TLSCert = "c.pem" }, []string{"--tls-cert"}},
		{"a key without certificate", func(s *app.Settings) { s.TLSKey = "k.pem" }, []string{"--tls-key"}},
		{"a public URL without scheme", func(s *app.Settings) { s.PublicURL = "orders.example.com" }, []string{"--public-url"}},
		{"a public URL of another scheme", func(s *app.Settings) { s.PublicURL = "ftp://orders.example.com" }, []string{"--public-url"}},
		{"origins", func(s *app.Settings) { s.CORSOrigins = []string{"*", "https://a.example", "http://localhost:3000"} }, nil},
		{"an origin with a path", func(s *app.Settings) { s.CORSOrigins = []string{"https://a.example/"} }, []string{`--cors-origin "https://a.example/"`}},
		{"an origin without scheme", func(s *app.Settings) { s.CORSOrigins = []string{"a.example"} }, []string{"--cors-origin"}},
		{"an empty group", func(s *app.Settings) { s.AdminGroup = "" }, []string{"--admin-group"}},
		{"a group with a space", func(s *app.Settings) { s.AdminGroup = "api admins" }, []string{"--admin-group"}},
		{"an unknown policy", func(s *app.Settings) { s.TotalPolicy = "maybe" }, []string{`--total-policy "maybe"`}},
		{"an unknown policy for unknown fields", func(s *app.Settings) { s.UnknownFields = "warn" }, []string{`--unknown-fields "warn": must be one of accept, report, reject`}},
		{"sign-up for no one else", func(s *app.Settings) { s.SignUp = "closed" }, nil},
		{"an unknown word for sign-up", func(s *app.Settings) { s.SignUp = "off" }, []string{`--sign-up "off": must be one of open, closed`}},
		{"an unknown zone", func(s *app.Settings) { s.Zone = "Mars/Base" }, []string{`--zone "Mars/Base"`}},
		{"the zone of the machine", func(s *app.Settings) { s.Zone = "Local" }, []string{"--zone"}},
		{"a zone", func(s *app.Settings) { s.Zone = "Europe/Madrid" }, nil},
		{"everything", func(s *app.Settings) {
			*s = app.Settings{Listen: "x", MetricsListen: "y", PublicURL: "z", TLSCert: "c", BehindProxy: []string{"p", "q"}, CORSOrigins: []string{"o"}, LogLevel: "loud", LogFormat: "xml"}
		}, []string{`--listen "x"`, `--metrics-listen "y"`, `--public-url "z"`, "--tls-cert", `--behind-proxy "p"`, `--behind-proxy "q"`, `--cors-origin "o"`,
			"--admin-group", "--total-policy", "--unknown-fields", "--sign-up", "--zone", `--log-level "loud"`, `--log-format "xml"`}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := app.Defaults()
			x.set(&s)
			err := s.Validate()
			if (err == nil) != (x.want == nil) {
				t.Fatalf("got %v, want an error that names %v", err, x.want)
			}
			for _, w := range x.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("got %v, want it to name %s", err, w)
				}
			}
		})
	}
}
