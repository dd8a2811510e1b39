package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

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
}

func (c cloud) clients(ctx context.Context) (clients, error) {
	settings, err := c.settings(ctx)
	if err != nil {
		return clients{}, err
	}
	var endpoint *string
	if c.endpoint != "" {
		endpoint = &c.endpoint
	}
	return clients{
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
	}, nil
}

var errNoCredentials = errors.New("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (DynamoDB Local takes any), or sign in with the AWS CLI")

// settings returns the AWS settings for the place, with the credentials that the
// SDK finds: in the environment, in its files, or those of the machine's role.
func (c cloud) settings(ctx context.Context) (aws.Config, error) {
	// What matters is returned. The SDK would log that stand-ins send no checksums.
	options := []func(*config.LoadOptions) error{config.WithRegion(c.region), config.WithLogger(logging.Nop{})}
	if c.onThisMachine() { // where no role's credentials are, and asking for them takes long
		options = append(options, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	settings, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return settings, fmt.Errorf("read the AWS settings: %w", err)
	}
	if _, err := settings.Credentials.Retrieve(ctx); err != nil {
		if last, ok := errors.AsType[*smithy.OperationError](err); ok && last.ServiceID == imds.ServiceID {
			return settings, errNoCredentials // the last place where the SDK looks: there are none anywhere
		}
		return settings, fmt.Errorf("%w: %w", errNoCredentials, err)
	}
	return settings, nil
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
