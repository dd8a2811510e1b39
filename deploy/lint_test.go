package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"comanda/testbed/terraform"
)

func TestSAMTemplateHasNoFindings(t *testing.T) {
	needTools(t)
	out, err := exec.CommandContext(t.Context(), "../.venv/bin/cfn-lint", "--regions", terraform.Region, "us-east-1", "--", "sam/template.yaml").CombinedOutput()
	if err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}

func TestTerraformConfigurationIsFormattedAndValid(t *testing.T) {
	needTools(t)
	dir := filepath.Join(t.TempDir(), "terraform")
	if err := os.CopyFS(dir, os.DirFS("terraform")); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"fmt", "-check", "-diff"}, {"init", "-input=false", "-backend=false"}, {"validate"}} {
		out, err := terraform.Run(t.Context(), "..", dir, nil, arguments...)
		if err != nil && terraform.ExitCode(err) == 0 {
			need(t, err)
		}
		if err != nil {
			t.Errorf("terraform %s: %v\n%s", arguments[0], err, out)
		}
	}
}
