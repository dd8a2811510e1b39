package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"comanda/installation"

	"github.com/urfave/cli/v3"
)

const envDescription = `Prints lines for a POSIX shell that point comanda, the AWS CLI and AWS SDKs at
the server of a data directory and give them its keys. With a command after --
it runs that command in such an environment instead, and exits with its code.

   eval "$(comanda env)"
   eval "$(comanda env --data /var/lib/comanda)"
   comanda env -- aws cognito-idp list-users --user-pool-id local_abc123DEF
   comanda env -- sh -c 'aws cognito-idp list-users --user-pool-id $COMANDA_USER_POOL_ID'

Other AWS commands find these keys and this region, too, and AWS takes neither: use
another shell for them, or the second form here. comanda's own commands for DynamoDB and
Cognito say so.

The lines hold the secret key that administers the user pool.

Exit codes: 0 done, 1 failed, 2 wrong usage; with a command, the command's own.`

func (p program) envCommand() *cli.Command {
	return &cli.Command{
		Name: "env", Usage: "set up a shell, or run one command, for the server", ArgsUsage: "[-- COMMAND ARGUMENTS]",
		Description: envDescription,
		Flags:       []cli.Flag{dataFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			e, err := installation.FindEnvironment(ctx, c.String("data"))
			if errors.Is(err, installation.ErrNoServer) {
				p.Note("%v; the address is set to %s", err, e.URL())
			} else if err != nil {
				return err
			}
			if c.Args().Present() {
				return execute(c.Args().Slice(), e.Environ())
			}
			if gone := e.Replaced(); len(gone) > 0 {
				p.Note("%s of this shell are replaced, and other AWS commands fail with what this server needs: open another shell for them, or run single commands by comanda env -- COMMAND",
					strings.Join(gone, ", "))
			}
			return p.Result(e.Variables(), "%s", e.Shell())
		},
	}
}

// execute replaces this process by a command, which therefore gets every signal
// and gives its own exit code.
func execute(command, environ []string) error {
	path, err := exec.LookPath(command[0])
	if err != nil {
		var inner *exec.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return fmt.Errorf("run %s: %w: check the command after --", command[0], err)
	}
	err = syscall.Exec(path, command, environ)
	return fmt.Errorf("run %s: %w", command[0], err)
}
