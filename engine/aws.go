package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"comanda/pool"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
)

// clients are those of one place. DynamoDB Local answers for both at one endpoint.
type clients struct {
	tables  *dynamodb.Client
	streams *dynamodbstreams.Client
	local   bool // their keys are those of a local user pool
}

// errLocalKeys says that the environment is the one that comanda env has made.
var errLocalKeys = errors.New("the AWS keys here are those of a local user pool, which AWS doesn't take: comanda env has set them, so do this in another shell")

func (c cloud) clients(ctx context.Context) (clients, error) {
	settings, keyID, err := c.settings(ctx)
	if err != nil {
		return clients{}, err
	}
	var endpoint *string
	if c.endpoint != "" {
		endpoint = &c.endpoint
	}
	made := clients{
		tables: dynamodb.NewFromConfig(settings, func(o *dynamodb.Options) {
			if endpoint != nil {
				o.BaseEndpoint = endpoint
			}
		}),
		streams: dynamodbstreams.NewFromConfig(settings, func(o *dynamodbstreams.Options) {
			if endpoint != nil {
				o.BaseEndpoint = endpoint
			}
		}),
		local: pool.IsLocal(keyID),
	}
	if made.local && made.tables.Options().BaseEndpoint == nil { // only a stand-in takes any keys
		return clients{}, fmt.Errorf("%v: %w", c, errLocalKeys)
	}
	return made, nil
}

var errNoCredentials = errors.New("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (DynamoDB Local takes any), or sign in with the AWS CLI")

// settings returns the AWS settings for the place, with the credentials that the
// SDK finds, and the id of their key: in the environment, in its files, or those of the machine's role.
func (c cloud) settings(ctx context.Context) (settings aws.Config, keyID string, err error) {
	// What matters is returned. The SDK would log that stand-ins send no checksums.
	options := []func(*config.LoadOptions) error{config.WithRegion(c.region), config.WithLogger(logging.Nop{})}
	if c.onThisMachine() { // where no role's credentials are, and asking for them takes long
		options = append(options, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	if settings, err = config.LoadDefaultConfig(ctx, options...); err != nil {
		return settings, "", fmt.Errorf("read the AWS settings: %w", err)
	}
	found, err := settings.Credentials.Retrieve(ctx)
	if err != nil {
		if last, ok := errors.AsType[*smithy.OperationError](err); ok && last.ServiceID == imds.ServiceID {
			return settings, "", errNoCredentials // the last place where the SDK looks: there are none anywhere
		}
		return settings, "", fmt.Errorf("%w: %w", errNoCredentials, err)
	}
	return settings, found.AccessKeyID, nil
}

// onThisMachine reports whether the endpoint is given and is a loopback address.
func (c cloud) onThisMachine() bool {
	u, err := url.Parse(c.endpoint)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
