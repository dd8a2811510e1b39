package installation

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"comanda/terminal"
)

// Program returns how to call this program, for a shell.
func Program() string {
	self, err := os.Executable()
	if err != nil {
		return "comanda"
	}
	return callOf(self)
}

// callOf returns how to call the program of this file: from any directory,
// except that what go run has built, which is gone afterwards, is called the same way again.
func callOf(self string) string {
	if strings.Contains(self, "/go-build") && filepath.Base(filepath.Dir(self)) == "exe" {
		return "go run ./cmd/comanda"
	}
	if found, err := exec.LookPath(filepath.Base(self)); err == nil && Absolute(found) == self {
		return terminal.Quote(filepath.Base(self))
	}
	return terminal.Quote(self)
}
