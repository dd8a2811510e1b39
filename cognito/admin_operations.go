package cognito

import (
	"context"

	"comanda/pool"
)

// The operations for holders of the key pair.

func readUsername(m *members) string { return m.text("Username", usernameRule) }

func adminConfirmSignUp(ctx context.Context, p *pool.Pool, username string) (none, error) {
	return none{}, p.AdminConfirmSignUp(ctx, username)
}

func adminGetUser(ctx context.Context, p *pool.Pool, username string) (adminGetUserOutput, error) {
	u, err := p.AdminGetUser(ctx, username)
	return adminGetUserOutput{
		Username: u.Username, UserAttributes: attributeTypes(u.Attributes), Enabled: u.Enabled, UserStatus: u.Status,
		UserCreateDate: epochTime(u.Created), UserLastModifiedDate: epochTime(u.Modified),
	}, err
}

func adminDeleteUser(ctx context.Context, p *pool.Pool, username string) (none, error) {
	return none{}, p.AdminDeleteUser(ctx, username)
}

func readAdminCreateUser(m *members) pool.AdminCreateUserInput {
	return pool.AdminCreateUserInput{
		Username:          m.text("Username", usernameRule),
		TemporaryPassword: m.text("TemporaryPassword", optPasswordRule),
		Attributes:        m.attributes("UserAttributes"),
		MessageAction:     pool.MessageAction(m.text("MessageAction", messageActionRule)),
	}
}

func adminCreateUser(ctx context.Context, p *pool.Pool, in pool.AdminCreateUserInput) (adminCreateUserOutput, error) {
	u, err := p.AdminCreateUser(ctx, in)
	return adminCreateUserOutput{newUserType(u)}, err
}

type setPasswordInput struct {
	username, password string
	permanent          bool
}

func readAdminSetUserPassword(m *members) setPasswordInput {
	return setPasswordInput{m.text("Username", usernameRule), m.text("Password", passwordRule), m.flag("Permanent")}
}

func adminSetUserPassword(ctx context.Context, p *pool.Pool, in setPasswordInput) (none, error) {
	return none{}, p.AdminSetUserPassword(ctx, in.username, in.password, in.permanent)
}

func adminDisableUser(ctx context.Context, p *pool.Pool, username string) (none, error) {
	return none{}, p.AdminDisableUser(ctx, username)
}

func adminEnableUser(ctx context.Context, p *pool.Pool, username string) (none, error) {
	return none{}, p.AdminEnableUser(ctx, username)
}

type updateAttributesInput struct {
	username   string
	attributes []pool.Attribute
}

func readUpdateAttributes(m *members) updateAttributesInput {
	m.require("UserAttributes")
	return updateAttributesInput{m.text("Username", usernameRule), m.attributes("UserAttributes")}
}

func adminUpdateUserAttributes(ctx context.Context, p *pool.Pool, in updateAttributesInput) (none, error) {
	return none{}, p.AdminUpdateUserAttributes(ctx, in.username, in.attributes)
}

type deleteAttributesInput struct {
	username string
	names    []string
}

func readDeleteAttributes(m *members) deleteAttributesInput {
	m.require("UserAttributeNames")
	return deleteAttributesInput{m.text("Username", usernameRule), m.texts("UserAttributeNames", attributeNameRule)}
}

func adminDeleteUserAttributes(ctx context.Context, p *pool.Pool, in deleteAttributesInput) (none, error) {
	return none{}, p.AdminDeleteUserAttributes(ctx, in.username, in.names)
}

type membershipInput struct{ username, group string }

func readMembership(m *members) membershipInput {
	return membershipInput{m.text("Username", usernameRule), m.text("GroupName", groupNameRule)}
}

func adminAddUserToGroup(ctx context.Context, p *pool.Pool, in membershipInput) (none, error) {
	return none{}, p.AdminAddUserToGroup(ctx, in.username, in.group)
}

func adminRemoveUserFromGroup(ctx context.Context, p *pool.Pool, in membershipInput) (none, error) {
	return none{}, p.AdminRemoveUserFromGroup(ctx, in.username, in.group)
}

func readListGroups(m *members) pool.ListGroupsInput {
	return pool.ListGroupsInput{
		Username: m.text("Username", usernameRule), Limit: m.limit(), NextToken: m.text("NextToken", pageTokenRule),
	}
}

func adminListGroupsForUser(ctx context.Context, p *pool.Pool, in pool.ListGroupsInput) (listGroupsOutput, error) {
	groups, next, err := p.AdminListGroupsForUser(ctx, in)
	out := listGroupsOutput{Groups: make([]groupType, 0, len(groups)), NextToken: next}
	for _, g := range groups {
		out.Groups = append(out.Groups, newGroupType(p.ID(), g))
	}
	return out, err
}

func readAdminAuth(m *members) authInput {
	in := readAuth(m)
	in.clientID = m.text("ClientId", clientIDRule)
	return in
}

func adminInitiateAuth(ctx context.Context, p *pool.Pool, in authInput) (authOutput, error) {
	if in.clientID != p.ClientID() {
		return authOutput{}, unknownClient(in.clientID)
	}
	out, err := p.AdminInitiateAuth(ctx, in.flow, in.parameters)
	return newAuthOutput(out), err
}

type adminRespondInput struct {
	clientID string
	pool.RespondInput
}

func readAdminRespond(m *members) adminRespondInput {
	return adminRespondInput{m.text("ClientId", clientIDRule), readRespond(m)}
}

func adminRespond(ctx context.Context, p *pool.Pool, in adminRespondInput) (authOutput, error) {
	if in.clientID != p.ClientID() {
		return authOutput{}, unknownClient(in.clientID)
	}
	return respond(ctx, p, in.RespondInput)
}

func readCreateGroup(m *members) pool.CreateGroupInput {
	in := pool.CreateGroupInput{
		Name: m.text("GroupName", groupNameRule), Description: m.text("Description", descriptionRule), RoleARN: m.text("RoleArn", arnRule),
	}
	if n, ok := m.integer("Precedence", 0, 0); ok {
		in.Precedence = &n
	}
	return in
}

func createGroup(ctx context.Context, p *pool.Pool, in pool.CreateGroupInput) (createGroupOutput, error) {
	g, err := p.CreateGroup(ctx, in)
	return createGroupOutput{newGroupType(p.ID(), g)}, err
}

func readListUsers(m *members) pool.ListUsersInput {
	return pool.ListUsersInput{
		Limit: m.limit(), PaginationToken: m.text("PaginationToken", pageTokenRule), Filter: m.text("Filter", filterRule),
		AttributesToGet: m.texts("AttributesToGet", attributeNameRule),
	}
}

func listUsers(ctx context.Context, p *pool.Pool, in pool.ListUsersInput) (listUsersOutput, error) {
	users, next, err := p.ListUsers(ctx, in)
	return listUsersOutput{userTypes(users), next}, err
}

func readListUsersInGroup(m *members) pool.ListUsersInGroupInput {
	return pool.ListUsersInGroupInput{
		GroupName: m.text("GroupName", groupNameRule), Limit: m.limit(), NextToken: m.text("NextToken", pageTokenRule),
	}
}

func listUsersInGroup(ctx context.Context, p *pool.Pool, in pool.ListUsersInGroupInput) (listUsersInGroupOutput, error) {
	users, next, err := p.ListUsersInGroup(ctx, in)
	return listUsersInGroupOutput{userTypes(users), next}, err
}
