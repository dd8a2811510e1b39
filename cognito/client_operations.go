package cognito

import (
	"context"

	"comanda/pool"
)

// The operations of users.

func readSignUp(m *members) pool.SignUpInput {
	return pool.SignUpInput{
		Username:   m.text("Username", usernameRule),
		Password:   m.text("Password", passwordRule),
		Attributes: m.attributes("UserAttributes"),
	}
}

func signUp(ctx context.Context, p *pool.Pool, in pool.SignUpInput) (signUpOutput, error) {
	out, err := p.SignUp(ctx, in)
	return newSignUpOutput(out), err
}

type confirmSignUpInput struct{ username, code string }

func readConfirmSignUp(m *members) confirmSignUpInput {
	return confirmSignUpInput{m.text("Username", usernameRule), m.text("ConfirmationCode", codeRule)}
}

func confirmSignUp(ctx context.Context, p *pool.Pool, in confirmSignUpInput) (none, error) {
	return none{}, p.ConfirmSignUp(ctx, in.username, in.code)
}

func resendConfirmationCode(ctx context.Context, p *pool.Pool, username string) (codeDeliveryOutput, error) {
	delivery, err := p.ResendConfirmationCode(ctx, username)
	return codeDeliveryOutput{newCodeDelivery(delivery)}, err
}

func forgotPassword(ctx context.Context, p *pool.Pool, username string) (codeDeliveryOutput, error) {
	delivery, err := p.ForgotPassword(ctx, username)
	return codeDeliveryOutput{newCodeDelivery(delivery)}, err
}

type confirmForgotPasswordInput struct{ username, code, password string }

func readConfirmForgotPassword(m *members) confirmForgotPasswordInput {
	return confirmForgotPasswordInput{
		m.text("Username", usernameRule), m.text("ConfirmationCode", codeRule), m.text("Password", passwordRule),
	}
}

func confirmForgotPassword(ctx context.Context, p *pool.Pool, in confirmForgotPasswordInput) (none, error) {
	return none{}, p.ConfirmForgotPassword(ctx, in.username, in.code, in.password)
}

type changePasswordInput struct{ accessToken, previous, proposed string }

func readChangePassword(m *members) changePasswordInput {
	return changePasswordInput{
		m.text("AccessToken", tokenRule), m.text("PreviousPassword", optPasswordRule), m.text("ProposedPassword", passwordRule),
	}
}

func changePassword(ctx context.Context, p *pool.Pool, in changePasswordInput) (none, error) {
	return none{}, p.ChangePassword(ctx, in.accessToken, in.previous, in.proposed)
}

type authInput struct {
	clientID   string // read only where the operation names the pool as well
	flow       pool.Flow
	parameters map[string]string
}

func readAuth(m *members) authInput {
	return authInput{flow: pool.Flow(m.text("AuthFlow", flowRule)), parameters: m.textMap("AuthParameters")}
}

func initiateAuth(ctx context.Context, p *pool.Pool, in authInput) (authOutput, error) {
	out, err := p.InitiateAuth(ctx, in.flow, in.parameters)
	return newAuthOutput(out), err
}

func readRespond(m *members) pool.RespondInput {
	return pool.RespondInput{
		Name:      pool.ChallengeName(m.text("ChallengeName", challengeRule)),
		Session:   m.text("Session", sessionRule),
		Responses: m.textMap("ChallengeResponses"),
	}
}

func respond(ctx context.Context, p *pool.Pool, in pool.RespondInput) (authOutput, error) {
	out, err := p.RespondToAuthChallenge(ctx, in)
	return newAuthOutput(out), err
}

func readRevoke(m *members) string { return m.text("Token", tokenRule) }

func revokeToken(ctx context.Context, p *pool.Pool, token string) (none, error) {
	return none{}, p.RevokeToken(ctx, token)
}

func readAccessToken(m *members) string { return m.text("AccessToken", tokenRule) }

func getUser(ctx context.Context, p *pool.Pool, accessToken string) (getUserOutput, error) {
	u, err := p.GetUser(ctx, accessToken)
	return getUserOutput{u.Username, attributeTypes(u.Attributes)}, err
}

func globalSignOut(ctx context.Context, p *pool.Pool, accessToken string) (none, error) {
	return none{}, p.GlobalSignOut(ctx, accessToken)
}
