package dynamo

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"comanda/dynamolocal"
)

// TestMain has the random tests of the conformance suite run a fifth of their
// cases, unless the command line gives a number: each is some hundred requests.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(dynamolocal.Run(m))
}
