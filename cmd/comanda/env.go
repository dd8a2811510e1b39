package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"comanda/app"
	"comanda/installation"
	"comanda/pool"

	"github.com/urfave/cli/v3"
)

const envDescription = `Prints lines for a POSIX shell that point comanda, the AWS CLI and AWS SDKs at
the server of a data directory and give them its keys. With a command after --
it runs that command in such an environment instead, and exits with its code.

   eval "$(comanda env)"
   eval "$(comanda env --data /var/lib/comanda)"
   comanda env -- aws cognito-idp list-users --user-pool-id local_abc123DEF
   comanda env -- sh -c 'aws cognito-idp list-users --user-pool-id $COMANDA_USER_POOL_ID'

The lines hold the secret key that administers the user pool.

Exit codes: 0 done, 1 failed, 2 wrong usage; with a command, the command's own.`

func (p program) envCommand() *cli.Command {
	return &cli.Command{
		Name: "env", Usage: "set up a shell, or run one command, for the server", ArgsUsage: "[-- COMMAND ARGUMENTS]",
		Description: envDescription,
		Flags:       []cli.Flag{dataFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			e, err := p.environment(ctx, c.String("data"))
			if err != nil {
				return err
			}
			if c.Args().Present() {
				return e.exec(c.Args().Slice())
			}
			return p.print(e.shell())
		},
	}
}

// variables are what clients of one server need in their environment.
type variables struct {
	set   [][2]string
	unset []string
}

func (p program) environment(ctx context.Context, data string) (variables, error) {
	keys, err := installation.Keys(data)
	if err != nil {
		return variables{}, err
	}
	server, err := installation.Find(ctx, data)
	base := server.URL
	switch {
	case errors.Is(err, installation.ErrNoServer):
		base = "http://" + app.Defaults().Listen
		p.note("%v; the address is set to %s", err, base)
	case err != nil:
		return variables{}, err
	case server.TLS && strings.HasPrefix(keys.Issuer, "https://"):
		base = strings.TrimSuffix(keys.Issuer, "/"+keys.PoolID) // a name in the certificate, for other programs
	}
	if old := os.Getenv("AWS_ACCESS_KEY_ID"); old != "" && old != keys.AccessKeyID {
		p.note("the AWS keys that are set here are replaced by those of this server: open a new shell to use the others again")
	}
	return newVariables(base, absolute(data), keys), nil
}

func newVariables(base, data string, keys pool.Keys) variables {
	return variables{
		set: [][2]string{
			{"COMANDA_URL", base},
			{"COMANDA_DATA", data},
			{"COMANDA_USER_POOL_ID", keys.PoolID},
			{"COMANDA_CLIENT_ID", keys.ClientID},
			{"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", base},
			{"AWS_ACCESS_KEY_ID", keys.AccessKeyID},
			{"AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey},
			{"AWS_DEFAULT_REGION", keys.Region},
		},
		// What would be taken in place of the variables above.
		unset: []string{"AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"},
	}
}

// shell returns lines for eval in a POSIX shell.
func (v variables) shell() string {
	var b strings.Builder
	for _, s := range v.set {
		fmt.Fprintf(&b, "export %s=%s\n", s[0], quote(s[1]))
	}
	fmt.Fprintf(&b, "unset %s\n", strings.Join(v.unset, " "))
	return b.String()
}

// environ returns the environment of this process with v in it.
func (v variables) environ() []string {
	gone := slices.Clone(v.unset)
	for _, s := range v.set {
		gone = append(gone, s[0])
	}
	out := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(gone, name)
	})
	for _, s := range v.set {
		out = append(out, s[0]+"="+s[1])
	}
	return out
}

// exec replaces this process by a command, which therefore gets every signal
// and gives its own exit code.
func (v variables) exec(command []string) error {
	path, err := exec.LookPath(command[0])
	if err != nil {
		var inner *exec.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return fmt.Errorf("run %s: %w: check the command after --", command[0], err)
	}
	err = syscall.Exec(path, command, v.environ())
	return fmt.Errorf("run %s: %w", command[0], err)
}
