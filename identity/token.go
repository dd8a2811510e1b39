package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// parse verifies signature and claims of a token.
func (v *Verifier) parse(ctx context.Context, token string, now time.Time) (*entry, error) {
	claims := jwt.MapClaims{}
	parsed, err := v.parser.ParseWithClaims(token, claims, v.keyFunc(ctx))
	if err != nil {
		return nil, refusal(parsed, err)
	}
	expires, err := v.checkClaims(Claims(claims), now)
	if err != nil {
		return nil, err
	}
	principal, err := FromClaims(claims, v.config.AdminGroup)
	if err != nil {
		return nil, err
	}
	generation, ok := Claims(claims).Integer(ClaimGeneration)
	if _, present := claims[ClaimGeneration]; present && !ok {
		return nil, &UnauthenticatedError{Reason: ReasonMalformed}
	}
	kid, _ := parsed.Header["kid"].(string) // keyFunc has found the key of it
	return &entry{
		principal:  principal,
		expires:    expires.UnixMilli(),
		originJTI:  Claims(claims).Text(ClaimOriginJTI),
		generation: generation,
		kid:        kid,
	}, nil
}

// keyFunc finds the key that a token's header names. A header with "crit" asks
// for extensions that aren't understood here and must be refused (RFC 7515
// section 4.1.11).
func (v *Verifier) keyFunc(ctx context.Context) jwt.Keyfunc {
	return func(t *jwt.Token) (any, error) {
		if _, ok := t.Header["crit"]; ok {
			return nil, &UnauthenticatedError{Reason: ReasonMalformed}
		}
		kid, ok := t.Header["kid"].(string)
		if !ok || kid == "" {
			return nil, &UnauthenticatedError{Reason: ReasonKey}
		}
		key, err := v.config.Keys.Key(ctx, kid)
		if errors.Is(err, ErrUnknownKey) {
			return nil, &UnauthenticatedError{Reason: ReasonKey}
		}
		if err != nil {
			return nil, &keyError{err}
		}
		return key, nil
	}
}

// keyError carries a failure of the key source through the parser.
type keyError struct{ err error }

func (e *keyError) Error() string { return fmt.Sprintf("find the signing key of a token: %v", e.err) }
func (e *keyError) Unwrap() error { return e.err }

// refusal turns the parser's error into ours. The parser's own text can quote
// the token and goes no further.
func refusal(parsed *jwt.Token, err error) error {
	var (
		refused *UnauthenticatedError
		failed  *keyError
	)
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &failed):
		return failed
	case errors.Is(err, jwt.ErrTokenMalformed):
		return &UnauthenticatedError{Reason: ReasonMalformed}
	case parsed.Method == nil || parsed.Method.Alg() != jwt.SigningMethodRS256.Name:
		return &UnauthenticatedError{Reason: ReasonAlgorithm}
	default:
		return &UnauthenticatedError{Reason: ReasonSignature}
	}
}

// checkClaims checks everything that doesn't depend on the user, and returns
// when the token expires.
func (v *Verifier) checkClaims(c Claims, now time.Time) (time.Time, error) {
	refuse := func(r Reason) (time.Time, error) { return time.Time{}, &UnauthenticatedError{Reason: r} }
	switch {
	case c.Text(ClaimIssuer) != v.config.Issuer:
		return refuse(ReasonIssuer)
	case c.Text(ClaimTokenUse) != tokenUseID: // before the audience, which an access token hasn't
		return refuse(ReasonTokenUse)
	case !c.hasAudience(v.config.ClientID):
		return refuse(ReasonAudience)
	}
	expires, present, valid := c.Time(ClaimExpires)
	if !present || !valid {
		return refuse(ReasonMalformed)
	}
	if !now.Before(expires) {
		return refuse(ReasonExpired)
	}
	for _, name := range []string{ClaimNotBefore, ClaimIssuedAt} {
		t, present, valid := c.Time(name)
		if !valid {
			return refuse(ReasonMalformed)
		}
		if present && t.After(now.Add(Leeway)) {
			return refuse(ReasonNotYetValid)
		}
	}
	return expires, nil
}
