package pool

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"time"

	"github.com/google/uuid"

	"comanda/identity"
	"comanda/storage"
)

const (
	refreshSecretBytes = 32
	refreshBytes       = 16 + 16 + refreshSecretBytes
	pruneSessions      = 20 // expired sessions removed by one sign-in
)

// refreshToken is a refresh token in parts. The token is the two ids and the
// secret in URL-safe base64: the ids find the session record, and only a hash of
// the secret is stored there.
type refreshToken struct {
	sub, originJTI uuid.UUID
	secret         [refreshSecretBytes]byte
}

func newRefreshToken(sub, originJTI string) (refreshToken, error) {
	var (
		t   refreshToken
		err error
	)
	if t.sub, err = uuid.Parse(sub); err != nil {
		return t, err
	}
	if t.originJTI, err = uuid.Parse(originJTI); err != nil {
		return t, err
	}
	copy(t.secret[:], randomBytes(refreshSecretBytes))
	return t, nil
}

func (t refreshToken) text() string {
	b := make([]byte, 0, refreshBytes)
	b = append(b, t.sub[:]...)
	b = append(b, t.originJTI[:]...)
	return base64.RawURLEncoding.EncodeToString(append(b, t.secret[:]...))
}

func (t refreshToken) hash() []byte {
	h := sha256.Sum256(t.secret[:])
	return h[:]
}

func parseRefreshToken(text string) (refreshToken, bool) {
	var t refreshToken
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != refreshBytes {
		return t, false
	}
	copy(t.sub[:], b)
	copy(t.originJTI[:], b[16:])
	copy(t.secret[:], b[32:])
	return t, true
}

// beginSession stores a session of a user who has just proved a password, and
// returns its refresh token. The user is read again in the same commit, and
// must be of the generation that the proof was made for: a password that was
// changed in between doesn't open a session. A sign-in whose originJTI was used
// before is refused, which is what makes a challenge work once.
func (p *Pool) beginSession(ctx context.Context, sub string, generation int64, originJTI string) (user, session, string, error) {
	var (
		u user
		s session
	)
	token, err := newRefreshToken(sub, originJTI)
	if err != nil {
		return u, s, "", err
	}
	err = p.commit(ctx, func() (storage.Commit, error) {
		var checked storage.Record
		u, checked, err = p.getUser(ctx, sub)
		if errors.Is(err, userNotFound()) || err == nil && (u.Generation != generation || u.Disabled) {
			return storage.Commit{}, notAuthorized(messageIncorrectSignIn)
		}
		if err != nil {
			return storage.Commit{}, err
		}
		c := storage.Commit{Checks: []storage.Record{checked}}
		s, err = p.openSession(ctx, &c, u, token)
		return c, err
	})
	return u, s, token.text(), err
}

// openSession adds to c a new session of u, and the removal of some old ones.
func (p *Pool) openSession(ctx context.Context, c *storage.Commit, u user, token refreshToken) (session, error) {
	now := p.now()
	s := session{
		Sub: u.Sub, OriginJTI: token.originJTI.String(), Generation: u.Generation, Refresh: token.hash(),
		AuthTime: now.UnixMilli(), Expires: now.Add(p.config.RefreshTokenTTL).UnixMilli(),
	}
	_, err := p.store.Get(ctx, sessionKey(s.Sub, s.OriginJTI))
	if err == nil {
		return s, notAuthorized(messageExpiredSession)
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return s, err
	}
	r, err := encodeSession(s)
	if err != nil {
		return s, err
	}
	c.Writes = append(c.Writes, storage.Write{New: r})
	return s, p.pruneSessions(ctx, c, u.Sub, now)
}

// pruneSessions adds to c the removal of sessions that expired so long ago that
// no token of theirs is left.
func (p *Pool) pruneSessions(ctx context.Context, c *storage.Commit, sub string, now time.Time) error {
	page, err := p.store.Query(ctx, storage.Query{
		Table: sessionsTable, Index: expiryIndex, Partition: sub,
		To: expirySort(now.Add(-p.config.TokenTTL)), Limit: pruneSessions,
	})
	if err != nil {
		return err
	}
	for i := range page.Records {
		c.Writes = append(c.Writes, storage.Write{Old: &page.Records[i]})
	}
	return nil
}

// getSession reads a session, or answers storage.ErrNotFound.
func (p *Pool) getSession(ctx context.Context, sub, originJTI string) (session, storage.Record, error) {
	r, err := p.store.Get(ctx, sessionKey(sub, originJTI))
	if err != nil {
		return session{}, r, err
	}
	s, err := decode[session](r)
	return s, r, err
}

// Epoch implements identity.Sessions. It changes with every revocation of the user's
// tokens that this process makes, and with time if other processes write the store too.
func (p *Pool) Epoch(subject string) uint64 {
	epoch := uint64(p.revoked.of(subject).Load())
	if p.config.Recheck > 0 {
		epoch |= uint64(p.now().UnixNano()/int64(p.config.Recheck)) << 32
	}
	return epoch
}

// revoke makes verifiers that remember a token of a user ask again. It follows a
// commit that may have ended tokens. One that was refused has ended none.
func (p *Pool) revoke(sub string, err error) {
	if refused := (*Error)(nil); err == nil || !errors.As(err, &refused) {
		p.revoked.of(sub).Add(1)
	}
}

// Live implements identity.Sessions with two reads, of the user and of the
// session.
func (p *Pool) Live(ctx context.Context, subject, originJTI string, generation int64) error {
	if !isSub(subject) || !isSub(originJTI) {
		return identity.ErrRevoked
	}
	u, _, err := p.getUser(ctx, subject)
	if errors.Is(err, userNotFound()) {
		return identity.ErrRevoked
	}
	if err != nil {
		return err
	}
	if u.Disabled {
		return identity.ErrRevoked
	}
	s, _, err := p.getSession(ctx, subject, originJTI)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !s.holds(u, generation) {
		return identity.ErrRevoked
	}
	return err
}

// holds reports whether a token of this session and generation is still good.
func (s session) holds(u user, generation int64) bool {
	kept := s.Kept == generation && s.Generation == u.Generation
	return s.Generation >= u.SessionsFrom && (generation == u.Generation || kept)
}

// endOtherSessions ends all tokens and sessions of u but a token's own session,
// and in it the tokens of that token's generation.
func (p *Pool) endOtherSessions(ctx context.Context, u *user, c *storage.Commit, t lineage) error {
	s, old, err := p.getSession(ctx, u.Sub, t.originJTI)
	if errors.Is(err, storage.ErrNotFound) || err == nil && (u.Disabled || !s.holds(*u, t.generation)) {
		return notAuthorized(messageRevokedAccess)
	}
	if err != nil {
		return err
	}
	u.endSessions()
	s.Generation, s.Kept = u.Generation, t.generation
	r, err := encodeSession(s)
	c.Writes = append(c.Writes, storage.Write{Old: &old, New: r})
	return err
}

// refresh returns the user and session of a refresh token that is still good.
func (p *Pool) refresh(ctx context.Context, text string) (user, session, error) {
	token, ok := parseRefreshToken(text)
	if !ok {
		return user{}, session{}, notAuthorized("Invalid Refresh Token")
	}
	s, _, err := p.getSession(ctx, token.sub.String(), token.originJTI.String())
	if errors.Is(err, storage.ErrNotFound) {
		return user{}, s, notAuthorized("Refresh Token has been revoked")
	}
	if err != nil {
		return user{}, s, err
	}
	if subtle.ConstantTimeCompare(s.Refresh, token.hash()) != 1 {
		return user{}, s, notAuthorized("Invalid Refresh Token")
	}
	if p.now().UnixMilli() >= s.Expires {
		return user{}, s, notAuthorized("Refresh Token has expired")
	}
	u, _, err := p.getUser(ctx, s.Sub)
	switch {
	case errors.Is(err, userNotFound()) || err == nil && s.Generation < u.SessionsFrom:
		return u, s, notAuthorized("Refresh Token has been revoked")
	case err == nil && u.Disabled:
		return u, s, notAuthorized("User is disabled.")
	}
	return u, s, err
}
