package function

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	lambda "github.com/aws/aws-lambda-go/events"

	"comanda/identity"
	"comanda/keyset"
)

// errUnauthorized has the one text that makes API Gateway answer 401.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
var errUnauthorized = errors.New("Unauthorized")

// authorizer verifies tokens for API Gateway, as its TOKEN authorizer.
func (h *Handler) authorizer(string) (event, error) {
	keys, err := keyset.New(keyset.Options{URL: h.settings.keysURL, Now: h.now, Logger: h.logger})
	if err != nil {
		return nil, err
	}
	verifier, err := identity.NewVerifier(identity.Config{
		Issuer: h.settings.issuer, ClientID: h.settings.clientID, AdminGroup: h.settings.admins, Keys: keys, Now: h.now,
		CacheSize: 512, // the gateway remembers our answers, too
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var e lambda.APIGatewayCustomAuthorizerRequest
		if err := json.Unmarshal(payload, &e); err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		if e.Type != "TOKEN" {
			return nil, fmt.Errorf("read the event: it is of type %.40q, not of a TOKEN authorizer", e.Type)
		}
		return h.authorize(ctx, verifier, e)
	}, nil
}

// authorize returns the policy for a token, [errUnauthorized] for one that is
// refused, or another error, which the gateway answers with 500.
func (h *Handler) authorize(ctx context.Context, v *identity.Verifier, e lambda.APIGatewayCustomAuthorizerRequest) ([]byte, error) {
	stage, err := stageOf(e.MethodArn)
	if err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	if _, err = v.Verify(ctx, e.AuthorizationToken); err != nil {
		if errors.Is(err, identity.ErrUnauthenticated) {
			h.logger.InfoContext(ctx, "token refused", "reason", err.Error())
			return nil, errUnauthorized
		}
		h.logger.ErrorContext(ctx, "token couldn't be verified", "error", err.Error())
		return nil, errors.New("the token couldn't be verified now: try again")
	}
	claims, err := claimsOf(e.AuthorizationToken)
	if err != nil {
		return nil, err
	}
	return policy(stage, claims)
}

// stageOf returns the ARN of an API's stage, of which arn is a method:
// arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH.
func stageOf(arn string) (string, error) {
	parts := strings.SplitN(arn, "/", 4)
	if len(parts) < 3 || !strings.HasPrefix(arn, "arn:") || strings.ContainsAny(parts[0]+parts[1], "*?") {
		return "", fmt.Errorf("the method's ARN %.200q isn't one of a stage of an API", arn)
	}
	return parts[0] + "/" + parts[1], nil
}

// policy allows a caller the whole stage: the gateway keeps the policy for the
// token, whatever it is used for next. What the caller may do there is decided by the API.
func policy(stage string, claims map[string]any) ([]byte, error) {
	handedOn, err := contextOfClaims(claims)
	if err != nil {
		return nil, err
	}
	answer := lambda.APIGatewayCustomAuthorizerResponse{
		PrincipalID: identity.Claims(claims).Text(identity.ClaimSubject),
		PolicyDocument: lambda.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []lambda.IAMPolicyStatement{{
				Effect: "Allow", Action: []string{"execute-api:Invoke"}, Resource: []string{stage + "/*/*"},
			}},
		},
		Context: handedOn,
	}
	out, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("write the policy: %w", err)
	}
	return out, nil
}

// claimsOf returns the claims of an Authorization header whose token has been
// verified.
func claimsOf(header string) (map[string]any, error) {
	fields := strings.Fields(header)
	parts := strings.Split(fields[len(fields)-1], ".")
	var claims map[string]any
	text, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		return nil, fmt.Errorf("read the claims of a verified token: %w", err)
	}
	return claims, nil
}

// contextOfClaims returns what the API needs to know of a caller in the flat form
// that the gateway hands on: a list becomes its JSON text.
func contextOfClaims(claims map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for _, k := range contextKeys {
		switch v := claims[k.claim].(type) {
		case nil:
		case string:
			out[k.key] = v
		case float64:
			out[k.key] = strconv.FormatFloat(v, 'f', 0, 64)
		default:
			text, err := json.Marshal(v)
			if err != nil {
				return nil, fmt.Errorf("hand on the claim %s: %w", k.claim, err)
			}
			out[k.key] = string(text)
		}
	}
	return out, nil
}
