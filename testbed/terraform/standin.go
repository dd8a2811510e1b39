package terraform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// StandIn is moto_server, which answers like AWS, with what Terraform has made there.
type StandIn struct {
	URL string // of every service

	root    string // of the project
	dir     string // with a copy of the configuration
	zip     string
	server  *exec.Cmd
	stopped chan struct{}
}

// Region is where the stand-in is.
const Region = "eu-west-1"

// NewStandIn starts a stand-in and prepares Terraform in a copy of its
// configuration, in dir. root is the project's folder, and zip the program as
// scripts/lambda builds it, or any other file. The error is a [*MissingError] when
// terraform is missing. Close ends the server.
func NewStandIn(ctx context.Context, root, dir, zip string) (*StandIn, error) {
	s := &StandIn{root: root, dir: dir, zip: zip, stopped: make(chan struct{})}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "deploy", "terraform"))); err != nil {
		return nil, fmt.Errorf("copy the configuration: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "standin_override.tf"), []byte(override), 0o600); err != nil {
		return nil, fmt.Errorf("write the provider's settings: %w", err)
	}
	if out, err := s.terraform(ctx, "init", "-input=false"); err != nil {
		return nil, fmt.Errorf("terraform init: %w: %s", err, out)
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	return s, nil
}

// override makes the provider talk to the stand-in and to nothing else, and says what
// the stand-in forgets. It is laid over the committed configuration, which knows nothing of it.
const override = `resource "aws_api_gateway_rest_api" "api" {
  lifecycle {
    ignore_changes = [binary_media_types]
  }
}

resource "aws_api_gateway_authorizer" "cognito" {
  lifecycle {
    ignore_changes = [identity_validation_expression]
  }
}

provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}
`

// listening is what the server says of its address.
var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:[0-9]+)`)

// start starts moto_server on a port that is free.
func (s *StandIn) start() error {
	program := filepath.Join(s.root, ".venv", "bin", "moto_server")
	if _, err := os.Stat(program); err != nil {
		return errors.New("moto_server is missing: scripts/install installs it")
	}
	s.server = exec.Command(program, "-H", "127.0.0.1", "-p", "0") //nolint:noctx // it outlives the context, and Close ends it
	s.server.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	output, err := s.server.StderrPipe()
	if err != nil {
		return fmt.Errorf("start moto_server: %w", err)
	}
	if err := s.server.Start(); err != nil {
		return fmt.Errorf("start moto_server: %w", err)
	}
	found := make(chan string, 1)
	go s.watch(output, found)
	select {
	case s.URL = <-found:
	case <-s.stopped:
		return errors.New("start moto_server: it ended without saying where it listens")
	case <-time.After(3 * time.Minute):
		s.Close()
		return errors.New("start moto_server: it didn't say where it listens within three minutes")
	}
	return nil
}

// watch reads what the server says until it ends, and tells its address.
func (s *StandIn) watch(output io.Reader, found chan<- string) {
	defer close(s.stopped)
	var once sync.Once
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			once.Do(func() { found <- m[1] })
		}
	}
	_, _ = io.Copy(io.Discard, output)
	_ = s.server.Wait() // it was killed
}

// Close ends the server.
func (s *StandIn) Close() {
	_ = s.server.Process.Kill() // it has nothing to lose
	<-s.stopped
}

// Apply makes what the configuration describes. Variables are like "name=value".
func (s *StandIn) Apply(ctx context.Context, variables ...string) error {
	if out, err := s.terraform(ctx, append([]string{"plan", "-out=" + planFile, parallelism}, s.arguments(variables)...)...); err != nil {
		return fmt.Errorf("terraform plan: %w: %s", err, out)
	}
	if out, err := s.terraform(ctx, "apply", "-input=false", parallelism, planFile); err != nil {
		return fmt.Errorf("terraform apply: %w: %s", err, out)
	}
	return nil
}

const (
	planFile    = "plan.out"
	parallelism = "-parallelism=20"
)

// Drift returns what `terraform plan` would change, nothing for nothing.
func (s *StandIn) Drift(ctx context.Context, variables ...string) (string, error) {
	out, err := s.terraform(ctx, append([]string{"plan", "-detailed-exitcode", parallelism}, s.arguments(variables)...)...)
	if ExitCode(err) == exitChanges {
		if i := strings.Index(out, "Terraform will perform"); i >= 0 {
			out = out[i:]
		}
		return out, nil
	}
	if err != nil {
		return "", fmt.Errorf("terraform plan: %w: %s", err, out)
	}
	return "", nil
}

func (s *StandIn) arguments(variables []string) []string {
	out := []string{"-input=false", "-var", "region=" + Region, "-var", "lambda_zip=" + s.zip}
	for _, v := range variables {
		out = append(out, "-var", v)
	}
	return out
}

// State returns what there is, as `terraform show -json` prints it, and what was planned. A
// stand-in may forget some of that.
func (s *StandIn) State(ctx context.Context) (state, plan []byte, err error) {
	if state, err = s.show(ctx); err != nil {
		return nil, nil, err
	}
	plan, err = s.show(ctx, planFile)
	return state, plan, err
}

func (s *StandIn) show(ctx context.Context, of ...string) ([]byte, error) {
	out, err := s.terraform(ctx, append([]string{"show", "-json"}, of...)...)
	if err != nil {
		return nil, fmt.Errorf("terraform show: %w: %s", err, out)
	}
	return []byte(out), nil
}

// terraform runs it by scripts/terraform and returns what it printed.
func (s *StandIn) terraform(ctx context.Context, arguments ...string) (string, error) {
	return Run(ctx, s.root, s.dir, []string{"AWS_ENDPOINT_URL=" + s.URL}, arguments...)
}
