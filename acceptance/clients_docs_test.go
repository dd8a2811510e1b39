package acceptance

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a piece of a program on a page, with the file that has it.
var block = regexp.MustCompile("(?ms)^```[a-z]+ (\\S+)\n(.*?)^```$")

// TestThePageOfClientsHasTheLinesThatAreRun compares docs/clients.md with the clients. Indentation is
// the page's own, and so is what a client does between the lines.
func TestThePageOfClientsHasTheLinesThatAreRun(t *testing.T) {
	page, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, found := range block.FindAllStringSubmatch(string(page), -1) {
		file := found[1]
		shown[filepath.Base(file)] = true
		program, err := os.ReadFile(filepath.Join("clients", file))
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for line := range strings.Lines(string(program)) {
			there[strings.TrimSpace(line)] = true
		}
		for line := range strings.Lines(found[2]) {
			if line = strings.TrimSpace(line); !there[line] {
				t.Errorf("docs/clients.md: %s has no line %q", file, line)
			}
		}
	}
	for _, file := range []string{"cli.sh", "boto.py", "sdk.js", "amplify.js", "identity.js", "verify.js", "verify.py", "main.go"} {
		if !shown[file] {
			t.Errorf("docs/clients.md shows nothing of %s", file)
		}
	}
}
