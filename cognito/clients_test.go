package cognito_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// signedIn returns the tokens of a new user whose address is verified.
func (f *fixture) signedIn(username string) object {
	f.t.Helper()
	f.admin("AdminCreateUser", object{"Username": username, "MessageAction": "SUPPRESS", "UserAttributes": []object{
		{"Name": "email", "Value": username + "@example.com"}, {"Name": "email_verified", "Value": "true"},
	}})
	f.admin("AdminSetUserPassword", object{"Username": username, "Password": goodPassword, "Permanent": true})
	out := f.call("InitiateAuth", object{"ClientId": f.pool.ClientID(), "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": username, "PASSWORD": goodPassword}})
	return out["AuthenticationResult"].(object)
}

// attributesOf returns the attributes in an answer, by name.
func attributesOf(out object) map[string]string {
	all := map[string]string{}
	for _, key := range []string{"UserAttributes", "Attributes"} {
		list, _ := out[key].([]any)
		for _, a := range list {
			all[a.(object)["Name"].(string)] = a.(object)["Value"].(string)
		}
	}
	return all
}

// Amplify refreshes by this operation alone.
func TestTokensAreRefreshedByAnOperationOfTheirOwn(t *testing.T) {
	f := newFixture(t)
	tokens := f.signedIn("ana")
	out := f.call("GetTokensFromRefreshToken", object{"ClientId": f.pool.ClientID(), "RefreshToken": tokens["RefreshToken"]})
	again, _ := out["AuthenticationResult"].(object)
	if len(out) != 1 || again["IdToken"] == nil || again["AccessToken"] == nil || again["ExpiresIn"] != 3600.0 || again["TokenType"] != "Bearer" || again["RefreshToken"] != nil {
		t.Errorf("got %v, want new tokens and no refresh token, because it stays the same", out)
	}
	f.refuse("GetTokensFromRefreshToken", f.encode(object{"ClientId": f.pool.ClientID(), "RefreshToken": "AAAA"}), "NotAuthorizedException")
	f.refuse("GetTokensFromRefreshToken", f.encode(object{"ClientId": f.pool.ClientID()}), "InvalidParameterException")
	f.refuse("GetTokensFromRefreshToken", f.encode(object{"ClientId": "elsewhere", "RefreshToken": "AAAA"}), "ResourceNotFoundException")
	f.call("RevokeToken", object{"ClientId": f.pool.ClientID(), "Token": tokens["RefreshToken"]})
	f.refuse("GetTokensFromRefreshToken", f.encode(object{"ClientId": f.pool.ClientID(), "RefreshToken": tokens["RefreshToken"]}), "NotAuthorizedException")
}

func TestAUserChangesAndProvesAnAddress(t *testing.T) {
	f := newFixture(t)
	access := f.signedIn("ana")["AccessToken"]
	f.signedIn("ben")
	update := func(attributes ...object) object {
		return f.call("UpdateUserAttributes", object{"AccessToken": access, "UserAttributes": attributes})
	}
	if out := update(object{"Name": "name", "Value": "Ana"}); len(out["CodeDeliveryDetailsList"].([]any)) != 0 {
		t.Errorf("got %v for a name, want no code sent", out)
	}
	out := update(object{"Name": "email", "Value": "new@example.com"})
	if list := out["CodeDeliveryDetailsList"].([]any); len(list) != 1 || list[0].(object)["Destination"] != "n***@e***" {
		t.Errorf("got %v, want where the code went", out)
	}
	if got := attributesOf(f.call("GetUser", object{"AccessToken": access})); got["email"] != "new@example.com" || got["email_verified"] != "false" || got["name"] != "Ana" {
		t.Errorf("got %v, want the new address, not verified", got)
	}
	code := f.mail.code
	verify := func(code string) string {
		return f.encode(object{"AccessToken": access, "AttributeName": "email", "Code": code})
	}
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	f.refuse("VerifyUserAttribute", verify(wrong), "CodeMismatchException")
	f.call("VerifyUserAttribute", object{"AccessToken": access, "AttributeName": "email", "Code": code})
	f.refuse("VerifyUserAttribute", verify(code), "ExpiredCodeException")
	for _, got := range []map[string]string{
		attributesOf(f.call("GetUser", object{"AccessToken": access})), attributesOf(f.admin("AdminGetUser", object{"Username": "new@example.com"})),
		attributesOf(f.admin("ListUsers", object{"Filter": `email = "new@example.com"`})["Users"].([]any)[0].(object)),
	} {
		if got["email"] != "new@example.com" || got["email_verified"] != "true" {
			t.Errorf("got %v, want the new address, verified", got)
		}
	}

	update(object{"Name": "email", "Value": "newer@example.com"})
	f.refuse("VerifyUserAttribute", verify(code), "CodeMismatchException")
	f.mail.code = ""
	f.call("GetUserAttributeVerificationCode", object{"AccessToken": access, "AttributeName": "email"})
	if f.mail.code == "" {
		t.Error("no code was sent when it was asked for")
	}
	f.refuse("GetUserAttributeVerificationCode", f.encode(object{"AccessToken": access, "AttributeName": "name"}), "InvalidParameterException")
	update(object{"Name": "email", "Value": "ben@example.com"}) // who has proved it
	f.refuse("VerifyUserAttribute", verify(f.mail.code), "AliasExistsException")
	f.refuse("UpdateUserAttributes", f.encode(object{"AccessToken": access, "UserAttributes": []object{{"Name": "email_verified", "Value": "true"}}}), "NotAuthorizedException")

	f.call("DeleteUserAttributes", object{"AccessToken": access, "UserAttributeNames": []string{"email", "name"}})
	if got := attributesOf(f.call("GetUser", object{"AccessToken": access})); len(got) != 1 || got["sub"] == "" {
		t.Errorf("got %v, want sub only", got)
	}
	f.call("DeleteUser", object{"AccessToken": access})
	f.refuse("GetUser", f.encode(object{"AccessToken": access}), "NotAuthorizedException")
	if status, out := f.tryAdmin("AdminGetUser", object{"Username": "ana"}); status != http.StatusBadRequest || out["__type"] != "UserNotFoundException" {
		t.Errorf("got %d %v, want the user deleted", status, out)
	}
}

func TestAnAdministratorEndsSessionsAndPasswords(t *testing.T) {
	f := newFixture(t)
	tokens := f.signedIn("ana")
	f.admin("AdminUserGlobalSignOut", object{"Username": "ana"})
	f.refuse("GetUser", f.encode(object{"AccessToken": tokens["AccessToken"]}), "NotAuthorizedException")
	signIn := func(password string) string {
		return f.encode(object{"ClientId": f.pool.ClientID(), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "ana", "PASSWORD": password}})
	}
	f.admin("AdminResetUserPassword", object{"Username": "ana"})
	f.refuse("InitiateAuth", signIn("Wrong-Horse-1"), "NotAuthorizedException")
	f.refuse("InitiateAuth", signIn(goodPassword), "PasswordResetRequiredException")
	if out := f.admin("AdminGetUser", object{"Username": "ana"}); out["UserStatus"] != "RESET_REQUIRED" {
		t.Errorf("got %v, want RESET_REQUIRED", out)
	}
	f.call("ConfirmForgotPassword", object{"ClientId": f.pool.ClientID(), "Username": "ana", "ConfirmationCode": f.mail.code, "Password": "Another-Horse-8"})
	if status, out, _ := f.do(f.request("InitiateAuth", signIn("Another-Horse-8"))); status != http.StatusOK {
		t.Errorf("got %d %v with the new password, want tokens", status, out)
	}
	f.admin("AdminCreateUser", object{"Username": "bare", "MessageAction": "SUPPRESS"})
	if status, out := f.tryAdmin("AdminResetUserPassword", object{"Username": "bare"}); status != http.StatusBadRequest || out["__type"] != "InvalidParameterException" {
		t.Errorf("got %d %v for a user without an address, want InvalidParameterException", status, out)
	}
}

func TestGroupsAreListedShownAndDeleted(t *testing.T) {
	f := newFixture(t)
	for _, g := range []string{"restaurant-2", "restaurant-1"} {
		f.admin("CreateGroup", object{"GroupName": g})
	}
	first := f.admin("ListGroups", object{"Limit": 2})
	second := f.admin("ListGroups", object{"Limit": 2, "NextToken": first["NextToken"]})
	var names []any
	for _, page := range []object{first, second} {
		for _, g := range page["Groups"].([]any) {
			names = append(names, g.(object)["GroupName"])
		}
	}
	if fmt.Sprint(names) != "[apiAdmins restaurant-1 restaurant-2]" || second["NextToken"] != nil {
		t.Errorf("got %v and then %v, want all three by name", names, second)
	}
	if g := f.admin("GetGroup", object{"GroupName": "restaurant-1"})["Group"].(object); g["GroupName"] != "restaurant-1" || g["UserPoolId"] != f.pool.ID() {
		t.Errorf("got %v, want the group", g)
	}
	access := f.signedIn("ana")
	f.admin("AdminAddUserToGroup", object{"Username": "ana", "GroupName": "restaurant-1"})
	f.admin("DeleteGroup", object{"GroupName": "restaurant-1"})
	f.admin("CreateGroup", object{"GroupName": "restaurant-1"})
	if out := f.admin("AdminListGroupsForUser", object{"Username": "ana"}); len(out["Groups"].([]any)) != 0 {
		t.Errorf("got %v, want no group: one of the same name is another", out)
	}
	f.refuse("GetUser", f.encode(object{"AccessToken": access["AccessToken"]}), "NotAuthorizedException")
	for _, op := range []string{"GetGroup", "DeleteGroup"} {
		if status, out := f.tryAdmin(op, object{"GroupName": "nowhere"}); status != http.StatusBadRequest || out["__type"] != "ResourceNotFoundException" {
			t.Errorf("%s: got %d %v, want ResourceNotFoundException", op, status, out)
		}
	}
}

func TestThePoolAndItsClientAreDescribed(t *testing.T) {
	f := newFixture(t)
	f.signedIn("ana")
	pools := f.admin("ListUserPools", object{"MaxResults": 10})["UserPools"].([]any)
	if len(pools) != 1 || pools[0].(object)["Id"] != f.pool.ID() {
		t.Errorf("ListUserPools: got %v, want the one pool", pools)
	}
	p := f.admin("DescribeUserPool", object{})["UserPool"].(object)
	policy := p["Policies"].(object)["PasswordPolicy"].(object)
	if p["Id"] != f.pool.ID() || p["EstimatedNumberOfUsers"] != 1.0 || policy["MinimumLength"] != 8.0 || policy["RequireSymbols"] != true || p["CreationDate"] == nil {
		t.Errorf("DescribeUserPool: got %v, want the pool with its policy and one user", p)
	}
	clients := f.admin("ListUserPoolClients", object{})["UserPoolClients"].([]any)
	c := f.admin("DescribeUserPoolClient", object{"ClientId": clients[0].(object)["ClientId"]})["UserPoolClient"].(object)
	if c["ClientId"] != f.pool.ClientID() || c["IdTokenValidity"] != 3600.0 || c["TokenValidityUnits"].(object)["IdToken"] != "seconds" || c["PreventUserExistenceErrors"] != "ENABLED" {
		t.Errorf("DescribeUserPoolClient: got %v, want the client", c)
	}
	if status, out := f.tryAdmin("DescribeUserPoolClient", object{"ClientId": "elsewhere"}); status != http.StatusBadRequest || out["__type"] != "ResourceNotFoundException" {
		t.Errorf("got %d %v for another client, want ResourceNotFoundException", status, out)
	}
	f.refuse("ListUserPools", `{"MaxResults":10}`, "MissingAuthenticationTokenException")
}

func TestAnOperationThatIsNotThereNamesThoseThatAre(t *testing.T) {
	f := newFixture(t)
	message := f.refuse("CreateUserPool", `{}`, "UnknownOperationException")
	for _, name := range []string{"SignUp", "GetTokensFromRefreshToken", "ListUserPools"} {
		if !strings.Contains(message, name) {
			t.Errorf("got %q, want %s in it", message, name)
		}
	}
}
