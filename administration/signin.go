package administration

import "context"

// NewPasswordRequired is the challenge that a temporary password leads to.
const NewPasswordRequired = "NEW_PASSWORD_REQUIRED"

// Outcome is the answer to a sign-in: a token, or a challenge to answer first.
type Outcome struct {
	ChallengeName        string
	Session              string
	AuthenticationResult struct {
		IDToken string `json:"IdToken"`
	}
}

// SignIn signs a user in with a password.
func (c *Connection) SignIn(ctx context.Context, username, password string) (out Outcome, err error) {
	err = c.Call(ctx, "InitiateAuth", map[string]any{
		"ClientId": c.Keys.ClientID, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": username, "PASSWORD": password},
	}, &out)
	return out, err
}

// ChoosePassword answers [NewPasswordRequired].
func (c *Connection) ChoosePassword(ctx context.Context, username, session, password string) (out Outcome, err error) {
	err = c.Call(ctx, "RespondToAuthChallenge", map[string]any{
		"ClientId": c.Keys.ClientID, "ChallengeName": NewPasswordRequired, "Session": session,
		"ChallengeResponses": map[string]string{"USERNAME": username, "NEW_PASSWORD": password},
	}, &out)
	return out, err
}
