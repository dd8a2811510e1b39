package cognito

import (
	"context"
	"fmt"

	"comanda/pool"
)

// access says who may call an operation.
type access string

const (
	accessSigned   access = "signed"   // holders of the key pair
	accessUnsigned access = "unsigned" // every client: the input has its own credential, or needs none
)

// operation is one row of the table: what the pool does for one value of
// X-Amz-Target. Rows are made by signed and unsigned only.
type operation struct {
	name   string
	access access
	run    func(context.Context, *pool.Pool, *members) (any, error)
}

// signed returns an operation that needs the key pair. Every one names the pool.
func signed[In, Out any](name string, read func(*members) In, do func(context.Context, *pool.Pool, In) (Out, error)) operation {
	return newOperation(name, accessSigned, requirePool, read, do)
}

// unsigned returns an operation of users. Those that don't carry an access token
// name the client.
func unsigned[In, Out any](name string, names scope, read func(*members) In, do func(context.Context, *pool.Pool, In) (Out, error)) operation {
	return newOperation(name, accessUnsigned, names, read, do)
}

// newOperation joins the steps of an operation: read all members, refuse all
// violations at once, refuse another pool or client, run.
func newOperation[In, Out any](name string, a access, names scope, read func(*members) In, do func(context.Context, *pool.Pool, In) (Out, error)) operation {
	return operation{name: name, access: a, run: func(ctx context.Context, p *pool.Pool, m *members) (any, error) {
		elsewhere := names(p, m)
		in := read(m)
		if err := m.err(); err != nil {
			return nil, err
		}
		if elsewhere != nil {
			return nil, elsewhere
		}
		return do(ctx, p, in)
	}}
}

// scope reads the member that names a pool or a client, and returns the refusal
// of one that isn't this.
type scope func(*pool.Pool, *members) error

func requirePool(p *pool.Pool, m *members) error {
	if id := m.text("UserPoolId", poolIDRule); id != p.ID() {
		return &refusal{codeResourceNotFound, fmt.Sprintf("User pool %s does not exist.", id)}
	}
	return nil
}

func requireClient(p *pool.Pool, m *members) error {
	if id := m.text("ClientId", clientIDRule); id != p.ClientID() {
		return unknownClient(id)
	}
	return nil
}

func unknownClient(id string) error {
	return &refusal{codeResourceNotFound, fmt.Sprintf("User pool client %s does not exist.", id)}
}

// requireNothing is for operations whose access token names both.
func requireNothing(*pool.Pool, *members) error { return nil }

// operations returns the table.
func operations() []operation {
	return []operation{
		unsigned("SignUp", requireClient, readSignUp, signUp),
		unsigned("ConfirmSignUp", requireClient, readConfirmSignUp, confirmSignUp),
		unsigned("ResendConfirmationCode", requireClient, readUsername, resendConfirmationCode),
		unsigned("ForgotPassword", requireClient, readUsername, forgotPassword),
		unsigned("ConfirmForgotPassword", requireClient, readConfirmForgotPassword, confirmForgotPassword),
		unsigned("ChangePassword", requireNothing, readChangePassword, changePassword),
		unsigned("InitiateAuth", requireClient, readAuth, initiateAuth),
		unsigned("RespondToAuthChallenge", requireClient, readRespond, respond),
		unsigned("RevokeToken", requireClient, readRevoke, revokeToken),
		unsigned("GetUser", requireNothing, readAccessToken, getUser),
		unsigned("GlobalSignOut", requireNothing, readAccessToken, globalSignOut),
		unsigned("GetTokensFromRefreshToken", requireClient, readRefreshToken, refreshTokens),
		unsigned("UpdateUserAttributes", requireNothing, readOwnAttributes, updateOwnAttributes),
		unsigned("DeleteUserAttributes", requireNothing, readOwnNames, deleteOwnAttributes),
		unsigned("GetUserAttributeVerificationCode", requireNothing, readAttributeCode, sendAttributeCode),
		unsigned("VerifyUserAttribute", requireNothing, readVerification, verifyAttribute),
		unsigned("DeleteUser", requireNothing, readAccessToken, deleteUser),

		signed("AdminConfirmSignUp", readUsername, adminConfirmSignUp),
		signed("AdminCreateUser", readAdminCreateUser, adminCreateUser),
		signed("AdminSetUserPassword", readAdminSetUserPassword, adminSetUserPassword),
		signed("AdminDisableUser", readUsername, adminDisableUser),
		signed("AdminEnableUser", readUsername, adminEnableUser),
		signed("AdminUpdateUserAttributes", readUpdateAttributes, adminUpdateUserAttributes),
		signed("AdminDeleteUserAttributes", readDeleteAttributes, adminDeleteUserAttributes),
		signed("AdminGetUser", readUsername, adminGetUser),
		signed("AdminDeleteUser", readUsername, adminDeleteUser),
		signed("AdminAddUserToGroup", readMembership, adminAddUserToGroup),
		signed("AdminRemoveUserFromGroup", readMembership, adminRemoveUserFromGroup),
		signed("AdminListGroupsForUser", readListGroups, adminListGroupsForUser),
		signed("AdminInitiateAuth", readAdminAuth, adminInitiateAuth),
		signed("AdminRespondToAuthChallenge", readAdminRespond, adminRespond),
		signed("AdminUserGlobalSignOut", readUsername, adminGlobalSignOut),
		signed("AdminResetUserPassword", readUsername, adminResetPassword),
		signed("CreateGroup", readCreateGroup, createGroup),
		signed("GetGroup", readGroupName, getGroup),
		signed("ListGroups", readGroupPage, listGroups),
		signed("DeleteGroup", readGroupName, deleteGroup),
		signed("DescribeUserPool", readNothing, describePool),
		signed("ListUserPoolClients", readClientPage, listClients),
		signed("DescribeUserPoolClient", readClientID, describeClient),
		newOperation("ListUserPools", accessSigned, requireNothing, readPoolPage, listPools),
		signed("ListUsers", readListUsers, listUsers),
		signed("ListUsersInGroup", readListUsersInGroup, listUsersInGroup),
	}
}
