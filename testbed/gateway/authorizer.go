package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// authorizer is the TOKEN authorizer: a function whose answers are kept by token.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
type authorizer struct {
	functions *Functions
	function  string // name of the function
	keep      time.Duration
	now       func() time.Time

	mu      sync.Mutex
	answers map[string]grant
}

// grant is what the function has answered for a token.
type grant struct {
	policy  policy
	context map[string]any // what the integration is told
	until   time.Time
}

// Answers of the authorizer that aren't a grant.
var (
	errUnauthorized = errors.New("the authorizer refuses the token")
	errNoPolicy     = errors.New("the authorizer's answer has no policy")
)

// askAuthorizer says whether the function lets the request through.
func (x *exchange) askAuthorizer(token string) (refusal Refusal, message string) {
	arn := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s%s", region, account, apiID, x.gateway.Stage, x.request.Method, x.path)
	g, err := x.gateway.authorizer.grant(x.request.Context(), token, arn)
	switch {
	case errors.Is(err, errUnauthorized):
		return Unauthorized, "Unauthorized"
	case errors.Is(err, errNoPolicy):
		return AuthorizerConfigurationError, err.Error()
	case err != nil:
		return AuthorizerFailure, err.Error()
	}
	switch g.policy.decide("execute-api:Invoke", arn) {
	case allowed:
		x.found = g.context
		return "", ""
	case denied:
		return AccessDenied, "User is not authorized to access this resource with an explicit deny"
	default:
		return AccessDenied, "User is not authorized to access this resource"
	}
}

// grant returns the kept answer for a token, or asks. Refusals and failures
// aren't kept.
func (a *authorizer) grant(ctx context.Context, token, arn string) (grant, error) {
	a.mu.Lock()
	g, ok := a.answers[token]
	a.mu.Unlock()
	if ok && a.now().Before(g.until) {
		return g, nil
	}
	event, err := json.Marshal(map[string]string{"type": "TOKEN", "authorizationToken": token, "methodArn": arn})
	if err != nil {
		return grant{}, err
	}
	payload, err := a.functions.Invoke(ctx, a.function, event)
	var failed *FunctionError
	switch {
	case errors.As(err, &failed) && failed.Message == "Unauthorized":
		return grant{}, errUnauthorized
	case err != nil:
		return grant{}, err
	}
	if g, err = readGrant(payload); err != nil {
		return grant{}, err
	}
	g.until = a.now().Add(a.keep)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[token] = g
	return g, nil
}

// readGrant reads an answer. The context holds texts, numbers and truths, and
// arrives as texts.
func readGrant(payload []byte) (grant, error) {
	var answer struct {
		PrincipalID    string         `json:"principalId"`
		PolicyDocument policy         `json:"policyDocument"`
		Context        map[string]any `json:"context"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil || answer.PrincipalID == "" || len(answer.PolicyDocument.Statement) == 0 {
		return grant{}, errors.Join(errNoPolicy, err)
	}
	g := grant{policy: answer.PolicyDocument, context: map[string]any{"principalId": answer.PrincipalID, "integrationLatency": 0}}
	for name, v := range answer.Context {
		switch v.(type) {
		case string, float64, bool:
			g.context[name] = fmt.Sprint(v)
		default:
			return grant{}, fmt.Errorf("%w that can be handed on: %s of its context is %T", errNoPolicy, name, v)
		}
	}
	return g, nil
}

// policy is an IAM policy, as far as an authorizer's needs to be understood.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect   string
	Action   oneOrMore
	Resource oneOrMore
}

// decision is what a policy says about one call.
type decision int

const (
	silent decision = iota // which is a refusal, too
	allowed
	denied
)

// decide evaluates the policy: what is denied is never allowed.
func (p policy) decide(action, resource string) decision {
	out := silent
	for _, s := range p.Statement {
		switch {
		case !s.Action.matches(action) || !s.Resource.matches(resource):
		case s.Effect == "Deny":
			return denied
		case s.Effect == "Allow":
			out = allowed
		}
	}
	return out
}

// oneOrMore is a text or a list of texts, with the wildcards * and ?.
type oneOrMore []string

// UnmarshalJSON reads either form.
func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if err := json.Unmarshal(b, &one); err == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(o))
}

func (o oneOrMore) matches(text string) bool {
	for _, pattern := range o {
		if wildcard(pattern, text) {
			return true
		}
	}
	return false
}

// wildcard reports whether a pattern matches a text. A * may stand for nothing,
// and for slashes.
func wildcard(pattern, text string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if len(text) < len(before) {
		return false
	}
	for i := range len(before) {
		if before[i] != '?' && before[i] != text[i] {
			return false
		}
	}
	text = text[len(before):]
	if !star {
		return text == ""
	}
	for i := range len(text) + 1 {
		if wildcard(after, text[i:]) {
			return true
		}
	}
	return false
}
