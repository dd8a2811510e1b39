package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"comanda/app"
	"comanda/dynamo"
	"comanda/feed"
	"comanda/order"
	"comanda/storage"
	"comanda/stream"
	"comanda/terminal"
)

// cloud is a place on DynamoDB, or on something that speaks its API.
type cloud struct {
	region   string
	endpoint string            // "": the SDK's, from the environment or for the region
	prefix   string            // in front of every table's name
	names    map[string]string // on DynamoDB by declared name, for tables that have another
}

var (
	regionShape = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	nameShape   = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`) // an expression that counts to 255 costs every start 0.7 ms
)

// parseCloud reads what follows dynamodb: in a location.
func parseCloud(text string) (Place, error) {
	if text == "" {
		return nil, errors.New(forms())
	}
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

// cloudOfEnvironment is DynamoDB in the region of the environment.
func cloudOfEnvironment(string) (Place, error) {
	if region() == "" {
		return nil, errors.New(`no region: give it as dynamodb:eu-west-1, or set AWS_REGION`)
	}
	return parseCloud(region())
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

// String implements [Place].
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
		return "dynamodb:" + c.region
	}
	// Slashes and colons need no escape after a question mark, and are read more easily.
	return "dynamodb:" + c.region + "?" + strings.NewReplacer("%2F", "/", "%3A", ":").Replace(values.Encode())
}

// Traits implements [Place].
func (c cloud) Traits() Traits { return Traits{Shared: true, Remark: c.String()} }

// Table implements [Place].
func (c cloud) Table(t storage.Table) Table {
	return Table{At: c.region + " " + c.endpoint, Name: c.nameOf(t)}
}

// nameOf returns what a table is called on DynamoDB.
func (c cloud) nameOf(t storage.Table) string {
	if name, ok := c.names[t.Name]; ok {
		return name
	}
	return c.prefix + t.Name
}

// options returns what [dynamo.New] is told about the place.
func (c cloud) options() dynamo.Options {
	return dynamo.Options{
		Prefix: c.prefix, Names: c.names,
		Index: map[string]func(storage.Key, []byte) map[string]storage.IndexKey{order.TableName: order.IndexOf},
	}
}

// Open implements [Place].
func (c cloud) Open(ctx context.Context, tables []storage.Table, _ *slog.Logger) (app.Engine, error) {
	clients, err := c.clients(ctx)
	if err != nil {
		return app.Engine{}, err
	}
	s, err := c.open(ctx, clients, tables)
	if err != nil {
		return app.Engine{}, err
	}
	find := func(ctx context.Context) (string, error) { return s.StreamARN(ctx, order.TableName) }
	return app.Engine{
		Store: s, Shared: true, Feed: feed.Feed{Source: stream.NewPoller(clients.streams, order.Table, find, time.Now)},
		Ready: func(ctx context.Context) error { return s.Ping(ctx, feed.Table.Name) },
	}, nil
}

// open returns a store of the tables, which must be there.
func (c cloud) open(ctx context.Context, clients clients, tables []storage.Table) (*dynamo.Store, error) {
	s, err := dynamo.Open(ctx, clients.tables, tables, c.options())
	if errors.Is(err, dynamo.ErrNoTable) && clients.local {
		return nil, fmt.Errorf("%v: %w for the AWS keys here, which comanda env has set, and DynamoDB Local shows each key tables of its own: "+
			"do this in another shell, with the keys that the tables were made with", c, err)
	}
	if errors.Is(err, dynamo.ErrNoTable) {
		return nil, fmt.Errorf("%v: %w: comanda tables create --to %s makes what is missing", c, err, terminal.Quote(c.String()))
	}
	if err != nil {
		return nil, fmt.Errorf("%v: %w", c, err)
	}
	return s, nil
}

// Elsewhere says what else is to be done for orders that no data directory has.
const Elsewhere = "orders on DynamoDB are kept by its point-in-time recovery, see docs/deploy.md; of a data directory only keys.json is needed then, carry that file to a safe place"

// Check implements [Place].
func (cloud) Check(context.Context) (Contents, error) { return Contents{}, cannot(Elsewhere) }

// Backup implements [Place].
func (cloud) Backup(context.Context, string) error { return cannot(Elsewhere) }

// Adopt implements [Place].
func (c cloud) Adopt(ctx context.Context, t storage.Table, progress func(found int)) (int, error) {
	clients, err := c.clients(ctx)
	if err != nil {
		return 0, err
	}
	s, err := c.open(ctx, clients, []storage.Table{t})
	if err != nil {
		return 0, err
	}
	n, err := s.Adopt(ctx, t.Name, progress)
	if err != nil {
		err = fmt.Errorf("%v: %d orders adopted, then: %w", c, n, err)
	}
	return n, err
}
