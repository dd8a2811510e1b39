package terraform

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// MissingError says that terraform, or its provider of AWS, is missing on this
// machine. Nothing else that tests need is missing where scripts/install has run.
type MissingError struct{ What string }

func (e *MissingError) Error() string { return e.What }

// Excused reports whether COMANDA_WITHOUT says that the machine can't have it.
func (e *MissingError) Excused() bool { return os.Getenv("COMANDA_WITHOUT") == "terraform" }

// Exit codes.
const (
	exitChanges = 2 // of `terraform plan`: it would change something
	exitMissing = 3 // of scripts/terraform: something is missing
)

// ExitCode returns the exit code of a program, 0 if err isn't about one.
func ExitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return 0
}

// Run runs Terraform in a folder, without a network, and returns what it printed. root
// is the project's folder. The error is a [*MissingError] when terraform is missing.
func Run(ctx context.Context, root, dir string, env []string, arguments ...string) (string, error) {
	c := exec.CommandContext(ctx, filepath.Join(root, "scripts", "terraform"), append([]string{"-chdir=" + dir}, arguments...)...)
	c.Env = append(os.Environ(), append(env, "TF_IN_AUTOMATION=1", "TF_OFFLINE=1", "TF_CLI_ARGS=-no-color")...)
	var out, problems bytes.Buffer
	c.Stdout, c.Stderr = &out, &problems
	err := c.Run()
	if ExitCode(err) == exitMissing {
		return "", &MissingError{strings.TrimSpace(problems.String())}
	}
	if err != nil && ExitCode(err) != exitChanges {
		return problems.String(), err
	}
	return out.String(), err
}
