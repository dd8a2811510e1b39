package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"comanda/installation"
	"comanda/telemetry"

	"github.com/urfave/cli/v3"
)

// version is set by make build: -ldflags "-X main.version=1.2.3".
var version string

// Exit codes of every command.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	os.Exit(p.run(context.Background(), os.Args))
}

// program is the command line with the streams that it reads and writes.
type program struct {
	in, out, err *os.File
}

// run does what args say and returns the exit code.
func (p program) run(ctx context.Context, args []string) int {
	var unknown error
	root := p.command()
	strict(root, &unknown)
	err := root.Run(ctx, args)
	if err == nil {
		err = unknown
	}
	if err == nil {
		return 0
	}
	for line := range strings.Lines(err.Error()) {
		p.note("%s", strings.TrimRight(line, "\n"))
	}
	var (
		wrong   *usageError
		setting *installation.SettingError
	)
	if errors.As(err, &wrong) || errors.As(err, &setting) {
		return exitUsage
	}
	return exitFailed
}

// usageError says that the command line or a setting is wrong.
type usageError struct{ cause error }

func (e *usageError) Error() string { return e.cause.Error() }
func (e *usageError) Unwrap() error { return e.cause }

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// note writes one line for the person at the terminal. Standard error has no
// other place to complain to, so a failure to write it is ignored.
func (p program) note(format string, args ...any) {
	_, _ = io.WriteString(p.err, "comanda: "+fmt.Sprintf(format, args...)+"\n")
}

// print writes a result.
func (p program) print(text string) error {
	if _, err := io.WriteString(p.out, text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

const rootDescription = `Comanda is an order-taking backend in one program: customers place, edit and
cancel orders, staff deliver them.

   comanda serve                      start the server
   eval "$(comanda env)"              set up this shell for it
   comanda orders place --example     place an order

Exit codes: 0 done, 1 failed, 2 wrong usage or settings.`

func (p program) command() *cli.Command {
	return &cli.Command{
		Name: "comanda", Usage: "take orders", Version: release(), Description: rootDescription,
		Writer: p.out, ErrWriter: p.err,
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // run reports, once
		Commands: []*cli.Command{
			p.serveCommand(), p.envCommand(), p.tokenCommand(), p.usersCommand(), p.ordersCommand(), p.reportsCommand(), p.webhooksCommand(), p.feedCommand(), p.keysCommand(),
			p.backupCommand(), p.restoreCommand(), p.checkCommand(), p.copyCommand(), p.tablesCommand(), p.versionCommand(),
		},
	}
}

// strict makes every wrong use of a command a [usageError], without a page of
// help around it. Help that is asked of an unknown command can't return one, and
// leaves it in unknown.
func strict(c *cli.Command, unknown *error) {
	c.HideHelpCommand = true
	c.DisableSliceFlagSeparator = c.DisableSliceFlagSeparator || c.Name == "place"
	c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return usage("%w: see %s --help", err, c.FullName())
	}
	if len(c.Commands) > 0 {
		c.Action = group
	}
	c.CommandNotFound = func(ctx context.Context, c *cli.Command, name string) {
		if len(c.Commands) == 0 { // its own arguments, which help needs none of
			*unknown = cli.ShowCommandHelp(ctx, c.Lineage()[1], c.Name)
			return
		}
		*unknown = noCommand(c, name)
	}
	for _, sub := range c.Commands {
		strict(sub, unknown)
	}
}

func noCommand(c *cli.Command, name string) error {
	return usage("unknown command %q: see %s --help", name, c.FullName())
}

// group is the action of a command that only has subcommands.
func group(_ context.Context, c *cli.Command) error {
	if !c.Args().Present() {
		return cli.ShowSubcommandHelp(c)
	}
	return noCommand(c, c.Args().First())
}

// said returns how a message names a command, which "comanda: " comes in front of.
func said(c *cli.Command) string { return strings.TrimPrefix(c.FullName(), "comanda ") }

// arguments returns the n arguments of a command, which names says what they are.
func arguments(c *cli.Command, n int, names string) ([]string, error) {
	if c.Args().Len() == n {
		return c.Args().Slice(), nil
	}
	if n == 0 {
		return nil, usage("%s: unexpected argument %q: see %s --help", said(c), c.Args().First(), c.FullName())
	}
	return nil, usage("%s: needs %s, not %d arguments: see %s --help", said(c), names, c.Args().Len(), c.FullName())
}

func (p program) versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the release",
		Description: "Prints the version of this program on one line.\n\nExit codes: 0 done, 1 failed, 2 wrong usage.",
		Action: func(_ context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			return p.print(release() + "\n")
		},
	}
}

// release returns what this program is a build of.
func release() string { return telemetry.Release(version) }
