package main

import (
	"context"
	"errors"
	"fmt"

	"comanda/engine"
	"comanda/relocation"
	"comanda/terminal"
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

// readMove reads the flags, and names everything that is wrong with them.
func readMove(c *cli.Command) (relocation.Move, error) {
	m := relocation.Move{
		Accounts: relocation.Accounts(c.String("identity")), UserPool: c.String("user-pool"), Invite: c.Bool("invite"), Keys: c.String("keys"),
		PublicURL: c.String("public-url"), State: c.String("state"), Parallel: c.Int("parallel"), Keep: c.Bool("keep-destination"),
	}
	var errs []error
	read := func(flag string) engine.Place {
		place, err := relocation.ReadPlace(c.String(flag))
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
		}
		return place
	}
	m.From, m.To = read("from"), read("to")
	return m, errors.Join(append(errs, m.Check())...)
}

// move copies and compares.
func (p program) move(ctx context.Context, c *cli.Command, m relocation.Move) error {
	shown := p.progress()
	results, err := m.Run(ctx, relocation.Witness{
		Note: p.Note, Ended: shown.End,
		Progress: func(at transfer.Progress) {
			shown.Show(terminal.Step{Phase: string(at.Phase), Of: at.Table, Done: at.Records, Total: at.Total, OnlyOnABar: at.Phase == transfer.Counting})
		},
		Confirm: func(question string) error { return p.confirm(c, question) },
	})
	return errors.Join(err, p.showResults(m, results))
}

// showResults prints the comparison.
func (p program) showResults(m relocation.Move, results []transfer.Result) error {
	if results == nil {
		return nil
	}
	p.showKept(results)
	t := terminal.NewTable("TABLE", "RECORDS", "COPIED NOW", "DIGEST", "EQUAL")
	for _, r := range results {
		equal := "yes"
		switch {
		case m.Keep && r.From.Records != r.To.Records:
			equal = fmt.Sprintf("NO: %d missing, %d kept as they are there", r.From.Records-r.To.Records, r.Differ)
		case m.Keep && r.Differ > 0:
			equal = fmt.Sprintf("%d kept as they are there", r.Differ)
		case !r.Equal:
			equal = fmt.Sprintf("NO: %d records, digest %.16s", r.To.Records, r.To.Digest)
		}
		t.Row(r.Table, r.From.Records, r.Written, fmt.Sprintf("%.16s", r.From.Digest), equal)
	}
	return p.Result(map[string]any{"from": m.From.String(), "to": m.To.String(), "tables": results}, "%s", t)
}

// showKept lists what a copy that only fills gaps has left as it is.
func (p program) showKept(results []transfer.Result) {
	for _, r := range results {
		for _, k := range r.Kept {
			p.Note("kept as it is in the destination, where it differs: %s", transfer.Name(k))
		}
		if more := r.Differ - len(r.Kept); more > 0 {
			p.Note("and %d more of table %s", more, r.Table)
		}
	}
}
