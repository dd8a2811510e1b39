package cognito_test

import (
	"net/http"
	"strings"
	"testing"
)

func FuzzRequest(f *testing.F) {
	fx := newFixture(f)
	client, id := fx.pool.ClientID(), fx.pool.ID()
	for _, seed := range [][2]string{
		{"SignUp", `{"ClientId":"` + client + `","Username":"a@b.c","Password":"Correct-Horse-7","UserAttributes":[{"Name":"name","Value":"x"}]}`},
		{"ConfirmSignUp", `{"ClientId":"` + client + `","Username":"a@b.c","ConfirmationCode":"1"}`},
		{"InitiateAuth", `{"ClientId":"` + client + `","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"a","PASSWORD":"b"}}`},
		{"InitiateAuth", `{"ClientId":"` + client + `","AuthFlow":"USER_SRP_AUTH","AuthParameters":{"USERNAME":"a","SRP_A":"ff"}}`},
		{"InitiateAuth", `{"ClientId":"` + client + `","AuthFlow":"REFRESH_TOKEN_AUTH","AuthParameters":{"REFRESH_TOKEN":"AAAA"}}`},
		{"RespondToAuthChallenge", `{"ClientId":"` + client + `","ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"AAAAAAAAAAAAAAAAAAAAAAAA","ChallengeResponses":{"USERNAME":"a","NEW_PASSWORD":"b"}}`},
		{"RespondToAuthChallenge", `{"ClientId":"` + client + `","ChallengeName":"PASSWORD_VERIFIER","ChallengeResponses":{"USERNAME":"a","TIMESTAMP":"Tue Nov 3 12:00:00 UTC 2026","PASSWORD_CLAIM_SECRET_BLOCK":"AAAA","PASSWORD_CLAIM_SIGNATURE":"AAAA"}}`},
		{"ForgotPassword", `{"ClientId":"` + client + `","Username":"a@b.c"}`},
		{"ConfirmForgotPassword", `{"ClientId":"` + client + `","Username":"a@b.c","ConfirmationCode":"1","Password":"Correct-Horse-7"}`},
		{"ResendConfirmationCode", `{"ClientId":"` + client + `","Username":"a@b.c"}`},
		{"ChangePassword", `{"AccessToken":"a.b.c","PreviousPassword":"x","ProposedPassword":"Correct-Horse-7"}`},
		{"AdminUpdateUserAttributes", `{"UserPoolId":"` + id + `","Username":"b","UserAttributes":[{"Name":"email","Value":"c@d"}]}`},
		{"AdminDeleteUserAttributes", `{"UserPoolId":"` + id + `","Username":"b","UserAttributeNames":["email"]}`},
		{"ListUsersInGroup", `{"UserPoolId":"` + id + `","GroupName":"g","NextToken":"AAAA"}`},
		{"ListUsers", `{"UserPoolId":"` + id + `","Filter":"email ^= \"a\""}`},
		{"GetUser", `{"AccessToken":"a.b.c"}`},
		{"RevokeToken", `{"ClientId":"` + client + `","Token":"AAAA"}`},
		{"AdminCreateUser", `{"UserPoolId":"` + id + `","Username":"b","UserAttributes":[{"Name":"email","Value":"b@c"},{"Name":"email_verified","Value":"true"}]}`},
		{"AdminSetUserPassword", `{"UserPoolId":"` + id + `","Username":"b","Password":"Correct-Horse-7","Permanent":true}`},
		{"AdminListGroupsForUser", `{"UserPoolId":"` + id + `","Username":"b","Limit":1,"NextToken":"AAAA"}`},
		{"ListUsers", `{"UserPoolId":"` + id + `","PaginationToken":"AAAA","AttributesToGet":["sub"]}`},
		{"CreateGroup", `{"UserPoolId":"` + id + `","GroupName":"g","Precedence":1,"RoleArn":"arn:aws:iam::1:role/x12345"}`},
		{"AdminDeleteUser", `{"UserPoolId":"` + id + `","Username":"\u0000"}`},
		{"", "\xff"},
	} {
		f.Add(seed[0], seed[1], true)
		f.Add(seed[0], seed[1], false)
	}
	f.Fuzz(func(t *testing.T, operation, body string, signed bool) {
		fx.t = t
		r := fx.request(operation, body)
		if signed {
			fx.sign(r, body, nil)
		}
		status, out, header := fx.do(r)
		if status >= http.StatusInternalServerError {
			t.Errorf("%q %q: got %d %v, want no failure", operation, body, status, out)
		}
		if status != http.StatusOK && (out["__type"] == "" || header.Get("X-Amzn-RequestId") == "") {
			t.Errorf("%q %q: got %d %v, want a typed error with a request id", operation, body, status, out)
		}
	})
}

func FuzzSigV4(f *testing.F) {
	fx := newFixture(f)
	body := fx.encode(object{"UserPoolId": fx.pool.ID(), "GroupName": "g"})
	good := fx.sign(fx.request("CreateGroup", body), body, nil)
	authorization, goodDate := good.Header.Get("Authorization"), good.Header.Get("X-Amz-Date")
	_, signature, _ := strings.Cut(authorization, "Signature=")
	f.Add(authorization[:len(authorization)-1], goodDate, "")
	f.Add(authorization+",", goodDate, "a=b")
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0", goodDate, "")
	f.Add("AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;;, Signature==", "20261103T120000Z", "%zz")
	f.Add("AWS4-HMAC-SHA256", "", "")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		fx.t = t
		r := fx.request("CreateGroup", body)
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		r.URL.RawQuery = query
		status, out, _ := fx.do(r)
		// White space between the parameters is no part of the signature.
		same := strings.Contains(authorization, signature) && date == goodDate
		if status != http.StatusBadRequest && !same {
			t.Errorf("%q, %q, %q: got %d %v, want 400", authorization, date, query, status, out)
		}
	})
}
