package cognito

import (
	"context"

	"comanda/pool"
)

// Further operations of users, which carry a token.

func readRefreshToken(m *members) string { return m.text("RefreshToken", tokenRule) }

// refreshTokens is what clients call in place of InitiateAuth with REFRESH_TOKEN_AUTH.
func refreshTokens(ctx context.Context, p *pool.Pool, token string) (tokensOutput, error) {
	out, err := p.InitiateAuth(ctx, pool.FlowRefreshToken, map[string]string{"REFRESH_TOKEN": token})
	return tokensOutput{newAuthOutput(out).AuthenticationResult}, err
}

type ownAttributesInput struct {
	accessToken string
	attributes  []pool.Attribute
}

func readOwnAttributes(m *members) ownAttributesInput {
	m.require("UserAttributes")
	return ownAttributesInput{m.text("AccessToken", tokenRule), m.attributes("UserAttributes")}
}

func updateOwnAttributes(ctx context.Context, p *pool.Pool, in ownAttributesInput) (codeDeliveriesOutput, error) {
	delivery, err := p.UpdateUserAttributes(ctx, in.accessToken, in.attributes)
	out := codeDeliveriesOutput{CodeDeliveryDetailsList: []*codeDeliveryDetailsType{}}
	if delivery != nil {
		out.CodeDeliveryDetailsList = append(out.CodeDeliveryDetailsList, newCodeDelivery(delivery))
	}
	return out, err
}

type ownNamesInput struct {
	accessToken string
	names       []string
}

func readOwnNames(m *members) ownNamesInput {
	m.require("UserAttributeNames")
	return ownNamesInput{m.text("AccessToken", tokenRule), m.texts("UserAttributeNames", attributeNameRule)}
}

func deleteOwnAttributes(ctx context.Context, p *pool.Pool, in ownNamesInput) (none, error) {
	return none{}, p.DeleteUserAttributes(ctx, in.accessToken, in.names)
}

type attributeCodeInput struct{ accessToken, attribute string }

func readAttributeCode(m *members) attributeCodeInput {
	return attributeCodeInput{m.text("AccessToken", tokenRule), m.text("AttributeName", attributeNameRule)}
}

func sendAttributeCode(ctx context.Context, p *pool.Pool, in attributeCodeInput) (codeDeliveryOutput, error) {
	delivery, err := p.SendAttributeCode(ctx, in.accessToken, in.attribute)
	return codeDeliveryOutput{newCodeDelivery(delivery)}, err
}

type verificationInput struct{ accessToken, attribute, code string }

func readVerification(m *members) verificationInput {
	return verificationInput{m.text("AccessToken", tokenRule), m.text("AttributeName", attributeNameRule), m.text("Code", codeRule)}
}

func verifyAttribute(ctx context.Context, p *pool.Pool, in verificationInput) (none, error) {
	return none{}, p.VerifyUserAttribute(ctx, in.accessToken, in.attribute, in.code)
}

func deleteUser(ctx context.Context, p *pool.Pool, accessToken string) (none, error) {
	return none{}, p.DeleteUser(ctx, accessToken)
}
