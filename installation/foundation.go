package installation

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"comanda/app"
	"comanda/engine"
	"comanda/keyset"
	"comanda/pool"
)

// Values of [Names].Identity.
const (
	Embedded = "embedded"
	Cognito  = "cognito"
)

// Names say what a server stands on, as people write it: where the records are, and
// where users sign in.
type Names struct {
	Store    string // as [engine.OfServer] reads it
	Identity string // embedded or cognito; "": what the rest implies
	UserPool string // id of the pool on Cognito
	Client   string // id of the pool's client
	Issuer   string // of the pool's tokens; "": Cognito's
}

// Foundation is what a server stands on.
type Foundation struct {
	Place engine.Place // of the records

	pool   *keyset.UserPool // on Cognito; nil: users sign in at the embedded pool
	client string           // of pool
	id     string           // of pool
}

// EndpointOfCognito is the SDKs' own setting for a stand-in.
const EndpointOfCognito = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"

// LocalShell says why AWS can't be reached from a shell that [Environment] was made for.
const LocalShell = "AWS_ACCESS_KEY_ID and " + EndpointOfCognito + " lead to a local server, as comanda env has set them: do this in another shell, where it hasn't"

// Check reads the names. Records in a data directory are in data. Its error names
// every bad value.
func (n Names) Check(data string) (Foundation, error) {
	place, err := engine.OfServer(n.Store, data)
	f := Foundation{Place: place}
	return f, errors.Join(err, n.checkIdentity(&f))
}

func (n Names) checkIdentity(f *Foundation) error {
	given := n.UserPool != "" || n.Client != "" || n.Issuer != ""
	kind := n.Identity
	switch {
	case kind == "" && given:
		kind = Cognito
	case kind == "" && f.Place != nil && f.Place.Traits().Shared:
		return fmt.Errorf("--store %q: where do users sign in? give --user-pool and --client of Amazon Cognito, or --identity embedded", n.Store)
	case kind == "":
		kind = Embedded
	}
	switch {
	case kind == Embedded && given:
		return errors.New("--identity embedded: excludes --user-pool, --client and --issuer: give the one or the others")
	case kind == Embedded:
		return nil
	case kind != Cognito:
		return fmt.Errorf("--identity %q: must be embedded or cognito", kind)
	case n.UserPool == "" || n.Client == "":
		return errors.New("--identity cognito: needs --user-pool and --client, the ids of the user pool and of its client")
	}
	if pool.IsLocal(os.Getenv("AWS_ACCESS_KEY_ID")) && os.Getenv(EndpointOfCognito) != "" && !strings.HasPrefix(n.UserPool, "local_") {
		return fmt.Errorf("--user-pool %q: %s", n.UserPool, LocalShell)
	}
	found, err := keyset.Cognito(n.UserPool, os.Getenv(EndpointOfCognito))
	if err != nil {
		return fmt.Errorf("--user-pool: %w", err)
	}
	if n.Issuer != "" {
		found.Issuer = strings.TrimRight(n.Issuer, "/")
		if os.Getenv(EndpointOfCognito) == "" {
			found.KeysURL = found.Issuer + "/.well-known/jwks.json"
		}
	}
	f.pool, f.client, f.id = &found, n.Client, n.UserPool
	return nil
}

// remote returns the user pool on Cognito, nil when it is the embedded one.
func (f Foundation) remote(logger *slog.Logger) (*app.Remote, error) {
	if f.pool == nil {
		return nil, nil
	}
	keys, err := keyset.New(keyset.Options{URL: f.pool.KeysURL, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("--issuer: %w", err)
	}
	return &app.Remote{Issuer: f.pool.Issuer, ClientID: f.client, Keys: keys}, nil
}

// SettingError says that a setting doesn't suit the installation.
type SettingError struct{ Reason string }

// Error names the flag, its value, and what to do.
func (e *SettingError) Error() string { return e.Reason }

// checkPublicURL refuses an address that would have no effect: it is in the keys since
// they were made, as tokens have to name the same issuer for ever.
func (f Foundation) checkPublicURL(keys pool.Keys, publicURL string) error {
	if f.pool != nil && publicURL != "" {
		return &SettingError{fmt.Sprintf("--public-url %q: has no effect, since users sign in at Amazon Cognito and its tokens name Cognito: leave it away", publicURL)}
	}
	return SameIssuer(keys, publicURL)
}

// SameIssuer refuses a public URL that the keys weren't made for; "" is good for all.
func SameIssuer(keys pool.Keys, publicURL string) error {
	stored := strings.TrimSuffix(keys.Issuer, "/"+keys.PoolID)
	if publicURL == "" || strings.TrimRight(publicURL, "/") == stored {
		return nil
	}
	return &SettingError{fmt.Sprintf("--public-url %q: tokens of this data directory name %q since its first start, and clients rely on that: give --public-url %s, or leave it away",
		publicURL, stored, stored)}
}
