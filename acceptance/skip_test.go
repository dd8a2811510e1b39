package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWithoutTheWorkshopsFolderItsTestsAreSkippedAndCounted runs this test binary
// again, without the folder, and hands what it prints to scripts/test-race in
// place of a run of all tests.
func TestWithoutTheWorkshopsFolderItsTestsAreSkippedAndCounted(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil && os.Getenv("COMANDA_REQUIRE") != "all" {
		t.Skip("no bash; `make check` runs this test")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := exec.Command(self, "-test.v", "-test.run=^TestTheWorkshopPasses")
	tests.Env = append(os.Environ(), "COMANDA_REQUIRE=all", "WORKSHOP="+t.TempDir())
	printed, err := tests.CombinedOutput()
	if err != nil || strings.Count(string(printed), "--- SKIP: TestTheWorkshopPasses") != 2 {
		t.Fatalf("got %v, want two tests that are skipped:\n%s", err, printed)
	}
	for name, c := range map[string]struct {
		printed string
		refused bool
		want    string
	}{
		"the workshop's alone":                  {string(printed), false, "2 of those skipped need the workshop's folder"},
		"one more":                              {string(printed) + "--- SKIP: TestOther (0.00s)\n    other_test.go:7: not today\n", true, "--- SKIP: TestOther"},
		"one more for the same reason, in part": {string(printed) + "--- SKIP: TestOther (0.00s)\n    other_test.go:7: not without the workshop: no\n", true, "--- SKIP: TestOther"},
		"one more for want of terraform": {string(printed) + "--- SKIP: TestOther (0.00s)\n    other_test.go:7: without terraform: no\n", false,
			"1 of those skipped need terraform"},
	} {
		t.Run(name, func(t *testing.T) {
			said, err := testRace(t, c.printed)
			if (err != nil) != c.refused || !strings.Contains(said, c.want) {
				t.Errorf("scripts/test-race: got %v and %q, want refused %v and %q", err, said, c.refused, c.want)
			}
		})
	}
}

// testRace runs scripts/test-race with a go that has run the tests already.
func testRace(t *testing.T, printed string) (said string, err error) {
	t.Helper()
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	if err := os.WriteFile(log, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\ncat '"+log+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	race := exec.Command("../scripts/test-race")
	race.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "COMANDA_REQUIRE=all"}
	out, err := race.CombinedOutput()
	return string(out), err
}
