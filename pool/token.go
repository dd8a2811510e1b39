package pool

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"comanda/identity"
)

const (
	useID     = "id"
	useAccess = "access"

	claimClientID = "client_id"
	// accessScope allows a user to call the operations on oneself.
	accessScope = "aws.cognito.signin.user.admin"

	// maxClaims keeps an ID token, which is the claims and a signature of 256
	// bytes in base64, under identity.MaxToken.
	maxClaims = 5 << 10
)

// Tokens are the answer to a sign-in or a refresh.
type Tokens struct {
	ID        string        // says who the user is: the credential of the API
	Access    string        // allows operations on oneself, here in the pool
	Refresh   string        // opaque; "" in the answer to a refresh
	ExpiresIn time.Duration // of ID and access token
}

// issue signs the tokens of a session for a user as it is now.
func (p *Pool) issue(u user, s session, refresh string) (Tokens, error) {
	now := p.now()
	event := uuid.NewString()
	id, err := p.sign(p.idClaims(u, s, now, event))
	if err != nil {
		return Tokens{}, err
	}
	access, err := p.sign(p.accessClaims(u, s, now, event))
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{ID: id, Access: access, Refresh: refresh, ExpiresIn: p.config.TokenTTL}, nil
}

func (p *Pool) sign(claims jwt.MapClaims) (string, error) {
	by := signer(*p.signing.Load(), p.now())
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = by.id
	text, err := token.SignedString(by.key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return text, nil
}

// commonClaims are in both tokens.
func (p *Pool) commonClaims(u user, s session, now time.Time, event string) jwt.MapClaims {
	claims := jwt.MapClaims{
		identity.ClaimSubject:    u.Sub,
		identity.ClaimIssuer:     p.Issuer(),
		identity.ClaimOriginJTI:  s.OriginJTI,
		identity.ClaimGeneration: u.Generation,
		identity.ClaimIssuedAt:   now.Unix(),
		identity.ClaimExpires:    now.Add(p.config.TokenTTL).Unix(),
		"event_id":               event,
		"auth_time":              s.AuthTime / 1000,
		"jti":                    uuid.NewString(),
	}
	if len(u.Groups) > 0 {
		claims[identity.ClaimGroups] = u.Groups
	}
	return claims
}

func (p *Pool) idClaims(u user, s session, now time.Time, event string) jwt.MapClaims {
	claims := p.commonClaims(u, s, now, event)
	claims[identity.ClaimTokenUse] = useID
	claims[identity.ClaimAudience] = p.ClientID()
	claims[identity.ClaimUsername] = u.Username
	for _, attribute := range []string{identity.ClaimName, identity.ClaimEmail, identity.ClaimComandaID} {
		if v := u.Attributes[attribute]; v != "" {
			claims[attribute] = v
		}
	}
	if u.Attributes[attributeEmail] != "" {
		claims[attributeEmailVerified] = u.Attributes[attributeEmailVerified] == "true"
	}
	return claims
}

func (p *Pool) accessClaims(u user, s session, now time.Time, event string) jwt.MapClaims {
	claims := p.commonClaims(u, s, now, event)
	claims[identity.ClaimTokenUse] = useAccess
	claims[claimClientID] = p.ClientID()
	claims["username"] = u.Username
	claims["scope"] = accessScope
	return claims
}

// checkTokenSize refuses groups and attributes that would make a token too long
// to be accepted, which would lock the user out.
func (p *Pool) checkTokenSize(u user) error {
	claims, err := json.Marshal(p.idClaims(u, session{OriginJTI: uuid.NewString()}, p.now(), uuid.NewString()))
	if err != nil {
		return fmt.Errorf("encode claims: %w", err)
	}
	if len(claims) > maxClaims {
		return &Error{CodeLimitExceeded, "The user's attributes and groups are too long together for a token."}
	}
	return nil
}

// Key implements identity.KeySource from memory.
func (p *Pool) Key(_ context.Context, kid string) (*rsa.PublicKey, error) {
	for _, k := range *p.signing.Load() {
		if k.id == kid {
			return &k.key.PublicKey, nil
		}
	}
	return nil, identity.ErrUnknownKey
}

// lineage says which tokens a token belongs to.
type lineage struct {
	originJTI  string // sign-in that it descends from
	generation int64  // of the user when it was issued
}

// accessToken verifies an access token and returns its user, as it is now, and
// where the token comes from.
func (p *Pool) accessToken(ctx context.Context, text string) (user, lineage, error) {
	sub, t, err := p.parseAccessToken(ctx, text)
	if err != nil {
		return user{}, t, err
	}
	err = p.Live(ctx, sub, t.originJTI, t.generation)
	if errors.Is(err, identity.ErrRevoked) {
		return user{}, t, notAuthorized(messageRevokedAccess)
	}
	if err != nil {
		return user{}, t, err
	}
	u, _, err := p.getUser(ctx, sub)
	return u, t, err
}

// parseAccessToken verifies what an access token says of itself.
func (p *Pool) parseAccessToken(ctx context.Context, text string) (sub string, t lineage, err error) {
	invalid := notAuthorized("Invalid Access Token")
	if len(text) > identity.MaxToken {
		return "", t, invalid
	}
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		return p.Key(ctx, kid)
	}, jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Name}), jwt.WithIssuer(p.Issuer()),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(p.now), jwt.WithStrictDecoding())
	if errors.Is(err, jwt.ErrTokenExpired) {
		return "", t, notAuthorized("Access Token has expired")
	}
	c := identity.Claims(claims)
	generation, ok := c.Integer(identity.ClaimGeneration)
	if err != nil || !ok || c.Text(identity.ClaimTokenUse) != useAccess || c.Text(claimClientID) != p.ClientID() {
		return "", t, invalid
	}
	return c.Text(identity.ClaimSubject), lineage{c.Text(identity.ClaimOriginJTI), generation}, nil
}
