package dynamo

import (
	"os"
	"testing"

	"comanda/dynamolocal"
)

func TestMain(m *testing.M) { os.Exit(dynamolocal.Run(m)) }
