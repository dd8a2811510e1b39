package cognito_test

import (
	"fmt"
	"testing"

	"comanda/pool"
)

func TestAClosedPoolRefusesSignUpInCognitosWordsAndLetsAdministratorsCreateUsers(t *testing.T) {
	open := newFixture(t)
	closed := newFixture(t, func(c *pool.Config) { c.SignUpClosed = true })
	for f, want := range map[*fixture]bool{open: false, closed: true} {
		config := f.admin("DescribeUserPool", object{})["UserPool"].(object)["AdminCreateUserConfig"].(object)
		if config["AllowAdminCreateUserOnly"] != want {
			t.Errorf("AdminCreateUserConfig: got %v, want AllowAdminCreateUserOnly %t", config, want)
		}
	}
	closed.signedIn("ana") // made by an administrator
	for about, name := range map[string]string{"somebody new": "bob@example.com", "somebody with an account": "ana"} {
		body := closed.encode(object{"ClientId": closed.pool.ClientID(), "Username": name, "Password": goodPassword})
		_, out, _ := closed.do(closed.request("SignUp", body))
		const want = "map[__type:NotAuthorizedException message:SignUp is not permitted for this user pool]"
		if got := fmt.Sprint(out); got != want {
			t.Errorf("SignUp of %s: got %s, want %s", about, got, want)
		}
	}
}
