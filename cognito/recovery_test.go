package cognito_test

import (
	"context"
	"testing"

	"comanda/pool"
)

// outbox keeps the last code that was sent.
type outbox struct{ code string }

func (o *outbox) SendCode(_ context.Context, m pool.Message) error {
	o.code = m.Code
	return nil
}

func TestAPasswordIsRecoveredAndChanged(t *testing.T) {
	f := newFixture(t)
	client := f.pool.ClientID()
	named := func(more object) object {
		in := object{"ClientId": client, "Username": "ana@example.com"}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	f.call("SignUp", named(object{"Password": goodPassword}))
	out := f.call("ResendConfirmationCode", named(nil))
	if details := out["CodeDeliveryDetails"].(object); details["Destination"] != "a***@e***" || details["AttributeName"] != "email" || details["DeliveryMedium"] != "EMAIL" {
		t.Errorf("ResendConfirmationCode: got %v, want where the code went", out)
	}
	f.call("ConfirmSignUp", named(object{"ConfirmationCode": f.mail.code}))
	f.refuse("ResendConfirmationCode", f.encode(named(nil)), "InvalidParameterException")

	known := f.call("ForgotPassword", named(nil))["CodeDeliveryDetails"].(object)
	unknown := f.call("ForgotPassword", object{"ClientId": client, "Username": "abe@example.org"})["CodeDeliveryDetails"].(object)
	if known["Destination"] != "a***@e***" || f.encode(known) != f.encode(unknown) {
		t.Errorf("ForgotPassword: got %v for a known user and %v for another, want the same", known, unknown)
	}
	f.refuse("ConfirmForgotPassword", f.encode(named(object{"ConfirmationCode": "x", "Password": "Another-Horse-8"})), "CodeMismatchException")
	f.refuse("ConfirmForgotPassword", f.encode(object{"ClientId": client, "Username": "abe", "ConfirmationCode": "x", "Password": "Another-Horse-8"}), "CodeMismatchException")
	f.call("ConfirmForgotPassword", named(object{"ConfirmationCode": f.mail.code, "Password": "Another-Horse-8"}))

	signIn := object{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "ana@example.com", "PASSWORD": "Another-Horse-8"}}
	access := f.call("InitiateAuth", signIn)["AuthenticationResult"].(object)["AccessToken"]
	f.refuse("ChangePassword", f.encode(object{"AccessToken": access, "ProposedPassword": goodPassword}), "NotAuthorizedException")
	f.call("ChangePassword", object{"AccessToken": access, "PreviousPassword": "Another-Horse-8", "ProposedPassword": goodPassword})
	f.call("GetUser", object{"AccessToken": access})
	f.refuse("ChangePassword", `{}`, "InvalidParameterException")
}

func TestAnAdministratorMendsDisablesAndFindsUsers(t *testing.T) {
	f := newFixture(t)
	client := f.pool.ClientID()
	named := object{"Username": "bob"}
	f.admin("AdminCreateUser", object{"Username": "bob", "TemporaryPassword": goodPassword, "MessageAction": "SUPPRESS"})
	out := f.admin("AdminInitiateAuth", object{"ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "bob", "PASSWORD": goodPassword}})
	answer := object{"ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": out["Session"],
		"ChallengeResponses": object{"USERNAME": "bob", "NEW_PASSWORD": "Another-Horse-8"}}
	answer["ClientId"] = "elsewhere"
	if status, out := f.tryAdmin("AdminRespondToAuthChallenge", answer); status != 400 || out["__type"] != "ResourceNotFoundException" {
		t.Errorf("AdminRespondToAuthChallenge for another client: got %d %v, want ResourceNotFoundException", status, out)
	}
	answer["ClientId"] = client
	access := f.admin("AdminRespondToAuthChallenge", answer)["AuthenticationResult"].(object)["AccessToken"]

	f.admin("AdminUpdateUserAttributes", object{"Username": "bob", "UserAttributes": []object{{"Name": "name", "Value": "Bob"}, {"Name": "nickname", "Value": "B"}}})
	f.admin("AdminDeleteUserAttributes", object{"Username": "bob", "UserAttributeNames": []string{"nickname"}})
	if out = f.call("GetUser", object{"AccessToken": access}); len(out["UserAttributes"].([]any)) != 2 {
		t.Errorf("GetUser: got %v, want sub and name", out)
	}
	for _, operation := range []string{"AdminUpdateUserAttributes", "AdminDeleteUserAttributes"} {
		if status, out := f.tryAdmin(operation, object{"Username": "bob"}); status != 400 || out["__type"] != "InvalidParameterException" {
			t.Errorf("%s without attributes: got %d %v, want InvalidParameterException", operation, status, out)
		}
	}
	f.admin("CreateGroup", object{"GroupName": "restaurant-1"})
	f.admin("AdminAddUserToGroup", object{"Username": "bob", "GroupName": "restaurant-1"})
	for operation, in := range map[string]object{
		"ListUsersInGroup": {"GroupName": "restaurant-1", "Limit": 10}, "ListUsers": {"Filter": `name ^= "B"`},
	} {
		users := f.admin(operation, in)["Users"].([]any)
		if len(users) != 1 || users[0].(object)["Username"] != "bob" {
			t.Errorf("%s: got %v, want bob", operation, users)
		}
	}
	f.admin("AdminDisableUser", named)
	f.refuse("GetUser", f.encode(object{"AccessToken": access}), "NotAuthorizedException")
	f.admin("AdminEnableUser", named)
	f.refuse("GetUser", f.encode(object{"AccessToken": access}), "NotAuthorizedException")
}
