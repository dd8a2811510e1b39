package dynamolocal

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// madeUp provides the credentials of the tests. The server takes any, but keeps
// the tables of different keys apart.
type madeUp struct{}

// Retrieve returns always the same credentials.
func (madeUp) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "comanda", SecretAccessKey: "comanda"}, nil
}
