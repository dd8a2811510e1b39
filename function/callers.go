package function

import (
	"context"
	"strconv"
	"time"

	"comanda/identity"
)

// A REST API hands on what its authorizer has found out, in
// requestContext.authorizer: a Cognito authorizer the claims of the token, a TOKEN
// authorizer what it answered as its context. Nothing else says who is
// calling. A client can send any header; it can't send this.

type authorizerKey struct{}

func withAuthorizer(ctx context.Context, found map[string]any) context.Context {
	return context.WithValue(ctx, authorizerKey{}, found)
}

// contextKeys are the keys of our TOKEN authorizer's context, for the claims
// that are handed on. Values of a context are text, numbers and truths, and keys
// with a colon in them aren't what everything between here and there expects.
var contextKeys = []struct{ key, claim string }{
	{"sub", identity.ClaimSubject},
	{"username", identity.ClaimUsername},
	{"groups", identity.ClaimGroups},
	{"name", identity.ClaimName},
	{"email", identity.ClaimEmail},
	{"emailVerified", identity.ClaimEmailVerified},
	{"comandaId", identity.ClaimComandaID},
	{"tokenUse", identity.ClaimTokenUse},
	{"expires", identity.ClaimExpires},
}

// callers is an [api.Authenticator] that believes the gateway.
type callers struct {
	adminGroup string
	now        func() time.Time
}

// Verify returns the caller that the request's authorizer has found. The header
// isn't looked at.
func (c callers) Verify(ctx context.Context, _ string) (identity.Principal, error) {
	found, ok := ctx.Value(authorizerKey{}).(map[string]any)
	if !ok || len(found) == 0 {
		return identity.Principal{}, &identity.UnauthenticatedError{Reason: identity.ReasonMissing}
	}
	claims, ok := found["claims"].(map[string]any)
	if !ok {
		claims = claimsOfContext(found)
	}
	if use, _ := claims[identity.ClaimTokenUse].(string); use != "" && use != "id" {
		return identity.Principal{}, &identity.UnauthenticatedError{Reason: identity.ReasonTokenUse}
	}
	if c.expired(claims[identity.ClaimExpires]) {
		return identity.Principal{}, &identity.UnauthenticatedError{Reason: identity.ReasonExpired}
	}
	return identity.FromClaims(claims, c.adminGroup)
}

// expired reports whether the time of a claim in seconds since 1970 has passed.
// The gateway keeps a TOKEN authorizer's answer for minutes, so the
// token may have expired since. A Cognito authorizer looks at each token itself and renders
// the time for people; that isn't looked at.
func (c callers) expired(claim any) bool {
	text, _ := claim.(string)
	if number, ok := claim.(float64); ok {
		text = strconv.FormatFloat(number, 'f', 0, 64)
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return err == nil && c.now().Unix() >= seconds
}

func claimsOfContext(found map[string]any) map[string]any {
	claims := map[string]any{}
	for _, k := range contextKeys {
		if v, ok := found[k.key]; ok {
			claims[k.claim] = v
		}
	}
	return claims
}
