package storagetest_test

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"comanda/storage"
	"comanda/storagetest"
)

// faultVariable names the fault of the store that TestConformance is run on, in a
// process that is expected to fail.
const faultVariable = "COMANDA_STORAGETEST_FAULT"

func TestConformance(t *testing.T) {
	storagetest.Run(t, func(_ *testing.T, tables []storage.Table) storage.Store {
		return newFaulty(tables, os.Getenv(faultVariable))
	})
}

func TestTheSuiteFindsFaults(t *testing.T) {
	if os.Getenv(faultVariable) != "" {
		return // this is the process with the fault
	}
	for _, fault := range []string{
		"loses updates",
		"applies before it has checked all",
		"doesn't check",
		"doesn't validate",
		"hides the record in the way",
		"ignores the context",
		"shares memory",
		"leaves old index entries",
		"includes the upper bound",
		"orders without regard to case",
		"skips at page ends",
		"takes cursors of other queries",
		"moves replaced records",
		"rounds numbers",
		"announces no removals",
		"shows the present document",
		"trims what is needed",
		"forgets where the feed ends",
	} {
		t.Run(fault, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestConformance$", "-test.failfast", "-rapid.nofailfile", "-rapid.shrinktime=0s")
			cmd.Env = append(os.Environ(), faultVariable+"="+fault)
			out, err := cmd.CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte("--- FAIL: TestConformance/")) {
				t.Errorf("store that %s: got %v, want a case of the suite to fail\n%s", fault, err, out)
			}
		})
	}
}
