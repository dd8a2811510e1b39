package cognito

import (
	"context"
	"time"

	"comanda/pool"
)

// The operations that show the pool itself, its client and its groups. Tools look these up
// before they do anything else.

func adminGlobalSignOut(ctx context.Context, p *pool.Pool, username string) (none, error) {
	return none{}, p.AdminUserGlobalSignOut(ctx, username)
}

func adminResetPassword(ctx context.Context, p *pool.Pool, username string) (none, error) {
	return none{}, p.AdminResetUserPassword(ctx, username)
}

func readGroupName(m *members) string { return m.text("GroupName", groupNameRule) }

func getGroup(ctx context.Context, p *pool.Pool, name string) (createGroupOutput, error) {
	g, err := p.GetGroup(ctx, name)
	return createGroupOutput{newGroupType(p.ID(), g)}, err
}

func deleteGroup(ctx context.Context, p *pool.Pool, name string) (none, error) {
	return none{}, p.DeleteGroup(ctx, name)
}

type pageInput struct {
	limit int
	token string
}

func readGroupPage(m *members) pageInput {
	return pageInput{m.limit(), m.text("NextToken", pageTokenRule)}
}

func listGroups(ctx context.Context, p *pool.Pool, in pageInput) (listGroupsOutput, error) {
	groups, next, err := p.ListGroups(ctx, in.limit, in.token)
	out := listGroupsOutput{Groups: make([]groupType, 0, len(groups)), NextToken: next}
	for _, g := range groups {
		out.Groups = append(out.Groups, newGroupType(p.ID(), g))
	}
	return out, err
}

func readNothing(*members) none { return none{} }

func readPoolPage(m *members) none {
	m.require("MaxResults")
	m.integer("MaxResults", 1, 60)
	return none{}
}

func readClientPage(m *members) none {
	m.integer("MaxResults", 1, 60)
	return none{}
}

func listPools(ctx context.Context, p *pool.Pool, _ none) (listPoolsOutput, error) {
	d, err := p.Describe(ctx, false)
	return listPoolsOutput{UserPools: []poolSummaryType{{
		ID: d.ID, Name: poolName, CreationDate: epochTime(d.Created), LastModifiedDate: epochTime(d.Created),
	}}}, err
}

func describePool(ctx context.Context, p *pool.Pool, _ none) (describePoolOutput, error) {
	d, err := p.Describe(ctx, true)
	return describePoolOutput{newPoolType(d)}, err
}

func listClients(ctx context.Context, p *pool.Pool, _ none) (listClientsOutput, error) {
	d, err := p.Describe(ctx, false)
	return listClientsOutput{UserPoolClients: []clientSummaryType{{UserPoolID: d.ID, ClientID: d.ClientID, ClientName: poolName}}}, err
}

func readClientID(m *members) string { return m.text("ClientId", clientIDRule) }

func describeClient(ctx context.Context, p *pool.Pool, clientID string) (describeClientOutput, error) {
	if clientID != p.ClientID() {
		return describeClientOutput{}, unknownClient(clientID)
	}
	d, err := p.Describe(ctx, false)
	return describeClientOutput{newClientType(d)}, err
}

// poolName is what the pool and its client are called.
const poolName = "comanda"

type listPoolsOutput struct{ UserPools []poolSummaryType }

type poolSummaryType struct {
	ID               string `json:"Id"`
	Name             string
	CreationDate     epochTime
	LastModifiedDate epochTime
}

type describePoolOutput struct{ UserPool poolType }

// poolType is the part of UserPoolType that there is something to say about.
type poolType struct {
	poolSummaryType
	Policies struct {
		PasswordPolicy passwordPolicyType
	}
	AutoVerifiedAttributes []string
	AliasAttributes        []string
	UsernameConfiguration  struct{ CaseSensitive bool }
	MfaConfiguration       string
	EstimatedNumberOfUsers int
	AdminCreateUserConfig  struct{ AllowAdminCreateUserOnly bool }
}

type passwordPolicyType struct {
	MinimumLength                 int
	RequireUppercase              bool
	RequireLowercase              bool
	RequireNumbers                bool
	RequireSymbols                bool
	TemporaryPasswordValidityDays int
}

func newPoolType(d pool.Description) poolType {
	t := poolType{
		poolSummaryType:        poolSummaryType{ID: d.ID, Name: poolName, CreationDate: epochTime(d.Created), LastModifiedDate: epochTime(d.Created)},
		AutoVerifiedAttributes: []string{"email"}, AliasAttributes: []string{"email"}, MfaConfiguration: "OFF", EstimatedNumberOfUsers: d.Users,
	}
	t.AdminCreateUserConfig.AllowAdminCreateUserOnly = d.SignUpClosed
	t.Policies.PasswordPolicy = passwordPolicyType{
		MinimumLength: d.Policy.MinLength, RequireUppercase: d.Policy.Upper, RequireLowercase: d.Policy.Lower,
		RequireNumbers: d.Policy.Digit, RequireSymbols: d.Policy.Symbol,
		TemporaryPasswordValidityDays: int(pool.PurposeInvitation.Validity() / (24 * time.Hour)),
	}
	return t
}

type listClientsOutput struct{ UserPoolClients []clientSummaryType }

type clientSummaryType struct {
	UserPoolID string `json:"UserPoolId"`
	ClientID   string `json:"ClientId"`
	ClientName string
}

type describeClientOutput struct{ UserPoolClient clientType }

// clientType is the part of UserPoolClientType that there is something to say about.
type clientType struct {
	clientSummaryType
	CreationDate               epochTime
	LastModifiedDate           epochTime
	RefreshTokenValidity       int // in the units beside it
	AccessTokenValidity        int
	IDTokenValidity            int `json:"IdTokenValidity"`
	TokenValidityUnits         tokenValidityUnitsType
	ExplicitAuthFlows          []string
	PreventUserExistenceErrors string
	EnableTokenRevocation      bool
}

type tokenValidityUnitsType struct {
	AccessToken  string
	IDToken      string `json:"IdToken"`
	RefreshToken string
}

func newClientType(d pool.Description) clientType {
	const second = "seconds"
	return clientType{
		clientSummaryType: clientSummaryType{UserPoolID: d.ID, ClientID: d.ClientID, ClientName: poolName},
		CreationDate:      epochTime(d.Created), LastModifiedDate: epochTime(d.Created),
		RefreshTokenValidity: int(d.RefreshTTL / time.Second), AccessTokenValidity: int(d.TokenTTL / time.Second), IDTokenValidity: int(d.TokenTTL / time.Second),
		TokenValidityUnits:         tokenValidityUnitsType{second, second, second},
		ExplicitAuthFlows:          []string{"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
		PreventUserExistenceErrors: "ENABLED", EnableTokenRevocation: true,
	}
}
