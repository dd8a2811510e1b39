package installation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"comanda/pool"
	"comanda/terminal"
)

// Environment is what clients of one server need in their environment: this program,
// the AWS CLI and AWS SDKs.
type Environment struct {
	set   [][2]string
	unset []string
}

// FindEnvironment returns the environment for the server of a data directory, with its
// absolute path. When no process serves the directory, the error is [ErrNoServer], and the
// environment is good for a server at the address that tokens name.
func FindEnvironment(ctx context.Context, data string) (Environment, error) {
	keys, err := Keys(data)
	if err != nil {
		return Environment{}, err
	}
	server, err := Find(ctx, data)
	if err != nil && !errors.Is(err, ErrNoServer) {
		return Environment{}, err
	}
	base := server.URL
	if err != nil || server.TLS && strings.HasPrefix(keys.Issuer, "https://") {
		base = strings.TrimSuffix(keys.Issuer, "/"+keys.PoolID) // with TLS a name in the certificate, for other programs
	}
	return NewEnvironment(base, Absolute(data), keys), err
}

// NewEnvironment returns the environment for the server at base, which has a data
// directory with keys. It holds the secret key that administers the user pool.
func NewEnvironment(base, data string, keys pool.Keys) Environment {
	return Environment{
		set: [][2]string{
			{"COMANDA_URL", base},
			{"COMANDA_DATA", data},
			{"COMANDA_USER_POOL_ID", keys.PoolID},
			{"COMANDA_CLIENT_ID", keys.ClientID},
			{"COMANDA_TOKEN_ISSUER", keys.Issuer},
			{"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", base},
			{"AWS_ACCESS_KEY_ID", keys.AccessKeyID},
			{"AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey},
			{"AWS_REGION", keys.Region},         // where the SDKs for JavaScript and Java look
			{"AWS_DEFAULT_REGION", keys.Region}, // and the AWS CLI
		},
		// What would be taken in place of the variables above, or doesn't go with them.
		unset: []string{
			"AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
			"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
		},
	}
}

// URL returns where the server answers.
func (e Environment) URL() string { return e.set[0][1] }

// Variables returns what is set, by name.
func (e Environment) Variables() map[string]string {
	out := map[string]string{}
	for _, s := range e.set {
		out[s[0]] = s[1]
	}
	return out
}

// Replaced returns the variables of AWS in this process that e changes or takes away, apart
// from what an earlier e has set.
func (e Environment) Replaced() (names []string) {
	if pool.IsLocal(os.Getenv("AWS_ACCESS_KEY_ID")) {
		return nil
	}
	for _, s := range e.set {
		if old := os.Getenv(s[0]); strings.HasPrefix(s[0], "AWS_") && old != "" && old != s[1] {
			names = append(names, s[0])
		}
	}
	for _, name := range e.unset {
		if os.Getenv(name) != "" {
			names = append(names, name)
		}
	}
	return names
}

// Shell returns lines for eval in a POSIX shell.
func (e Environment) Shell() string {
	var b strings.Builder
	for _, s := range e.set {
		fmt.Fprintf(&b, "export %s=%s\n", s[0], terminal.Quote(s[1]))
	}
	fmt.Fprintf(&b, "unset %s\n", strings.Join(e.unset, " "))
	return b.String()
}

// Environ returns the environment of this process with e in it.
func (e Environment) Environ() []string {
	gone := slices.Clone(e.unset)
	for _, s := range e.set {
		gone = append(gone, s[0])
	}
	out := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(gone, name)
	})
	for _, s := range e.set {
		out = append(out, s[0]+"="+s[1])
	}
	return out
}
