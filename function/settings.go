package function

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones work on machines without zone data

	"comanda/api"
	"comanda/keyset"
	"comanda/order"
	"comanda/storage"
)

// Names of environment variables. Those that AWS Lambda and its tools set have
// their names from there; those of Powertools are as the workshop has them.
const (
	HandlerVariable      = "_HANDLER"                                   // which function this process is: a name of [Functions]
	TablePrefixVariable  = "COMANDA_TABLE_PREFIX"                       // in front of the declared names of tables; ""
	UserPoolVariable     = "USER_POOL_ID"                               // of Amazon Cognito; required by the authorizer
	ClientVariable       = "USER_POOL_CLIENT_ID"                        // the audience of tokens; required by the authorizer
	IssuerVariable       = "USER_POOL_ISSUER"                           // of tokens; Cognito's for the user pool
	PoolEndpointVariable = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER" // where a stand-in for Cognito publishes keys
	AdminGroupVariable   = "ADMIN_GROUP"                                // whose members are administrators; apiAdmins
	TotalPolicyVariable  = "TOTAL_POLICY"                               // accept, flag or reject totals that aren't the sum of the items; accept
	UnknownVariable      = "UNKNOWN_FIELDS"                             // accept, report or reject members of bodies that no operation knows; report
	ZoneVariable         = "ZONE"                                       // IANA name of the zone of the business day; UTC
	CurrencyVariable     = "CURRENCY"                                   // ISO 4217 code of all amounts, for reports; none
	OriginsVariable      = "CORS_ORIGINS"                               // origins of web pages that may call the API, separated by commas, or *
	ServiceVariable      = "POWERTOOLS_SERVICE_NAME"                    // in log lines and metrics; comanda
	NamespaceVariable    = "POWERTOOLS_METRICS_NAMESPACE"               // of metrics; Comanda
	LogLevelVariable     = "POWERTOOLS_LOG_LEVEL"                       // debug, info, warn or error; info
	RegionVariable       = "AWS_REGION"                                 // required where there are tables
	keyVariable          = "AWS_ACCESS_KEY_ID"                          // with the secret and, on AWS, a session's token
	secretVariable       = "AWS_SECRET_ACCESS_KEY"                      //nolint:gosec // a name
	sessionVariable      = "AWS_SESSION_TOKEN"                          //nolint:gosec // a name
	dynamoVariable       = "AWS_ENDPOINT_URL_DYNAMODB"                  // of the tables' service; Amazon's in the region
	endpointVariable     = "AWS_ENDPOINT_URL"                           // of every service without a variable of its own
	functionNameVariable = "AWS_LAMBDA_FUNCTION_NAME"
	memorySizeVariable   = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
)

// TableVariable returns the name of the environment variable that holds a
// table's name on DynamoDB, where it isn't the prefix and the declared name:
// ORDERS_TABLE, USERS_TABLE, CLAIMS_TABLE.
func TableVariable(t storage.Table) string {
	return strings.ToUpper(strings.TrimPrefix(t.Name, "user_")) + "_TABLE"
}

// settings is what the environment says.
type settings struct {
	getenv    func(string) string
	function  Function
	issuer    string // of tokens
	keysURL   string
	clientID  string
	admins    string
	policy    order.TotalPolicy
	unknown   api.UnknownFields
	zone      *time.Location
	currency  string
	origins   []string
	service   string
	namespace string
	level     slog.Level
	region    string
	endpoint  string // of DynamoDB; "" for Amazon's
	names     map[string]string
}

// readSettings reads the environment for one function. The error names every
// bad value and what is accepted.
func readSettings(getenv func(string) string, f Function) (settings, error) {
	s := settings{
		getenv: getenv, function: f,
		clientID:  getenv(ClientVariable),
		admins:    cmp.Or(getenv(AdminGroupVariable), "apiAdmins"),
		policy:    order.TotalPolicy(cmp.Or(getenv(TotalPolicyVariable), string(order.AcceptTotal))),
		unknown:   api.UnknownFields(cmp.Or(getenv(UnknownVariable), string(api.ReportUnknown))),
		currency:  getenv(CurrencyVariable),
		origins:   list(getenv(OriginsVariable)),
		service:   cmp.Or(getenv(ServiceVariable), "comanda"),
		namespace: cmp.Or(getenv(NamespaceVariable), "Comanda"),
		region:    getenv(RegionVariable),
		endpoint:  cmp.Or(getenv(dynamoVariable), getenv(endpointVariable)),
		names:     map[string]string{},
	}
	for _, t := range f.Tables() {
		s.names[t.Name] = cmp.Or(getenv(TableVariable(t)), getenv(TablePrefixVariable)+t.Name)
	}
	return s, errors.Join(s.checkWords(), s.checkTables(), s.checkUserPool())
}

func bad(variable, value, format string, args ...any) error {
	return fmt.Errorf("%s=%.200q: %s", variable, value, fmt.Sprintf(format, args...))
}

// checkWords checks what is one of a few values.
func (s *settings) checkWords() error {
	var errs []error
	policies := []order.TotalPolicy{order.AcceptTotal, order.FlagTotal, order.RejectTotal}
	if !slices.Contains(policies, s.policy) {
		errs = append(errs, bad(TotalPolicyVariable, string(s.policy), "must be accept, flag or reject"))
	}
	if !slices.Contains(api.UnknownPolicies, s.unknown) {
		errs = append(errs, bad(UnknownVariable, string(s.unknown), "must be accept, report or reject"))
	}
	var err error
	name := cmp.Or(s.getenv(ZoneVariable), "UTC")
	if s.zone, err = time.LoadLocation(name); err != nil || name == "Local" {
		errs = append(errs, bad(ZoneVariable, name, "must be an IANA time zone such as Europe/Lisbon"))
	}
	if s.currency != "" && (len(s.currency) != 3 || strings.Trim(s.currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		errs = append(errs, bad(CurrencyVariable, s.currency, "must be a code of ISO 4217 such as EUR"))
	}
	level := cmp.Or(s.getenv(LogLevelVariable), "info")
	if err := s.level.UnmarshalText([]byte(level)); err != nil {
		errs = append(errs, bad(LogLevelVariable, level, "must be debug, info, warn or error"))
	}
	for _, origin := range s.origins {
		if u, err := url.Parse(origin); origin != "*" && (err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "") {
			errs = append(errs, bad(OriginsVariable, origin, "must be origins such as https://shop.example.com, separated by commas, or *"))
		}
	}
	if len(s.namespace) > 255 || !consistsOf(s.namespace, "._/#:-") || strings.HasPrefix(s.namespace, "AWS/") {
		errs = append(errs, bad(NamespaceVariable, s.namespace, "must be 1 to 255 of A-Z a-z 0-9 . - _ / # : and not begin with AWS/"))
	}
	return errors.Join(errs...)
}

// consistsOf reports whether text has only letters, digits and what is in more.
// A regular expression would have to be compiled at every start.
func consistsOf(text, more string) bool {
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"+more) == ""
}

// checkTables checks what a function with tables needs.
func (s *settings) checkTables() error {
	tables := s.function.Tables()
	if len(tables) == 0 {
		return nil
	}
	var errs []error
	for _, t := range tables {
		if name := s.names[t.Name]; len(name) < 3 || len(name) > 255 || !consistsOf(name, "._-") {
			errs = append(errs, bad(TableVariable(t), name, "must be the name of a table: 3 to 255 of A-Z a-z 0-9 _ . -"))
		}
	}
	if s.region == "" {
		errs = append(errs, bad(RegionVariable, "", "must be the region of the tables, such as eu-west-1"))
	}
	if s.getenv(keyVariable) == "" || s.getenv(secretVariable) == "" {
		errs = append(errs, fmt.Errorf("%s and %s: must be set; AWS Lambda sets them to the credentials of the function's role", keyVariable, secretVariable))
	}
	if u, err := url.Parse(s.endpoint); s.endpoint != "" && (err != nil || u.Host == "") {
		errs = append(errs, bad(dynamoVariable, s.endpoint, "must be a URL such as http://127.0.0.1:8000"))
	}
	return errors.Join(errs...)
}

// checkUserPool checks what the authorizer needs.
func (s *settings) checkUserPool() error {
	if s.function.Trigger != Authorizer {
		return nil
	}
	var errs []error
	pool, err := keyset.Cognito(s.getenv(UserPoolVariable), cmp.Or(s.getenv(PoolEndpointVariable), s.getenv(endpointVariable)))
	if err != nil {
		errs = append(errs, fmt.Errorf("%s, %s: %w", UserPoolVariable, PoolEndpointVariable, err))
	}
	s.keysURL, s.issuer = pool.KeysURL, cmp.Or(s.getenv(IssuerVariable), pool.Issuer)
	if s.clientID == "" {
		errs = append(errs, bad(ClientVariable, "", "must be the id of the user pool's client, which tokens are for"))
	}
	return errors.Join(errs...)
}

// list splits at commas.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}
