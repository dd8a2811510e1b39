package cognito_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// asked is a request about a name, by a stranger.
type asked struct {
	operation string
	input     func(f *fixture, name string) object
	next      func(f *fixture, out object) (string, object) // the operation that answers the challenge in out; nil: there is none
}

// differs says where an answer tells whether there is such a user, because Amazon
// Cognito's does, and what the two answers are. The documentation of the service,
// "Managing user existence error responses", has them.
var differs = map[string][2]string{
	"SignUp":                 {"UsernameExistsException", ""},
	"ConfirmSignUp":          {"NotAuthorizedException", "ExpiredCodeException"},
	"ResendConfirmationCode": {"InvalidParameterException", ""},
}

func questions() []asked {
	named := func(more object) func(*fixture, string) object {
		return func(f *fixture, name string) object {
			in := object{"ClientId": f.pool.ClientID(), "Username": name}
			maps.Copy(in, more)
			return in
		}
	}
	auth := func(flow string, more object) func(*fixture, string) object {
		return func(f *fixture, name string) object {
			parameters := object{"USERNAME": name}
			maps.Copy(parameters, more)
			return object{"ClientId": f.pool.ClientID(), "AuthFlow": flow, "AuthParameters": parameters}
		}
	}
	return []asked{
		{"ConfirmSignUp", named(object{"ConfirmationCode": "000000"}), nil},
		{"ResendConfirmationCode", named(nil), nil},
		{"ForgotPassword", named(nil), nil},
		{"ConfirmForgotPassword", named(object{"ConfirmationCode": "x", "Password": goodPassword}), nil},
		{"InitiateAuth", auth("USER_PASSWORD_AUTH", object{"PASSWORD": "Wrong-Horse-1"}), nil},
		{"InitiateAuth", auth("USER_SRP_AUTH", object{"SRP_A": strings.Repeat("7", 767)}), nil},
		{"InitiateAuth", auth("USER_SRP_AUTH", object{"SRP_A": strings.Repeat("7", 767)}), proveWrongly},
		{"SignUp", named(object{"Password": goodPassword}), nil}, // last: it makes users of those who don't exist
	}
}

// proveWrongly answers a challenge of the password protocol without the password.
func proveWrongly(f *fixture, out object) (string, object) {
	challenge := out["ChallengeParameters"].(object)
	return "RespondToAuthChallenge", object{
		"ClientId": f.pool.ClientID(), "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": object{
			"USERNAME": challenge["USER_ID_FOR_SRP"], "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
			"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(make([]byte, 32)),
			"TIMESTAMP":                f.now().Format("Mon Jan 2 15:04:05 UTC 2006"),
		},
	}
}

// someone is a user who exists, and how others may name it; stranger has the same form and doesn't exist.
type someone struct{ existing, stranger string }

// populate makes users of every kind and returns names of the same forms that no user has.
func populate(f *fixture, kinds int) []someone {
	var all []someone
	for i := range kinds {
		name := fmt.Sprintf("ana%03d", i)
		attributes := []object{{"Name": "email", "Value": name + "@alias.example"}, {"Name": "email_verified", "Value": "true"}}
		login := name
		if i%2 == 1 {
			login = name + "@alias.example"
		}
		user := f.admin("AdminCreateUser", object{"Username": login, "UserAttributes": attributes, "MessageAction": "SUPPRESS"})["User"].(object)
		f.admin("AdminSetUserPassword", object{"Username": login, "Password": goodPassword, "Permanent": true})
		var sub string
		for _, a := range user["Attributes"].([]any) {
			if attribute := a.(object); attribute["Name"] == "sub" {
				sub = attribute["Value"].(string)
			}
		}
		id := make([]byte, 16)
		_, _ = rand.Read(id)
		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
		unknownSub := fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
		switch i % 4 {
		case 0:
			all = append(all, someone{name, fmt.Sprintf("bob%03d", i)}, someone{strings.ToUpper(name), fmt.Sprintf("BOB%03d", i)})
		case 1:
			all = append(all, someone{login, fmt.Sprintf("bob%03d@alias.example", i)}, someone{strings.ToUpper(login), fmt.Sprintf("BOB%03d@ALIAS.EXAMPLE", i)})
		case 2: // by the address behind a username
			all = append(all, someone{name + "@alias.example", fmt.Sprintf("bob%03d@alias.example", i)})
		default:
			all = append(all, someone{sub, unknownSub}, someone{strings.ToUpper(sub), strings.ToUpper(unknownSub)})
		}
	}
	return all
}

// shape returns everything about an answer that could tell something: status, header and
// body, with values that are random for everybody in place of their own ones replaced by
// their kinds.
func shape(f *fixture, status int, out object, header http.Header, name string) string {
	header.Del("X-Amzn-Requestid")
	header.Del("Content-Length") // follows from the body
	if challenge, ok := out["ChallengeParameters"].(object); ok && challenge["SRP_B"] != nil {
		for _, p := range []string{"SRP_B", "SALT", "SECRET_BLOCK"} {
			text := challenge[p].(string)
			if p == "SRP_B" { // leading zeros are left out
				text = text[:700]
			}
			challenge[p] = fmt.Sprintf("%d characters", len(text))
		}
		for _, p := range []string{"USER_ID_FOR_SRP", "USERNAME"} {
			challenge[p] = spelling(challenge[p].(string), name)
		}
	}
	if details, ok := out["CodeDeliveryDetails"].(object); ok {
		destination := details["Destination"].(string)
		if strings.Contains(name, "@") {
			destination = strings.Replace(destination, name[:1], "n", 1)
		} else {
			destination = fmt.Sprintf("%d characters, stars at %d", len(destination), strings.Index(destination, "***@"))
		}
		details["Destination"] = destination
	}
	if id, ok := out["UserSub"].(string); ok {
		out["UserSub"] = spelling(id, name)
	}
	keys := slices.Sorted(maps.Keys(header))
	return fmt.Sprintf("%d %s %v", status, f.encode(out), keys)
}

// spelling says how an id relates to the name that was asked for.
func spelling(id, name string) string {
	switch {
	case id == strings.ToLower(name):
		return "the name in lower case"
	case id == name:
		return "the name as it was spelled"
	case len(id) == 36 && strings.Count(id, "-") == 4 && id[14] == '4' && strings.ContainsAny(id[19:20], "89ab"):
		return "an id"
	}
	return "another name: " + id
}

func TestAnswersDoNotTellWhichUsersExist(t *testing.T) {
	f := newFixture(t)
	people := populate(f, 200)
	if len(people) < 200 {
		t.Fatalf("got %d names, want 200 or more", len(people))
	}
	sources := 0
	for day, q := range questions() {
		f.later(time.Duration(day) * 25 * time.Hour) // no limit is left over
		for _, who := range people {
			var got [2][]string
			for i, name := range []string{who.existing, who.stranger} {
				sources++
				got[i] = f.ask(q, name, fmt.Sprintf("10.0.%d.%d", sources/250, sources%250))
			}
			if slices.Equal(got[0], got[1]) {
				continue
			}
			known := differs[q.operation]
			if known != [2]string{} {
				if code(got[0][0]) != known[0] || known[1] != "" && code(got[1][0]) != known[1] {
					t.Errorf("%s, %s: got %s and %s, want %v, as Amazon Cognito answers", q.operation, who, got[0], got[1], known)
				}
				continue
			}
			t.Errorf("%s tells that %q exists and %q doesn't:\n%s\n%s", q.operation, who.existing, who.stranger, got[0], got[1])
		}
	}
}

// ask returns the shapes of the answers to a question.
func (f *fixture) ask(q asked, name, source string) []string {
	var shapes []string
	operation, in := q.operation, q.input(f, name)
	for next := q.next; ; next = nil {
		r := f.request(operation, f.encode(in))
		r.RemoteAddr = source + ":1234"
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		var out object
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			f.t.Fatal(err)
		}
		var after object
		if next != nil && w.Code == http.StatusOK {
			operation, after = next(f, out)
		}
		shapes = append(shapes, shape(f, w.Code, out, w.Header(), name))
		if after == nil {
			return shapes
		}
		in = after
	}
}

// code returns the code of a refusal in a shape, or "".
func code(shape string) string {
	_, rest, _ := strings.Cut(shape, `"__type":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// later sets the clock to a time after the beginning.
func (f *fixture) later(d time.Duration) { f.offset.Store(int64(d)) }
