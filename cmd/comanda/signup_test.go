package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestSignUpIsClosedByASetting(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		env    []string
		args   []string
		status int
		want   string
	}{
		"as it is":                 {nil, nil, http.StatusOK, `"UserConfirmed":false`},
		"closed":                   {nil, []string{"--sign-up", "closed"}, http.StatusBadRequest, "SignUp is not permitted for this user pool"},
		"closed by a variable":     {[]string{"COMANDA_SIGN_UP=closed"}, nil, http.StatusBadRequest, "NotAuthorizedException"},
		"opened again by the flag": {[]string{"COMANDA_SIGN_UP=closed"}, []string{"--sign-up", "open"}, http.StatusOK, `"UserConfirmed":false`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveIn(t, x.env, newData(t), x.args...)
			body := `{"ClientId": "` + s.pool().Keys.ClientID + `", "Username": "bob@example.com", "Password": "Correct-Horse-8"}`
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if text := readAll(t, resp.Body); resp.StatusCode != x.status || !strings.Contains(text, x.want) {
				t.Errorf("got %d %s, want %d with %s", resp.StatusCode, text, x.status, x.want)
			}
			s.stop()
		})
	}
}
