package main

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

const metricsToken = "Bearer of-the-metrics-42"

// TestMetricsForOthersNeedTLSAndATokenOrANetwork asks for them on every address: in TLS with
// the server's certificate and a token, and in plain HTTP for this machine and listed networks.
func TestMetricsForOthersNeedTLSAndATokenOrANetwork(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	data := newData(t)
	for name, tt := range map[string]struct {
		settings []string
		scheme   string
	}{
		"TLS":             {[]string{"--metrics-listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key, "--metrics-token", strings.TrimPrefix(metricsToken, "Bearer ")}, "https"},
		"TLS for the API": {[]string{"--metrics-listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key}, "http"},
		"a network":       {[]string{"--metrics-listen", "0.0.0.0:0", "--behind-proxy", "192.0.2.0/24"}, "http"},
	} {
		s := serve(t, data, tt.settings...)
		_, text, _ := strings.Cut(s.welcome, "Metrics")
		at := strings.Fields(text)
		if len(at) == 0 || !strings.HasPrefix(at[0], tt.scheme+"://") || !strings.HasSuffix(at[0], "/metrics") {
			t.Fatalf("%s: got the welcome %q, want %s://…/metrics in it", name, s.welcome, tt.scheme)
		}
		if tt.scheme == "https" {
			for _, wrong := range []string{"", "Bearer wrong", strings.TrimPrefix(metricsToken, "Bearer ")} {
				if got, err := ask(t, at[0], wrong); err == nil || err.Error() != "401 Unauthorized" || strings.Contains(got, "Order") {
					t.Errorf("%s with %q: got %.200q, %v, want 401 and no metrics", name, wrong, got, err)
				}
			}
		}
		got, err := ask(t, at[0], metricsToken)
		if err != nil || !strings.Contains(got, "go_goroutines") && !strings.Contains(got, "comanda_") {
			t.Errorf("%s: got %.200q, %v, want metrics", name, got, err)
		}
		s.stop()
	}
}

// ask gets an address, which may do TLS by a certificate of a test's own.
func ask(t *testing.T, url, authorization string) (string, error) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		err = errors.Join(err, errors.New(resp.Status))
	}
	return string(text), errors.Join(err, resp.Body.Close())
}
