package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"comanda/installation"
	"comanda/telemetry"
	"comanda/terminal"

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
	out := terminal.Printer{Out: os.Stdout, Err: os.Stderr, JSON: new(bool), Name: "comanda"}
	p := program{Printer: out, in: os.Stdin, out: os.Stdout, err: os.Stderr}
	os.Exit(p.run(context.Background(), os.Args))
}

// program is the command line with the streams that it reads and writes.
type program struct {
	terminal.Printer
	in, out, err *os.File
}

// run does what args say and returns the exit code.
func (p program) run(ctx context.Context, args []string) int {
	var unknown error
	root := p.command()
	strict(root, &unknown)
	known := variablesOf(root)
	warn := sync.OnceFunc(func() {
		for _, warning := range installation.Misspelt(os.Environ(), known) {
			p.Note("%s", warning)
		}
	})
	begun := false
	root.Before = func(ctx context.Context, _ *cli.Command) (context.Context, error) {
		begun = true // flags and variables could be read
		warn()
		return ctx, nil
	}
	err := root.Run(ctx, args)
	if err == nil {
		err = unknown
	}
	if err == nil {
		return 0
	}
	var (
		wrong   *usageError
		setting *installation.SettingError
	)
	code := exitFailed
	*p.JSON = *p.JSON || slices.Contains(args, "--json") // which may come after what is wrong
	warn()
	if !begun || errors.As(err, &wrong) || errors.As(err, &setting) {
		code = exitUsage
	}
	p.fail(err, installation.WithVariables(err.Error(), args, os.Environ(), known), code)
	return code
}

// variablesOf returns the variables that stand for flags of a command and of those below it.
func variablesOf(c *cli.Command) (names []string) {
	for _, f := range c.Flags {
		if f, ok := f.(cli.DocGenerationFlag); ok {
			names = append(names, f.GetEnvVars()...)
		}
	}
	for _, sub := range c.Commands {
		names = append(names, variablesOf(sub)...)
	}
	return names
}

// usageError says that the command line or a setting is wrong.
type usageError struct{ cause error }

func (e *usageError) Error() string { return e.cause.Error() }
func (e *usageError) Unwrap() error { return e.cause }

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

const rootDescription = `Comanda is an order-taking backend in one program: customers place, edit and
cancel orders, staff deliver them.

   comanda serve                      start the server
   eval "$(comanda env)"              set up this shell for it
   comanda orders place --example     place an order

--json is for every command: what is one thing is one object on a line, a list is one
object a line, and on standard error a refusal is an object, too:
{"error":"…","code":1}, code being the exit code.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings.`

func (p program) command() *cli.Command {
	return &cli.Command{
		Name: "comanda", Usage: "take orders", Version: release(), Description: rootDescription,
		Writer: p.out, ErrWriter: p.err,
		Flags:          []cli.Flag{&cli.BoolFlag{Name: "json", Destination: p.JSON, Usage: "print JSON, in lines"}},
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // run reports, once
		Commands: []*cli.Command{
			p.serveCommand(), p.envCommand(), p.tokenCommand(), p.usersCommand(), p.ordersCommand(), p.reportsCommand(), p.webhooksCommand(), p.listenCommand(), p.feedCommand(), p.keysCommand(), p.statusCommand(),
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
			return p.Result(map[string]string{"version": release()}, "%s\n", release())
		},
	}
}

// release returns what this program is a build of.
func release() string { return telemetry.Release(version) }
