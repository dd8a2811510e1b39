package acceptance

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// refusalOf returns the type of the pool's refusal, "" when there is none.
func refusalOf(err error) string {
	var refusal *poolError
	if errors.As(err, &refusal) {
		return refusal.Type
	}
	return ""
}

// groupsAreSigned asks for the administrators' power without the keys.
func (c *client) groupsAreSigned(t *testing.T) {
	p := c.pool()
	group := object{"UserPoolId": p.id, "GroupName": "restaurant-" + newID()}
	otherSecret, otherKey := p, p
	otherSecret.secretKey = strings.Repeat("x", len(p.secretKey))
	otherKey.accessKey = strings.Repeat("X", len(p.accessKey))
	for _, x := range []struct {
		name, want string
		call       func() error
	}{
		{"not signed", "MissingAuthenticationTokenException", func() error { return p.callUnsigned(t, "CreateGroup", group) }},
		{"signed with another secret", "InvalidSignatureException", func() error { return otherSecret.call("CreateGroup", group, nil) }},
		{"signed with another key", "UnrecognizedClientException", func() error { return otherKey.call("CreateGroup", group, nil) }},
	} {
		if err := x.call(); refusalOf(err) != x.want {
			t.Errorf("CreateGroup %s: got %v, want %s", x.name, err, x.want)
		}
	}
	u := c.signUp(t, "grace")
	err := p.call("AdminAddUserToGroup", object{"UserPoolId": p.id, "Username": u.username, "GroupName": group["GroupName"]}, nil)
	if refusalOf(err) != "ResourceNotFoundException" {
		t.Errorf("the group of the refused requests: got %v, want that there is none", err)
	}
}

// callUnsigned calls an operation as anybody can.
func (p poolAccess) callUnsigned(t *testing.T, operation string, in object) error {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest("POST", p.endpoint+"/", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	resp, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	refusal := &poolError{status: resp.StatusCode}
	if err := json.NewDecoder(resp.Body).Decode(refusal); err != nil || resp.StatusCode == http.StatusOK {
		t.Fatalf("%s unsigned: got status %d, %v, want a refusal", operation, resp.StatusCode, err)
	}
	return refusal
}
