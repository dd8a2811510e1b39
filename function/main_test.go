package function

import (
	"os"
	"testing"

	"comanda/dynamolocal"
)

func TestMain(m *testing.M) {
	code := dynamolocal.Run(m)
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			panic(err)
		}
	}
	os.Exit(code)
}
