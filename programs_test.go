package comanda

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// programs are all that is built, with whom it is for.
var programs = map[string]string{
	"cmd/comanda":       "people who run the server or use it",
	"cmd/lambda":        "AWS Lambda",
	"cmd/generate":      "contributors: it writes what is made from the program's tables",
	"bench":             "contributors: it measures the others",
	"bench/minimal":     "the benchmark, to compare starts with",
	"scripts/zip":       "scripts/lambda",
	"scripts/customers": "scripts/server-proxy",
}

// testRoom holds what only tests need and more than one package's tests do.
const testRoom = "testbed/"

// testsOnly are rooms beside it that are as good as in it.
var testsOnly = []string{"storagetest", "dynamolocal"}

// TestEveryPackageIsLinkedIntoAProgram keeps out of the product what only tests need, and what
// no program needs.
func TestEveryPackageIsLinkedIntoAProgram(t *testing.T) {
	files := sources(t)
	linked := map[string]bool{}
	var link func(dir string)
	link = func(dir string) {
		if linked[dir] {
			return
		}
		linked[dir] = true
		for _, file := range files[dir] {
			for _, imported := range importsOf(t, file) {
				if ours, ok := strings.CutPrefix(imported, "comanda/"); ok {
					link(ours)
				}
			}
		}
	}
	for program := range programs {
		if files[program] == nil {
			t.Errorf("program %s isn't there: take it off the table", program)
		}
		link(program)
	}
	for dir := range files {
		forTests := strings.HasPrefix(dir, testRoom) || slices.Contains(testsOnly, dir)
		switch {
		case dir == ".": // the code tour has no code
		case forTests && linked[dir]:
			t.Errorf("package %s is linked into a program, and in the test room: move what the program needs to a room of the product", dir)
		case !forTests && !linked[dir]:
			t.Errorf("package %s is linked into no program: if only tests need it, move it to %s or into a file of tests", dir, testRoom)
		}
	}
}

// allocations are how many a program's start may make in our own packages, before main is
// called. A variable that holds what one command or one test needs is paid by every start.
var allocations = map[string]int{
	"cmd/lambda":  300,  // 259, and 763 when the OpenAPI document was made of variables
	"cmd/comanda": 2000, // 1,508, and 9,222 when expressions counted to 255
}

// initialized is a line of GODEBUG=inittrace=1 about a package of ours.
var initialized = regexp.MustCompile(`(?m)^init (comanda/\S+|main) @.* (\d+) allocs$`)

func TestAStartAllocatesLittle(t *testing.T) {
	for _, program := range slices.Sorted(maps.Keys(allocations)) {
		binary := filepath.Join(t.TempDir(), "program")
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./"+program).CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v: %s", program, err, out)
		}
		start := exec.CommandContext(t.Context(), binary, "version")
		start.Env = []string{"GODEBUG=inittrace=1"}
		out, _ := start.CombinedOutput() // a function without a name gives up after what is measured
		sum := 0
		lines := initialized.FindAllStringSubmatch(string(out), -1)
		for _, l := range lines {
			n, err := strconv.Atoi(l[2])
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		if len(lines) < 5 || sum > allocations[program] {
			t.Errorf("a start of %s: got %d allocations of %d packages, want at most %d: see GODEBUG=inittrace=1\n%s", program, sum, len(lines), allocations[program], lines)
		}
	}
}
