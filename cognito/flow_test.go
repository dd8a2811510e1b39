package cognito_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"comanda/storage"
)

func TestTheWholeWayFromSignUpToDeletion(t *testing.T) {
	f := newFixture(t)
	client := f.pool.ClientID()
	out := f.call("SignUp", object{"ClientId": client, "Username": "ana@example.com", "Password": goodPassword,
		"UserAttributes": []object{{"Name": "name", "Value": "Ana"}}})
	sub, _ := out["UserSub"].(string)
	if out["UserConfirmed"] != false || len(sub) != 36 || out["CodeDeliveryDetails"].(object)["DeliveryMedium"] != "EMAIL" {
		t.Errorf("SignUp: got %v, want an unconfirmed user and where the code went", out)
	}
	f.admin("AdminConfirmSignUp", object{"Username": "ana@example.com"})
	f.admin("CreateGroup", object{"GroupName": "restaurant-1", "Precedence": 0, "Description": "staff"})
	f.admin("AdminAddUserToGroup", object{"Username": "ana@example.com", "GroupName": "restaurant-1"})

	out = f.call("InitiateAuth", object{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "ANA@example.com", "PASSWORD": goodPassword}})
	tokens := out["AuthenticationResult"].(object)
	if tokens["TokenType"] != "Bearer" || tokens["ExpiresIn"] != 3600.0 || tokens["RefreshToken"] == nil || out["Session"] != nil {
		t.Errorf("InitiateAuth: got %v, want tokens for an hour", out)
	}
	access := tokens["AccessToken"]
	if out = f.call("GetUser", object{"AccessToken": access}); out["Username"] != sub || len(out["UserAttributes"].([]any)) != 4 {
		t.Errorf("GetUser: got %v, want sub, email, that it isn't verified, and name of %s", out, sub)
	}
	out = f.call("InitiateAuth", object{"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": object{"REFRESH_TOKEN": tokens["RefreshToken"]}})
	if again := out["AuthenticationResult"].(object); again["IdToken"] == nil || again["RefreshToken"] != nil {
		t.Errorf("REFRESH_TOKEN_AUTH: got %v, want tokens without a refresh token", out)
	}
	out = f.admin("AdminListGroupsForUser", object{"Username": sub})
	group := out["Groups"].([]any)[0].(object)
	if group["GroupName"] != "restaurant-1" || group["CreationDate"] != 1793707200.25 || group["Precedence"] != 0.0 || group["UserPoolId"] != f.pool.ID() {
		t.Errorf("AdminListGroupsForUser: got %v, want the group with its times in seconds", out)
	}
	out = f.admin("ListUsers", object{"Limit": 1})
	if user := out["Users"].([]any)[0].(object); user["Username"] != sub || user["UserStatus"] != "CONFIRMED" || user["Enabled"] != true || user["UserCreateDate"] != 1793707200.25 {
		t.Errorf("ListUsers: got %v, want the user", out)
	}
	f.admin("AdminRemoveUserFromGroup", object{"Username": sub, "GroupName": "restaurant-1"})
	f.call("RevokeToken", object{"ClientId": client, "Token": tokens["RefreshToken"]})
	f.refuse("GetUser", fmt.Sprintf(`{"AccessToken":%q}`, access), "NotAuthorizedException")
	f.admin("AdminDeleteUser", object{"Username": sub})
	if status, out := f.tryAdmin("AdminGetUser", object{"Username": sub}); status != 400 || out["__type"] != "UserNotFoundException" {
		t.Errorf("AdminGetUser: got %d %v, want UserNotFoundException", status, out)
	}
}

func TestANewUserChoosesAPassword(t *testing.T) {
	f := newFixture(t)
	client := f.pool.ClientID()
	out := f.admin("AdminCreateUser", object{"Username": "bob", "TemporaryPassword": goodPassword, "MessageAction": "SUPPRESS",
		"UserAttributes": []object{{"Name": "custom:comanda_id", "Value": "u-1"}}})
	if user := out["User"].(object); user["UserStatus"] != "FORCE_CHANGE_PASSWORD" || user["Attributes"] == nil {
		t.Errorf("AdminCreateUser: got %v, want a user with a temporary password", out)
	}
	out = f.admin("AdminInitiateAuth", object{"ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
		"AuthParameters": object{"USERNAME": "bob", "PASSWORD": goodPassword}})
	if out["ChallengeName"] != "NEW_PASSWORD_REQUIRED" || out["AuthenticationResult"] != nil {
		t.Fatalf("AdminInitiateAuth: got %v, want the challenge", out)
	}
	answer := object{"ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": out["Session"],
		"ChallengeResponses": object{"USERNAME": "bob", "NEW_PASSWORD": "Another-Horse-8"}}
	out = f.call("RespondToAuthChallenge", answer)
	access := out["AuthenticationResult"].(object)["AccessToken"]
	f.refuse("RespondToAuthChallenge", f.encode(answer), "NotAuthorizedException")
	f.admin("AdminGetUser", object{"Username": "bob"})
	f.call("GlobalSignOut", object{"AccessToken": access})
	f.refuse("GetUser", f.encode(object{"AccessToken": access}), "NotAuthorizedException")
	f.admin("AdminSetUserPassword", object{"Username": "bob", "Password": goodPassword, "Permanent": true})
	status, out := f.tryAdmin("AdminInitiateAuth", object{"ClientId": "elsewhere", "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"})
	if status != 400 || out["__type"] != "ResourceNotFoundException" {
		t.Errorf("AdminInitiateAuth for another client: got %d %v, want ResourceNotFoundException", status, out)
	}
}

func TestEveryViolationIsNamedAndNoValueRepeated(t *testing.T) {
	f := newFixture(t)
	message := f.refuse("SignUp", `{"ClientId":"secret!","Username":"a secret","Password":"sec ret","UserAttributes":[{"Value":"secret"},{"Name":""}]}`, "InvalidParameterException")
	want := []string{"5 validation errors detected", "'clientId'", "'username'", "'password'", "'userAttributes.1.member.name'", "'userAttributes.2.member.name'"}
	for _, part := range want {
		if !strings.Contains(message, part) {
			t.Errorf("got message %q, want %q in it", message, part)
		}
	}
	if strings.Contains(message, "secret") {
		t.Errorf("got message %q, which repeats a value", message)
	}
	for body, want := range map[string]string{
		`{}`:                                "3 validation errors detected: Value at 'clientId' failed to satisfy constraint: Member must not be null",
		`{"clientid":"x"}`:                  "3 validation errors detected",
		`{"ClientId":"","Username":"a"}`:    "Member must have length greater than or equal to 1",
		`{"ClientId":null,"Username":null}`: "3 validation errors detected",
		fmt.Sprintf(`{"ClientId":"c","Username":%q,"Password":"p"}`, strings.Repeat("ü", 129)): "1 validation error detected: Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128",
	} {
		if got := f.refuse("SignUp", body, "InvalidParameterException"); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
	got := f.refuse("InitiateAuth", `{"ClientId":"c","AuthFlow":"GUESS"}`, "InvalidParameterException")
	if !strings.Contains(got, "Member must satisfy enum value set: [USER_SRP_AUTH") {
		t.Errorf("got %q, want the flows", got)
	}
}

func TestRequestsAreRefusedThat(t *testing.T) {
	f := newFixture(t)
	for name, body := range map[string]string{
		"have no body": "", "are text": "x", "are a list": "[]", "are null": "null", "have a trailing comma": `{"ClientId":"a",}`,
		"are two objects": "{}{}", "aren't UTF-8": "{\"ClientId\":\"\xff\"}", "have a number for text": `{"ClientId":1}`,
		"have text for a list": `{"UserAttributes":"x"}`, "have a number in an attribute": `{"UserAttributes":[{"Name":1}]}`,
	} {
		t.Run(name, func(t *testing.T) { f.refuse("SignUp", body, "SerializationException") })
	}
	f.refuse("SignUp", `{"ClientId":"elsewhere","Username":"a","Password":"p"}`, "ResourceNotFoundException")
	f.refuse("InitiateAuth", f.encode(object{"ClientId": f.pool.ClientID(), "AuthFlow": "CUSTOM_AUTH"}), "InvalidParameterException")
	f.refuse("ListBuckets", `{}`, "UnknownOperationException")
	status, out, _ := f.do(f.request("SignUp", strings.Repeat(" ", 64<<10+1)))
	if status != http.StatusRequestEntityTooLarge || out["__type"] != "RequestEntityTooLargeException" {
		t.Errorf("got %d %v for a body over 64 KiB, want 413", status, out)
	}
	twice := f.request("SignUp", `{}`)
	twice.Header.Add("X-Amz-Target", target+"SignUp")
	if _, out, _ = f.do(twice); out["__type"] != "UnknownOperationException" {
		t.Errorf("got %v for two targets, want UnknownOperationException", out)
	}
	bare := f.request("SignUp", `{}`)
	bare.Header.Set("X-Amz-Target", "SignUp")
	if _, out, _ = f.do(bare); out["__type"] != "UnknownOperationException" {
		t.Errorf("got %v for a target without the service, want UnknownOperationException", out)
	}
}

func TestFailuresOfTheStoreAreAnsweredWithoutTheirTextAndLoggedOnce(t *testing.T) {
	f := newFixture(t)
	for _, failure := range []error{fmt.Errorf("disk 7: %w", storage.ErrBusy), fmt.Errorf("disk 7: %w", storage.ErrUnknown), errors.New("disk 7")} {
		wantStatus, wantType := http.StatusInternalServerError, "InternalErrorException"
		if errors.Is(failure, storage.ErrBusy) || errors.Is(failure, storage.ErrUnknown) {
			wantStatus, wantType = http.StatusBadRequest, "TooManyRequestsException" // to be tried again
		}
		f.log.Reset()
		f.store.err = failure
		status, out, header := f.do(f.request("SignUp", f.encode(object{"ClientId": f.pool.ClientID(), "Username": "ana", "Password": goodPassword})))
		if status != wantStatus || out["__type"] != wantType || strings.Contains(fmt.Sprint(out), "disk") {
			t.Errorf("%v: got %d %v, want %d %s without the store's text", failure, status, out, wantStatus, wantType)
		}
		log := f.log.String()
		if strings.Count(log, "disk 7") != 1 || !strings.Contains(log, header.Get("X-Amzn-RequestId")) || strings.Contains(log, "ana") || strings.Contains(log, goodPassword) {
			t.Errorf("%v: got log %q, want the error once with the request's id", failure, log)
		}
	}
	f.log.Reset()
	f.store.err = nil
	f.refuse("SignUp", `{}`, "InvalidParameterException")
	if f.log.Len() != 0 {
		t.Errorf("a refusal was logged: %s", f.log)
	}
}

func TestKeysAndDiscoveryArePublic(t *testing.T) {
	f := newFixture(t)
	for path, member := range map[string]string{"jwks.json": "keys", "openid-configuration": "jwks_uri"} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+f.pool.ID()+"/.well-known/"+path, nil))
		var document object
		if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil || w.Code != 200 || document[member] == nil {
			t.Errorf("%s: got %d %s and error %v, want %s", path, w.Code, w.Body, err, member)
		}
	}
	for path, want := range map[string]int{"/": http.StatusMethodNotAllowed, "/other/.well-known/jwks.json": http.StatusNotFound} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("GET %s: got %d, want %d", path, w.Code, want)
		}
	}
}

func TestAnOperationOnASilentStoreIsAnsweredInTime(t *testing.T) {
	if _, err := testKeys(); err != nil { // before time is the test's
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.store.silent = true
		start := time.Now()
		status, out, _ := f.do(f.request("SignUp", f.encode(object{"ClientId": f.pool.ClientID(), "Username": "ana", "Password": goodPassword})))
		if took := time.Since(start); status != http.StatusBadRequest || out["__type"] != "TooManyRequestsException" || took != 2*time.Second {
			t.Errorf("got %d %v after %v, want 400 TooManyRequestsException after 2s", status, out, took)
		}
	})
}
