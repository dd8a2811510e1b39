package relocation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"comanda/engine"
	"comanda/installation"
	"comanda/pool"
	"comanda/terminal"
	"comanda/transfer"
)

// Accounts says what happens to sign-in accounts.
type Accounts string

// The ways of accounts. Without one they go along into a data directory, and
// nowhere else.
const (
	Embedded Accounts = "embedded" // the tables of the user pool are copied, passwords included
	Stay     Accounts = "none"     // they stay where they are
)

// Move is what is asked for.
type Move struct {
	From, To  engine.Place // of [ReadPlace]
	Accounts  Accounts
	UserPool  string // create the accounts in this pool of Amazon Cognito; "": don't
	Invite    bool   // have Cognito send everybody a temporary password
	Keys      string // keys.json for a new data directory; "": those of From
	PublicURL string // for new keys of a new data directory
	State     string // file that remembers how far the copy has come; "": one in a data directory
	Parallel  int    // records written at once, 1 to 1024
	Keep      bool   // fill gaps only
}

// Witness is told how a move goes, and asked. All fields are required.
type Witness struct {
	Note     func(format string, args ...any) // what a person should know
	Progress func(transfer.Progress)
	Ended    func() // after the last progress
	Confirm  func(question string) error
}

// ReadPlace reads a place that something can be moved from or to, in the one form that it
// has for one place.
func ReadPlace(text string) (engine.Place, error) {
	p, err := engine.Parse(text)
	if err != nil {
		return nil, err
	}
	at := p.Traits()
	if at.Volatile {
		return nil, fmt.Errorf("location %q: nothing can be copied from or into the memory of a process that ends with the copy", text)
	}
	if at.Directory == "" {
		return p, nil
	}
	dir, err := filepath.Abs(at.Directory)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return engine.Directory(dir), nil
}

// Check names everything that is wrong with a move whose places are good.
func (m Move) Check() error {
	var errs []error
	refuse := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New(text))
		}
	}
	if m.From != nil && m.To != nil {
		from, to := m.From.Traits(), m.To.Traits()
		refuse(m.From.String() == m.To.String(), "--from and --to are the same place")
		refuse(m.UserPool != "" && (from.Directory == "" || to.Directory != ""), "--user-pool is for a copy from sqlite: to dynamodb:")
		refuse(m.Keys != "" && to.Directory == "", "--keys is for a copy to sqlite:")
		refuse(m.PublicURL != "" && to.Directory == "", "--public-url is for a copy to sqlite:")
	}
	refuse(m.Accounts != "" && m.Accounts != Embedded && m.Accounts != Stay, "--identity must be embedded or none")
	refuse(m.UserPool != "" && m.Accounts != "", "--user-pool and --identity exclude each other: give one of them")
	refuse(m.Invite && m.UserPool == "", "--invite needs --user-pool")
	refuse(m.Keep && (m.UserPool != "" || m.Accounts == Embedded), "--keep-destination is for users and orders: accounts that are gone stay gone")
	refuse(m.Parallel < 1 || m.Parallel > 1024, "--parallel must be 1 to 1024")
	return errors.Join(errs...)
}

// Run copies and compares. There are results also when the comparison fails.
func (m Move) Run(ctx context.Context, w Witness) (results []transfer.Result, err error) {
	from, err := m.openSource(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	if err := from.check(ctx, w); err != nil {
		return nil, err
	}
	withPool, err := m.chooseAccounts(ctx, from, w)
	if err != nil {
		return nil, err
	}
	emigration, err := m.prepareAccounts(ctx, w)
	if err != nil {
		return nil, err
	}
	to, err := openSide(ctx, m.To, func() (pool.Keys, error) { return m.newKeys(from, withPool) })
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	if err := m.check(ctx, from, to, withPool); err != nil {
		return nil, err
	}
	m.warn(w)
	if results, err = m.transfer(ctx, from, to, withPool, w); err != nil || emigration == nil {
		return results, err
	}
	r, err := emigration.run(ctx, w, from.Store)
	if r.Table != "" {
		results = append(results, r)
	}
	return results, err
}

// transfer copies the tables.
func (m Move) transfer(ctx context.Context, from, to *side, withPool bool, w Witness) ([]transfer.Result, error) {
	tables := movedTables()
	if withPool {
		tables = append(tables, pool.Tables()...)
	}
	options := transfer.Options{Parallel: m.Parallel, Keep: m.Keep, Progress: w.Progress}
	for _, t := range tables {
		if there := m.To.Table(t); m.From.Table(t) == there { // as when one table was restored beside the others
			w.Note("table %s is %s on both sides: left out", t.Name, there.Name)
			continue
		}
		options.Tables = append(options.Tables, t.Name)
	}
	if len(options.Tables) == 0 {
		return nil, fmt.Errorf("%v and %v are the same tables: there is nothing to copy", m.From, m.To)
	}
	var err error
	if path := m.journal(); path != "" {
		if options.Journal, err = transfer.OpenJournal(path, m.From.String(), m.To.String()); err != nil {
			return nil, err
		}
	}
	defer w.Ended()
	results, err := transfer.Run(ctx, from.Store, to.Store, options)
	if _, ok := errors.AsType[*transfer.DifferentError](err); ok {
		err = fmt.Errorf("%w; or, if what is there is newer, fill only gaps with --keep-destination", err)
	}
	return results, err
}

// journal returns the file that remembers how far the copy has come, "" for none.
func (m Move) journal() string {
	dir := m.From.Traits().Directory
	if dir == "" {
		dir = m.To.Traits().Directory
	}
	if m.State != "" || dir == "" {
		return m.State
	}
	sum := sha256.Sum256([]byte(m.From.String() + "\n" + m.To.String()))
	return filepath.Join(dir, "copy-"+hex.EncodeToString(sum[:6])+".json")
}

// chooseAccounts decides whether the tables of the user pool are copied.
func (m Move) chooseAccounts(ctx context.Context, from *side, w Witness) (bool, error) {
	there, err := from.hasAccounts(ctx)
	intoDirectory := m.To.Traits().Directory != ""
	switch {
	case err != nil:
		return false, err
	case m.Accounts == Embedded && !from.hasPool:
		return false, fmt.Errorf("%v has no tables of a user pool: leave --identity embedded away", m.From)
	case m.Accounts == Stay, m.UserPool != "", m.Keep, !from.hasPool:
		return false, nil
	case m.Accounts == Embedded, intoDirectory && there:
		return true, m.checkCarried(ctx, from)
	case there && !intoDirectory:
		w.Note("sign-in accounts stay where they are: give --user-pool ID or --identity embedded to take them along")
	}
	return false, nil
}

// newKeys returns the keys of a new data directory: those of the accounts that
// come with it, whose sealed parts are of no use without.
func (m Move) newKeys(from *side, withPool bool) (pool.Keys, error) {
	switch {
	case m.Keys != "":
		return installation.KeysFile(m.Keys)
	case withPool && from.dir != nil:
		return from.keys, nil
	case withPool:
		return pool.Keys{}, errors.New("the accounts need the keys that they were made with: give --keys FILE, the keys.json of the servers that use these tables, or --identity none to leave the accounts")
	}
	return pool.NewKeys(m.PublicURL)
}

// check refuses what can be known to end badly.
func (m Move) check(ctx context.Context, from, to *side, withPool bool) error {
	if err := installation.SameIssuer(to.keys, m.PublicURL); err != nil {
		return err
	}
	if !withPool {
		return nil
	}
	if !to.hasPool {
		return fmt.Errorf("%v: the tables of the user pool are missing: comanda tables create --to %s makes them", m.To, terminal.Quote(m.To.String()))
	}
	return m.checkOwner(ctx, from, to)
}

// warn says what the program can't see to.
func (m Move) warn(w Witness) {
	for _, p := range []engine.Place{m.From, m.To} {
		if p.Traits().Shared && !m.Keep {
			w.Note("DynamoDB has no lock: see to it that nothing else writes to %v until this ends", p)
		}
	}
	if from := m.From.Traits().Directory; m.Accounts == Embedded && from != "" && m.To.Traits().Directory == "" {
		w.Note("passwords and sessions move with the accounts: carry %s to the --data directory of every server", filepath.Join(from, "keys.json"))
	}
}

// since says how long something took.
func since(begun time.Time) string { return fmt.Sprintf("%.1f s", time.Since(begun).Seconds()) }
