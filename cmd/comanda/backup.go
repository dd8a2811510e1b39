package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"comanda/datadir"
	"comanda/order"
	"comanda/sqlite"

	"github.com/urfave/cli/v3"
)

const backupDescription = `Copies everything that an installation needs into a new directory: the store as it
is at one moment, and the keys. The server goes on meanwhile. Never copy the files
of a running server one by one: pages of two moments are a damaged store.

   comanda backup /backup/comanda-2026-03-14
   comanda backup "/backup/comanda-$(date +%F-%H%M)" --data /var/lib/comanda

The copy is checked as comanda check does, and has its name only after that. What a
backup that was killed leaves has a name that begins with a dot: delete it.

A backup opens everybody's account: keep it as safe as the server. It is a data
directory itself; comanda restore makes another of it that you can serve.

Exit codes: 0 the backup is there and sound, 1 failed, 2 wrong usage.`

// onDynamoDBElsewhere says what else is to be done for orders that no data directory has.
const onDynamoDBElsewhere = "orders on DynamoDB are kept by its point-in-time recovery, see docs/deploy.md; of a data directory only keys.json is needed then, carry that file to a safe place"

func (p program) backupCommand() *cli.Command {
	return &cli.Command{
		Name: "backup", Usage: "copy a data directory while it is served", ArgsUsage: "TO", Description: backupDescription,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "store", Usage: "where the records are, as for serve: a `LOCATION` other than sqlite has no backup here", Value: engineSQLite, Sources: environment("store")},
			dataFlag(),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			args, err := arguments(c, 1, "the directory to make")
			if err != nil {
				return err
			}
			if text := c.String("store"); strings.HasPrefix(text, engineDynamoDB) {
				return fmt.Errorf("--store %q: %s", text, onDynamoDBElsewhere)
			}
			return p.interruptible(ctx, "nothing is left at "+args[0], func(ctx context.Context) error {
				return p.backup(ctx, c.String("data"), args[0])
			})
		},
	}
}

// interruptible calls do with a context that SIGINT and SIGTERM end.
func (p program) interruptible(ctx context.Context, left string, do func(context.Context) error) error {
	running, _, release := signals(ctx)
	defer release()
	err := do(running)
	if err != nil && running.Err() != nil {
		return errors.New("interrupted: " + left)
	}
	return err
}

// backup makes a backup at to of a directory that may be served.
func (p program) backup(ctx context.Context, data, to string) error {
	begun := time.Now()
	if _, err := findInstallation(data); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("back up to %s: %w", to, datadir.ErrTaken)
	}
	if isBelow(to, data) {
		return fmt.Errorf("back up to %s: that is in the data directory, and lost together with it: choose another place, on another disk", to)
	}
	found, err := p.duplicate(ctx, data, to)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return p.print(fmt.Sprintf("backed up %s to %s: %s, checked, in %s\n", data, to, contents(found), since(begun)))
}

// duplicate makes a data directory of another, checks it, and then gives it its name.
func (p program) duplicate(ctx context.Context, from, to string) (found sqlite.Contents, err error) {
	store, err := findInstallation(from)
	if err != nil {
		return found, err
	}
	made, err := datadir.Stage(to)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, made.Discard()) }()
	path, err := made.StorePath()
	if err != nil {
		return found, err
	}
	p.step("copying %s", store)
	if err := sqlite.Backup(ctx, store, path); err != nil {
		return found, err
	}
	if err := made.CopyKeys(from); err != nil { // after the store: keys are only ever added to those that it was written with
		return found, err
	}
	p.step("checking the copy")
	if found, err = sqlite.CheckFile(ctx, path); err != nil {
		return found, fmt.Errorf("the copy of %s isn't sound, so the store itself may not be, see comanda check: %w", store, err)
	}
	return found, made.Finish()
}

// findInstallation returns the path of the store in a directory that has
// everything in it that a server needs.
func findInstallation(data string) (string, error) {
	store, err := datadir.FindStore(data)
	if errors.Is(err, datadir.ErrNoStore) {
		return "", fmt.Errorf("%w: %s", err, onDynamoDBElsewhere)
	}
	if err != nil {
		return "", err
	}
	keys, err := readKeys(data)
	if errors.Is(err, datadir.ErrAbsent) {
		return "", fmt.Errorf("data directory %s: %w", data, datadir.ErrKeysLost)
	}
	if err != nil {
		return "", err
	}
	if err := keys.Validate(); err != nil {
		return "", fmt.Errorf("data directory %s: keys.json: %w", data, err)
	}
	return store, nil
}

// isBelow reports whether path is in the directory, as far as can be seen.
func isBelow(path, dir string) bool {
	real := func(path string) string {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			path = resolved
		}
		return path
	}
	path = filepath.Join(real(filepath.Dir(path)), filepath.Base(path))
	relative, err := filepath.Rel(real(dir), path)
	return err == nil && filepath.IsLocal(relative)
}

// step tells a person what takes its time. Programs and logs hear the result.
func (p program) step(format string, args ...any) {
	if isTerminal(p.err) {
		p.note(format+" …", args...)
	}
}

// contents says how much there is in a store.
func contents(found sqlite.Contents) string {
	var orders int64
	for _, t := range found.Tables {
		if t.Name == order.TableName {
			orders = t.Records
		}
	}
	word := "orders"
	if orders == 1 {
		word = "order"
	}
	return fmt.Sprintf("%d %s, %s", orders, word, megabytes(found.Bytes))
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

func since(begun time.Time) string { return fmt.Sprintf("%.1f s", time.Since(begun).Seconds()) }
