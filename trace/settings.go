package trace

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The variables that [Open] needs one of. The second is for traces alone, and is
// used as it is, without /v1/traces after it.
const (
	endpointVariable       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	tracesEndpointVariable = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
)

// environment returns a variable as the SDK reads it.
func environment(name string) string { return strings.TrimSpace(os.Getenv(name)) }

// configured reports whether the environment asks for traces.
func configured() bool {
	return environment(endpointVariable)+environment(tracesEndpointVariable) != "" &&
		!strings.EqualFold(environment("OTEL_SDK_DISABLED"), "true") &&
		!strings.EqualFold(environment("OTEL_TRACES_EXPORTER"), "none")
}

// Validate returns one error that names every variable whose value can't be used, with
// the remedy. The SDK would go on without such a value and say so in passing, secrets
// included. Without a collector nothing is looked at.
func Validate() error {
	if !configured() {
		return nil
	}
	errs := []error{
		checkEndpoint(endpointVariable), checkEndpoint(tracesEndpointVariable),
		checkWord("OTEL_TRACES_EXPORTER", "otlp", "none"),
		checkSampler(), checkPairs("OTEL_RESOURCE_ATTRIBUTES"),
	}
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"} {
		errs = append(errs,
			checkWord(prefix+"PROTOCOL", "http/protobuf", "http/json"),
			checkWord(prefix+"COMPRESSION", "gzip", "none"),
			checkNumber(prefix+"TIMEOUT"), checkPairs(prefix+"HEADERS"), checkFiles(prefix))
	}
	for _, name := range []string{"SCHEDULE_DELAY", "EXPORT_TIMEOUT", "MAX_QUEUE_SIZE", "MAX_EXPORT_BATCH_SIZE"} {
		errs = append(errs, checkNumber("OTEL_BSP_"+name))
	}
	return errors.Join(errs...)
}

// checkEndpoint refuses what isn't a URL, and what the exporter would leave out of it.
func checkEndpoint(name string) error {
	value := environment(name)
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%s %q: must be the URL of a collector, such as http://127.0.0.1:4318", name, withoutSecrets(value))
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s %q: must have no user, password, query or fragment: credentials go into OTEL_EXPORTER_OTLP_HEADERS as name=value",
			name, withoutSecrets(value))
	}
	return nil
}

// withoutSecrets returns a URL, or what was meant to be one, without what is often secret in it.
func withoutSecrets(text string) string {
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i+1] + "***"
	}
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		text = "***" + text[i:]
	}
	return text
}

func checkWord(name string, allowed ...string) error {
	if value := environment(name); value != "" && !slices.Contains(allowed, value) {
		return fmt.Errorf("%s %q: must be one of %s", name, value, strings.Join(allowed, ", "))
	}
	return nil
}

// checkNumber refuses what the SDK would not read, and a queue of no size.
func checkNumber(name string) error {
	const most = 1 << 30
	value := environment(name)
	if n, err := strconv.Atoi(value); value != "" && (err != nil || n < 1 || n > most) {
		return fmt.Errorf("%s %q: must be a whole number from 1 to %d; times are in milliseconds", name, value, most)
	}
	return nil
}

// checkPairs never repeats the value: headers have credentials in them.
func checkPairs(name string) error {
	value := environment(name)
	if value == "" {
		return nil
	}
	for pair := range strings.SplitSeq(value, ",") {
		key, text, found := strings.Cut(pair, "=")
		_, err := url.PathUnescape(text)
		if key = strings.TrimSpace(key); !found || key == "" || strings.ContainsFunc(key, notInName) || err != nil {
			return fmt.Errorf("%s: must be name=value, with a comma between two of them, and special characters of values percent-encoded", name)
		}
	}
	return nil
}

// notInName reports whether a character can't be in the name of a header (RFC 9110,
// section 5.6.2).
func notInName(c rune) bool {
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

// samplers are the ones of the SDK.
var samplers = []string{
	"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
}

func checkSampler() error {
	const name, argument = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
	sampler := environment(name)
	if sampler != "" && !slices.Contains(samplers, strings.ToLower(sampler)) {
		return fmt.Errorf("%s %q: must be one of %s", name, sampler, strings.Join(samplers, ", "))
	}
	value := environment(argument)
	if ratio, err := strconv.ParseFloat(value, 64); value != "" && strings.HasSuffix(sampler, "ratio") && (err != nil || !(ratio >= 0 && ratio <= 1)) {
		return fmt.Errorf("%s %q: must be the share of traces to record, from 0 to 1", argument, value)
	}
	return nil
}

// checkFiles reads the certificates that connections to the collector are made with.
func checkFiles(prefix string) error {
	var errs []error
	if file := environment(prefix + "CERTIFICATE"); file != "" {
		text, err := os.ReadFile(file)
		if err == nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
			err = errors.New("there is no certificate in it")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%sCERTIFICATE %q: must be a PEM file of certificates: %w", prefix, file, err))
		}
	}
	certificate, key := environment(prefix+"CLIENT_CERTIFICATE"), environment(prefix+"CLIENT_KEY")
	if certificate+key != "" {
		if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
			errs = append(errs, fmt.Errorf("%[1]sCLIENT_CERTIFICATE %[2]q, %[1]sCLIENT_KEY %[3]q: must be PEM files that belong together: %[4]w", prefix, certificate, key, err))
		}
	}
	return errors.Join(errs...)
}
