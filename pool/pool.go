package pool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"comanda/storage"
)

// MaxTokenTTL is the longest that an ID or access token can be set to be good.
const MaxTokenTTL = 24 * time.Hour

const (
	defaultAdminGroup = "apiAdmins"
	defaultTokenTTL   = time.Hour
	defaultRefreshTTL = 30 * 24 * time.Hour
	challengeTTL      = 3 * time.Minute
	leastTokenTTL     = 5 * time.Minute
	defaultCodes      = 100
)

// Config is what a pool is made from. Store and Keys are required.
type Config struct {
	Store  storage.Store // with the tables of [Tables]
	Keys   Keys
	Now    func() time.Time // nil: time.Now
	Sender Sender           // nil: codes wait for [Pool.PendingCodes]
	Logger *slog.Logger     // for what no caller is told; nil: nothing is logged

	AdminGroup      string        // "": apiAdmins; exists from the start
	Policy          Policy        // zero: DefaultPolicy
	Hashing         Hashing       // zero: 19 MiB, 2 passes, 1 lane
	TokenTTL        time.Duration // of ID and access tokens; 0: 60 minutes
	RefreshTokenTTL time.Duration // 0: 30 days
	CodesPerSource  int           // sign-ups and codes that one source may ask for in an hour; 0: 100, below 0: no limit
	SignUpClosed    bool          // only administrators create users

	// Recheck is for a store that other processes write too: sessions are then
	// looked up again after this time at the latest, so that a revocation made by
	// another process is seen. 0 says that this process is the only one.
	Recheck time.Duration
}

// Pool is a user pool. It is safe for concurrent use, and implements
// identity.KeySource and identity.Sessions.
type Pool struct {
	config  Config
	store   storage.Store
	signing atomic.Pointer[[]signingKey] // oldest first
	seal    *sealer
	srp     *srpGroup
	hasher  *hasher
	queue   *queue
	decoy   storage.Record // a user like others, read in place of one that doesn't exist
	revoked epochs
}

// New opens the pool in a store, and creates the administrators' group if it
// isn't there. A store in which a pool with other keys was opened is refused with a
// [*ForeignKeysError].
func New(ctx context.Context, config Config) (*Pool, error) {
	config = config.withDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	signing, err := parseSigning(config.Keys.Signing)
	if err != nil {
		return nil, err
	}
	seal, err := newSealer(config.Keys.SealKey)
	if err != nil {
		return nil, err
	}
	srp, err := newSRPGroup()
	if err != nil {
		return nil, err
	}
	p := &Pool{config: config, store: config.Store, seal: seal, srp: srp, hasher: newHasher(config.Hashing), queue: newQueue(), revoked: newEpochs()}
	p.signing.Store(&signing)
	if p.decoy, err = p.newDecoy(); err != nil {
		return nil, err
	}
	if err := p.own(ctx); err != nil {
		return nil, err
	}
	if err := p.EnsureGroup(ctx, config.AdminGroup); err != nil {
		return nil, fmt.Errorf("create the administrators' group: %w", err)
	}
	return p, nil
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.AdminGroup == "" {
		c.AdminGroup = defaultAdminGroup
	}
	if c.Policy == (Policy{}) {
		c.Policy = DefaultPolicy()
	}
	if c.Hashing == (Hashing{}) {
		c.Hashing = defaultHashing()
	}
	if c.TokenTTL == 0 {
		c.TokenTTL = defaultTokenTTL
	}
	if c.RefreshTokenTTL == 0 {
		c.RefreshTokenTTL = defaultRefreshTTL
	}
	if c.CodesPerSource == 0 {
		c.CodesPerSource = defaultCodes
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) validate() error {
	errs := []error{c.Keys.Validate()}
	if c.Store == nil {
		errs = append(errs, errors.New("user pool: no store is given"))
	}
	if err := c.Policy.validate(); err != nil {
		errs = append(errs, fmt.Errorf("user pool: %w", err))
	}
	// The bounds of AccessTokenValidity and RefreshTokenValidity in the API.
	if c.TokenTTL < leastTokenTTL || c.TokenTTL > MaxTokenTTL {
		errs = append(errs, fmt.Errorf("user pool: token lifetime %v is not between 5m and 24h", c.TokenTTL))
	}
	if c.RefreshTokenTTL < c.TokenTTL || c.RefreshTokenTTL > 3650*24*time.Hour {
		errs = append(errs, fmt.Errorf("user pool: refresh token lifetime %v is not between that of tokens and 10 years", c.RefreshTokenTTL))
	}
	if h := c.Hashing; h.Memory < 8 || h.Time < 1 || h.Threads < 1 {
		errs = append(errs, fmt.Errorf("user pool: argon2id with %d KiB, %d passes and %d lanes is not possible", h.Memory, h.Time, h.Threads))
	}
	if c.Recheck < 0 {
		errs = append(errs, fmt.Errorf("user pool: recheck interval %v is negative", c.Recheck))
	}
	if err := checkGroupName(c.AdminGroup); err != nil {
		errs = append(errs, fmt.Errorf("user pool: administrators' group: %w", err))
	}
	return errors.Join(errs...)
}

// ID returns the pool's id, UserPoolId in the API.
func (p *Pool) ID() string { return p.config.Keys.PoolID }

// ClientID returns the id of the pool's one client, the audience of ID tokens.
func (p *Pool) ClientID() string { return p.config.Keys.ClientID }

// Issuer returns the claim iss of every token.
func (p *Pool) Issuer() string { return p.config.Keys.Issuer }

// Region returns the name of the region that clients are configured with.
func (p *Pool) Region() string { return p.config.Keys.Region }

// AdminGroup returns the name of the administrators' group.
func (p *Pool) AdminGroup() string { return p.config.AdminGroup }

// Credentials returns the key pair that signs administrative requests.
func (p *Pool) Credentials() (accessKeyID, secretAccessKey string) {
	return p.config.Keys.AccessKeyID, p.config.Keys.SecretAccessKey
}

func (p *Pool) now() time.Time { return p.config.Now().UTC() }

// decision reads what it needs and says what to write. One without writes
// changes nothing.
type decision func() (storage.Commit, error)

// commit stores a decision, and has it made anew when a record that it was
// based on has changed.
func (p *Pool) commit(ctx context.Context, decide decision) error {
	return storage.Decide(ctx, p.store, func(*storage.Conflict) (storage.Commit, error) { return decide() })
}
