package identity

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// MaxToken is the longest token in bytes that is looked at. API Gateway
	// accepts headers of 10 KiB together.
	MaxToken = 8 << 10

	// Leeway is how far nbf and iat may lie in the future, for clocks that
	// disagree. Expiry has none.
	Leeway = 30 * time.Second

	defaultCacheSize = 16384
	tokenUseID       = "id"
)

// KeySource knows the public keys that tokens may be signed with.
type KeySource interface {
	// Key returns the key with this id, or [ErrUnknownKey]. Any other error says
	// that the keys couldn't be had, and isn't the token's fault.
	Key(ctx context.Context, kid string) (*rsa.PublicKey, error)
}

// Sessions knows which tokens ended before they expired.
//
// Asking about each request would cost it a read or two of the store, and
// revocations are rare. So there is a number for each user, the epoch, that changes
// whenever a token of that user was revoked. A verified token is
// remembered together with the epoch read before it was last found live, and is
// good without a look-up for as long as the epoch is the same; when it has
// changed, Live is asked once more. A revocation that has been answered is
// therefore seen by the next request, and costs one look-up for each token that the user uses.
type Sessions interface {
	// Epoch returns the current epoch of a subject. Subjects may share one: then the
	// tokens of one are looked up when another's change. It also changes when a key
	// of the [KeySource] has ended. It is called for every request and must not block.
	Epoch(subject string) uint64

	// Live returns nil when a token of this subject, sign-in and generation is
	// still good, [ErrRevoked] when it isn't, and any other error when that
	// couldn't be found out.
	Live(ctx context.Context, subject, originJTI string, generation int64) error
}

// Config describes the tokens that a [Verifier] accepts.
type Config struct {
	Issuer     string    // exact value of iss
	ClientID   string    // value that aud must be or contain
	AdminGroup string    // group whose members are administrators; "" for none
	Keys       KeySource // required
	Sessions   Sessions  // nil: tokens are good until they expire

	Now       func() time.Time // nil: time.Now
	CacheSize int              // tokens to remember; 0: 16384
}

// Verifier authenticates callers by their ID token. It is safe for concurrent use.
type Verifier struct {
	config Config
	parser *jwt.Parser
	cache  *cache
}

// NewVerifier returns a verifier, or an error that names what config lacks.
func NewVerifier(config Config) (*Verifier, error) {
	switch {
	case config.Issuer == "":
		return nil, errors.New("token verifier: issuer is empty, give the user pool's issuer URL")
	case config.ClientID == "":
		return nil, errors.New("token verifier: client id is empty, give the user pool client's id")
	case config.Keys == nil:
		return nil, errors.New("token verifier: no source of signing keys is given")
	case config.CacheSize < 0:
		return nil, fmt.Errorf("token verifier: cache size %d is negative", config.CacheSize)
	}
	if config.CacheSize == 0 {
		config.CacheSize = defaultCacheSize
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Verifier{
		config: config,
		// Claims are checked by checkClaims, so that each refusal has its reason
		// and leeway doesn't extend to expiry.
		parser: jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Name}),
			jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation()),
		cache: newCache(config.CacheSize),
	}, nil
}

// Verify returns the caller named by the value of an Authorization header: an ID
// token, alone or after "Bearer ". A refusal matches [ErrUnauthenticated] and is
// an [*UnauthenticatedError]; other errors come from the key source or the sessions.
func (v *Verifier) Verify(ctx context.Context, authorizationHeader string) (Principal, error) {
	token := bearer(authorizationHeader)
	switch {
	case token == "":
		return Principal{}, &UnauthenticatedError{Reason: ReasonMissing}
	case len(token) > MaxToken:
		return Principal{}, &UnauthenticatedError{Reason: ReasonTooLong}
	}
	key := hashToken(token)
	now := v.config.Now()
	e := v.cache.get(&key)
	if e == nil {
		return v.admit(ctx, token, key, now)
	}
	if e.expires <= now.UnixMilli() {
		v.cache.remove(e)
		return Principal{}, &UnauthenticatedError{Reason: ReasonExpired}
	}
	if err := v.checkSession(ctx, e); err != nil {
		return Principal{}, err
	}
	return e.principal, nil
}

// admit verifies a token that isn't in the cache and puts it there.
func (v *Verifier) admit(ctx context.Context, token string, key tokenKey, now time.Time) (Principal, error) {
	e, err := v.parse(ctx, token, now)
	if err != nil {
		return Principal{}, err
	}
	e.key = key
	if v.config.Sessions != nil {
		if err := v.askLive(ctx, e, v.config.Sessions.Epoch(e.principal.Subject)); err != nil {
			return Principal{}, err
		}
	}
	v.cache.put(e, now.UnixMilli())
	return e.principal, nil
}

// checkSession finds out whether a remembered token has been revoked since.
func (v *Verifier) checkSession(ctx context.Context, e *entry) error {
	if v.config.Sessions == nil {
		return nil
	}
	epoch := v.config.Sessions.Epoch(e.principal.Subject)
	if e.epoch.Load() == epoch {
		return nil
	}
	err := v.askLive(ctx, e, epoch)
	if errors.Is(err, ErrUnauthenticated) {
		v.cache.remove(e)
	}
	return err
}

// askLive asks about e and remembers the epoch, which was read before asking: a
// revocation in between changes it again, and the next request asks anew. A key that
// was ended takes its tokens with it.
func (v *Verifier) askLive(ctx context.Context, e *entry, epoch uint64) error {
	if _, err := v.config.Keys.Key(ctx, e.kid); errors.Is(err, ErrUnknownKey) {
		return &UnauthenticatedError{Reason: ReasonKey}
	} else if err != nil {
		return &keyError{err}
	}
	err := v.config.Sessions.Live(ctx, e.principal.Subject, e.originJTI, e.generation)
	switch {
	case errors.Is(err, ErrRevoked):
		return &UnauthenticatedError{Reason: ReasonRevoked}
	case err != nil:
		return fmt.Errorf("check the session of a token: %w", err)
	}
	e.epoch.Store(epoch)
	return nil
}

// bearer returns the token of an Authorization header, with or without the
// scheme, which RFC 9110 section 11.1 makes case-insensitive.
func bearer(header string) string {
	const scheme = "bearer"
	header = strings.TrimSpace(header)
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return header
	}
	rest := header[len(scheme):]
	if rest == "" || rest[0] == ' ' || rest[0] == '\t' {
		return strings.TrimSpace(rest)
	}
	return header
}
