package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"comanda/pool"
	"comanda/transfer"

	"github.com/urfave/cli/v3"
)

const copyDescription = `Copies users, orders and sign-in accounts from one place to another and compares both
at the end, by count and digest of every table. Nothing is overwritten or deleted.
A copy that was interrupted, however, goes on when the same command is given again.

With --keep-destination only gaps are filled, as after a restore: a record that is
there already stays, and those that differ are counted and listed.

   comanda tables create --to dynamodb:eu-west-1
   comanda copy --from sqlite:./comanda-data --to dynamodb:eu-west-1 --user-pool eu-west-1_AbCdEfGhI
   comanda copy --from dynamodb:eu-west-1 --to sqlite:./copy --identity none
   comanda copy --from 'dynamodb:eu-west-1?orders=shop-OrdersTable-1X&users=shop-UsersTable-2Y' --to dynamodb:eu-west-1
   comanda copy --from sqlite:./comanda-data --to 'dynamodb:local?endpoint=http://127.0.0.1:8000'

Stop whatever writes to either side first. A data directory is locked meanwhile,
and made if --to names a new one; the one that --from names is checked first.
DynamoDB has no lock; its tables must be there.

Sign-in accounts:
   --user-pool ID       users of a data directory are created in this pool of Amazon
                        Cognito and keep their ids in the claim custom:comanda_id;
                        passwords don't move
   --identity embedded  the tables of the embedded user pool are copied, passwords
                        included; keys.json has to go with them (--keys)
   --identity none      accounts stay where they are

Without either, accounts go along into a data directory and not to DynamoDB.

Progress goes to standard error.

Exit codes: 0 both sides are equal (with --keep-destination: nothing is missing),
1 failed, interrupted or not equal, 2 wrong usage.`

// Values of --identity of a copy.
const (
	accountsEmbedded = "embedded"
	accountsNone     = "none"
)

func (p program) copyCommand() *cli.Command {
	return &cli.Command{
		Name: "copy", Usage: "copy users, orders and accounts between a data directory and DynamoDB", Description: copyDescription,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Required: true, Usage: "`LOCATION` to copy: sqlite:DIR or dynamodb:REGION[?endpoint=URL&prefix=PREFIX&TABLE=NAME]"},
			&cli.StringFlag{Name: "to", Required: true, Usage: "`LOCATION` to copy to, in the same forms"},
			&cli.StringFlag{Name: "identity", Usage: "what happens to sign-in accounts: `WAY` is embedded or none"},
			&cli.StringFlag{Name: "user-pool", Usage: "create the accounts in the user pool of this `ID` on Amazon Cognito"},
			&cli.BoolFlag{Name: "invite", Usage: "have Cognito send everybody a temporary password, instead of nothing"},
			&cli.StringFlag{Name: "keys", Usage: "keys.json `FILE` for a new data directory, from where the accounts were", TakesFile: true},
			&cli.StringFlag{Name: "public-url", Usage: "`URL` where clients reach the server, for new keys of a new data directory"},
			&cli.StringFlag{Name: "state", Usage: "remember in this `FILE` how far the copy has come; otherwise in a data directory", TakesFile: true},
			&cli.IntFlag{Name: "parallel", Usage: "write `N` records at once, 1 to 1024", Value: 64},
			&cli.BoolFlag{Name: "keep-destination", Usage: "only fill gaps: leave every record that is there, and list those that differ"},
			&cli.BoolFlag{Name: "json", Usage: "print the comparison in JSON"},
			yesFlag(),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			m, err := readMove(c)
			if err != nil {
				return &usageError{fmt.Errorf("%s: %w", said(c), err)}
			}
			running, _, release := signals(ctx)
			defer release()
			err = p.move(running, c, m)
			if errors.Is(err, context.Canceled) && running.Err() != nil {
				return errors.New("interrupted: what is copied stays, and the same command goes on")
			}
			return err
		},
	}
}

// move is what a copy is asked to do.
type move struct {
	from, to  location
	accounts  string // accountsEmbedded, accountsNone, or "" for what the destination suggests
	userPool  string
	invite    bool
	keys      string
	publicURL string
	state     string
	parallel  int
	keep      bool // fill gaps only
}

// readMove reads the flags, and names everything that is wrong with them.
func readMove(c *cli.Command) (move, error) {
	m := move{
		accounts: c.String("identity"), userPool: c.String("user-pool"), invite: c.Bool("invite"), keys: c.String("keys"),
		publicURL: c.String("public-url"), state: c.String("state"), parallel: c.Int("parallel"),
		keep: c.Bool("keep-destination"),
	}
	var errs []error
	refuse := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New(text))
		}
	}
	var err error
	if m.from, err = readPlace(c.String("from")); err != nil {
		errs = append(errs, fmt.Errorf("--from: %w", err))
	}
	if m.to, err = readPlace(c.String("to")); err != nil {
		errs = append(errs, fmt.Errorf("--to: %w", err))
	}
	refuse(len(errs) == 0 && m.from.String() == m.to.String(), "--from and --to are the same place")
	refuse(m.accounts != "" && m.accounts != accountsEmbedded && m.accounts != accountsNone, "--identity must be embedded or none")
	refuse(m.userPool != "" && m.accounts != "", "--user-pool and --identity exclude each other: give one of them")
	refuse(m.userPool != "" && (m.from.engine != engineSQLite || m.to.engine != engineDynamoDB), "--user-pool is for a copy from sqlite: to dynamodb:")
	refuse(m.invite && m.userPool == "", "--invite needs --user-pool")
	refuse(m.keys != "" && m.to.engine != engineSQLite, "--keys is for a copy to sqlite:")
	refuse(m.publicURL != "" && m.to.engine != engineSQLite, "--public-url is for a copy to sqlite:")
	refuse(m.keep && (m.userPool != "" || m.accounts == accountsEmbedded), "--keep-destination is for users and orders: accounts that are gone stay gone")
	refuse(m.parallel < 1 || m.parallel > 1024, "--parallel must be 1 to 1024")
	return m, errors.Join(errs...)
}

// readPlace reads a location, in the one form that it has for one place.
func readPlace(text string) (location, error) {
	l, err := parseLocation(text)
	if err != nil || l.engine != engineSQLite {
		return l, err
	}
	if l.dir, err = filepath.Abs(l.dir); err != nil {
		return l, err
	}
	if real, err := filepath.EvalSymlinks(l.dir); err == nil {
		l.dir = real
	}
	return l, nil
}

// move copies and compares.
func (p program) move(ctx context.Context, c *cli.Command, m move) (err error) {
	from, err := p.openSource(ctx, m.from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	if err := p.checkSource(ctx, from); err != nil {
		return err
	}
	withPool, err := p.chooseAccounts(ctx, from, m)
	if err != nil {
		return err
	}
	emigration, err := p.prepareAccounts(ctx, c, m)
	if err != nil {
		return err
	}
	to, err := p.openDestination(ctx, m.to, func() (pool.Keys, error) { return m.newKeys(from, withPool) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	if err := m.check(ctx, from, to, withPool); err != nil {
		return err
	}
	p.warn(m)
	results, err := p.transfer(ctx, from, to, m, withPool)
	if err == nil && emigration != nil {
		var r transfer.Result
		if r, err = emigration.run(ctx, p, from); r.Table != "" {
			results = append(results, r)
		}
	}
	return errors.Join(err, p.showResults(m, results, c.Bool("json")))
}

// transfer copies the tables.
func (p program) transfer(ctx context.Context, from, to *side, m move, withPool bool) ([]transfer.Result, error) {
	tables := movedTables()
	if withPool {
		tables = append(tables, pool.Tables()...)
	}
	options := transfer.Options{Parallel: m.parallel, Keep: m.keep}
	for _, t := range tables {
		if m.from.isTableOf(m.to, t) { // as when one table was restored beside the others
			p.note("table %s is %s on both sides: left out", t.Name, m.to.cloud.nameOf(t))
			continue
		}
		options.Tables = append(options.Tables, t.Name)
	}
	if len(options.Tables) == 0 {
		return nil, fmt.Errorf("%v and %v are the same tables: there is nothing to copy", m.from, m.to)
	}
	var err error
	if path := m.journal(); path != "" {
		if options.Journal, err = transfer.OpenJournal(path, m.from.String(), m.to.String()); err != nil {
			return nil, err
		}
	}
	shown := &progress{program: p}
	defer shown.end()
	options.Progress = shown.show
	results, err := transfer.Run(ctx, from, to, options)
	if _, ok := errors.AsType[*transfer.DifferentError](err); ok {
		err = fmt.Errorf("%w; or, if what is there is newer, fill only gaps with --keep-destination", err)
	}
	return results, err
}

// journal returns the file that remembers how far the copy has come, "" for none.
func (m move) journal() string {
	dir := m.from.dir
	if m.from.engine != engineSQLite {
		dir = m.to.dir
	}
	if m.state != "" || dir == "" {
		return m.state
	}
	sum := sha256.Sum256([]byte(m.from.String() + "\n" + m.to.String()))
	return filepath.Join(dir, "copy-"+hex.EncodeToString(sum[:6])+".json")
}

// chooseAccounts decides whether the tables of the user pool are copied.
func (p program) chooseAccounts(ctx context.Context, from *side, m move) (bool, error) {
	there, err := from.hasAccounts(ctx)
	switch {
	case err != nil:
		return false, err
	case m.accounts == accountsEmbedded && !from.hasPool:
		return false, fmt.Errorf("%v has no tables of a user pool: leave --identity embedded away", m.from)
	case m.accounts == accountsNone, m.userPool != "", m.keep, !from.hasPool:
		return false, nil
	case m.accounts == accountsEmbedded:
		return true, m.checkCarried(ctx, from)
	case m.to.engine == engineSQLite && there:
		return true, m.checkCarried(ctx, from)
	case m.to.engine == engineSQLite:
		return false, nil
	}
	if there {
		p.note("sign-in accounts stay where they are: give --user-pool ID or --identity embedded to take them along")
	}
	return false, nil
}

// newKeys returns the keys of a new data directory: those of the accounts that
// come with it, whose sealed parts are of no use without.
func (m move) newKeys(from *side, withPool bool) (pool.Keys, error) {
	switch {
	case m.keys != "":
		return readKeysFile(m.keys)
	case withPool && from.dir != nil:
		return from.keys, nil
	case withPool:
		return pool.Keys{}, errors.New("the accounts need the keys that they were made with: give --keys FILE, the keys.json of the servers that use these tables, or --identity none to leave the accounts")
	}
	return pool.NewKeys(m.publicURL)
}

// check refuses what can be known to end badly.
func (m move) check(ctx context.Context, from, to *side, withPool bool) error {
	if m.publicURL != "" {
		if err := sameIssuer(to.keys, m.publicURL); err != nil {
			return err
		}
	}
	if !withPool {
		return nil
	}
	if !to.hasPool {
		return fmt.Errorf("%v: the tables of the user pool are missing: comanda tables create --to %s makes them", m.to, quote(m.to.String()))
	}
	return m.checkOwner(ctx, from, to)
}

// warn says what the program can't see to.
func (p program) warn(m move) {
	for _, l := range []location{m.from, m.to} {
		if l.engine == engineDynamoDB && !m.keep {
			p.note("DynamoDB has no lock: see to it that nothing else writes to %v until this ends", l)
		}
	}
	if m.accounts == accountsEmbedded && m.to.engine == engineDynamoDB && m.from.engine == engineSQLite {
		p.note("passwords and sessions move with the accounts: carry %s to the --data directory of every server", filepath.Join(m.from.dir, "keys.json"))
	}
}

// showResults prints the comparison.
func (p program) showResults(m move, results []transfer.Result, asJSON bool) error {
	if results == nil {
		return nil
	}
	p.showKept(results)
	if asJSON {
		text, err := json.Marshal(map[string]any{"from": m.from.String(), "to": m.to.String(), "tables": results})
		if err != nil {
			return err
		}
		return p.print(string(text) + "\n")
	}
	t := newTable()
	t.row("TABLE", "RECORDS", "COPIED NOW", "DIGEST", "EQUAL")
	for _, r := range results {
		equal := "yes"
		switch {
		case m.keep && r.From.Records != r.To.Records:
			equal = fmt.Sprintf("NO: %d missing, %d kept as they are there", r.From.Records-r.To.Records, r.Differ)
		case m.keep && r.Differ > 0:
			equal = fmt.Sprintf("%d kept as they are there", r.Differ)
		case !r.Equal:
			equal = fmt.Sprintf("NO: %d records, digest %.16s", r.To.Records, r.To.Digest)
		}
		t.row(r.Table, r.From.Records, r.Written, fmt.Sprintf("%.16s", r.From.Digest), equal)
	}
	text, err := t.text()
	return errors.Join(err, p.print(text))
}

// showKept lists what a copy that only fills gaps has left as it is.
func (p program) showKept(results []transfer.Result) {
	for _, r := range results {
		for _, k := range r.Kept {
			p.note("kept as it is in the destination, where it differs: %s", transfer.Name(k))
		}
		if more := r.Differ - len(r.Kept); more > 0 {
			p.note("and %d more of table %s", more, r.Table)
		}
	}
}
