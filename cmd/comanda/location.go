package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"comanda/app"
	"comanda/dynamo"
	"comanda/order"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
)

// Engines, as they begin a location.
const (
	engineSQLite   = "sqlite"
	engineDynamoDB = "dynamodb"
)

// location is where an installation keeps its records, as people write it:
//
//	sqlite:DIR
//	dynamodb:REGION[?endpoint=URL][&prefix=PREFIX][&TABLE=NAME]…
//
// TABLE is a table of [app.Tables], and NAME what it is called on DynamoDB.
type location struct {
	engine string
	dir    string // of sqlite
	cloud  cloud  // of dynamodb
}

// cloud is a place on DynamoDB, or on something that speaks its API.
type cloud struct {
	region   string
	endpoint string            // "": the SDK's, from the environment or for the region
	prefix   string            // in front of every table's name
	names    map[string]string // on DynamoDB by declared name, for tables that have another
}

const locationForms = "it must be sqlite:DIR or dynamodb:REGION[?endpoint=URL&prefix=PREFIX]"

var (
	regionShape = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	nameShape   = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`) // an expression that counts to 255 costs every start 0.7 ms
)

// parseLocation reads a location. Its error names everything that is wrong.
func parseLocation(text string) (location, error) {
	engine, rest, _ := strings.Cut(text, ":")
	switch {
	case engine == engineSQLite && rest != "":
		return location{engine: engine, dir: rest}, nil
	case engine == engineDynamoDB && rest != "":
		c, err := parseCloud(rest)
		if err != nil {
			return location{}, fmt.Errorf("location %q: %w", text, err)
		}
		return location{engine: engine, cloud: c}, nil
	}
	return location{}, fmt.Errorf("location %q: %s", text, locationForms)
}

// parseCloud reads what follows dynamodb: in a location.
func parseCloud(text string) (cloud, error) {
	region, query, _ := strings.Cut(text, "?")
	c := cloud{region: region, names: make(map[string]string)}
	values, err := url.ParseQuery(query)
	if err != nil {
		return c, fmt.Errorf("after the question mark: %w", err)
	}
	var errs []error
	if !regionShape.MatchString(region) {
		errs = append(errs, fmt.Errorf("region %q must be a name as eu-west-1", region))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			errs = append(errs, fmt.Errorf("%s is given %d times", name, len(values[name])))
			continue
		}
		errs = append(errs, c.set(name, values.Get(name)))
	}
	return c, errors.Join(errs...)
}

// set takes one parameter of a location.
func (c *cloud) set(name, value string) error {
	isTable := slices.ContainsFunc(app.Tables(), func(t storage.Table) bool { return t.Name == name })
	switch {
	case name == "endpoint":
		c.endpoint = strings.TrimRight(value, "/")
		return checkEndpoint(value)
	case name == "prefix" && len(value) <= 200 && nameShape.MatchString(value):
		c.prefix = value
		return nil
	case name == "prefix":
		return fmt.Errorf("prefix %q must be of A-Z a-z 0-9 _ . -", value)
	case isTable && len(value) >= 3 && len(value) <= 255 && nameShape.MatchString(value):
		c.names[name] = value
		return nil
	case isTable:
		return fmt.Errorf("name %q of table %s must be 3 to 255 of A-Z a-z 0-9 _ . -", value, name)
	}
	return fmt.Errorf("parameter %q is unknown: give endpoint, prefix or the name of a table", name)
}

func checkEndpoint(text string) error {
	u, err := url.Parse(text)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
		return nil
	}
	return fmt.Errorf("endpoint %q must be a URL as http://127.0.0.1:8000", text)
}

// String returns the location in a form that [parseLocation] reads, and that is
// the same for the same place on DynamoDB.
func (l location) String() string {
	if l.engine == engineSQLite {
		return l.engine + ":" + l.dir
	}
	return l.engine + ":" + l.cloud.String()
}

// String returns what follows dynamodb: in a location.
func (c cloud) String() string {
	values := url.Values{}
	if c.endpoint != "" {
		values.Set("endpoint", c.endpoint)
	}
	if c.prefix != "" {
		values.Set("prefix", c.prefix)
	}
	for table, name := range c.names {
		values.Set(table, name)
	}
	if len(values) == 0 {
		return c.region
	}
	// Slashes and colons need no escape after a question mark, and are read more easily.
	return c.region + "?" + strings.NewReplacer("%2F", "/", "%3A", ":").Replace(values.Encode())
}

// isTableOf reports whether a table is one and the same of two places on DynamoDB.
func (l location) isTableOf(other location, t storage.Table) bool {
	return l.engine == engineDynamoDB && other.engine == engineDynamoDB && l.cloud.region == other.cloud.region &&
		l.cloud.endpoint == other.cloud.endpoint && l.cloud.nameOf(t) == other.cloud.nameOf(t)
}

// options returns what [dynamo.New] is told about the place.
func (c cloud) options() dynamo.Options {
	return dynamo.Options{
		Prefix: c.prefix, Names: c.names,
		Index: map[string]func(storage.Key, []byte) map[string]storage.IndexKey{order.TableName: order.IndexOf},
	}
}

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

// client returns a client of DynamoDB.
func (c cloud) client(ctx context.Context) (*dynamodb.Client, error) {
	settings, err := c.settings(ctx)
	if err != nil {
		return nil, err
	}
	return dynamodb.NewFromConfig(settings, func(o *dynamodb.Options) {
		if c.endpoint != "" {
			o.BaseEndpoint = &c.endpoint
		}
	}), nil
}

// streams returns a client of DynamoDB Streams. DynamoDB Local answers for both
// at one endpoint.
func (c cloud) streams(ctx context.Context) (*dynamodbstreams.Client, error) {
	settings, err := c.settings(ctx)
	if err != nil {
		return nil, err
	}
	return dynamodbstreams.NewFromConfig(settings, func(o *dynamodbstreams.Options) {
		if c.endpoint != "" {
			o.BaseEndpoint = &c.endpoint
		}
	}), nil
}

var errNoCredentials = errors.New("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (DynamoDB Local takes any), or sign in with the AWS CLI")

// onThisMachine reports whether the endpoint is given and is a loopback address.
func (c cloud) onThisMachine() bool {
	u, err := url.Parse(c.endpoint)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// open returns a store of the tables, which must be there.
func (c cloud) open(ctx context.Context, tables []storage.Table) (*dynamo.Store, error) {
	client, err := c.client(ctx)
	if err != nil {
		return nil, err
	}
	s, err := dynamo.Open(ctx, client, tables, c.options())
	if errors.Is(err, dynamo.ErrNoTable) {
		return nil, fmt.Errorf("dynamodb:%v: %w: comanda tables create --to %s makes what is missing", c, err, quote("dynamodb:"+c.String()))
	}
	if err != nil {
		return nil, fmt.Errorf("dynamodb:%v: %w", c, err)
	}
	return s, nil
}
