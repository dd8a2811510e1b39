package user

import (
	"slices"
	"strings"
	"testing"
)

// rule is a body with what each reader says about it. Content is as creation
// unless it says otherwise, and so is patch.
type rule struct {
	name, body               string
	creation, content, patch []string
}

// fine says that a reader accepts a body.
var fine = []string{}

// named returns a body with a name and further members.
func named(members string) string { return `{"name":"Ana",` + members + `}` }

// member returns a body with a name and one more text member of n characters.
func member(key, character string, n int) string {
	return named(`"` + key + `":"` + strings.Repeat(character, n) + `"`)
}

func name(character string, n int) string {
	return `{"name":"` + strings.Repeat(character, n) + `"}`
}

var rules = []rule{
	{name: "a name alone", body: `{"name":"Ana"}`},
	{name: "everything", body: named(`"userid":"u-1","username":"ana","email":"a@b","address":"1 Quay"`)},
	{name: "no name", body: `{}`, creation: []string{"$.name is required"}, patch: fine},
	{name: "a name of null", body: `{"name":null}`, creation: []string{"$.name is required"}},
	{name: "Name instead of name", body: `{"Name":"John Doe"}`, creation: []string{"$.name is required"}, patch: fine},
	{name: "a name of no characters", body: name("", 0), creation: []string{"$.name must have 1 to 200 characters, not 0"}},
	{name: "a name of 1 character", body: name("ñ", 1)},
	{name: "a name of 200 characters of 4 bytes", body: name("🍲", 200)},
	{name: "a name of 201 characters", body: name("a", 201), creation: []string{"$.name must have 1 to 200 characters, not 201"}},
	{name: "a name of 201 characters of 4 bytes", body: name("🍲", 201), creation: []string{"$.name must have 1 to 200 characters, not 201"}},
	{name: "a name of 200 escaped characters", body: name(`\u00f1`, 200)},
	{name: "a name that is a number", body: `{"name":7}`, creation: []string{"$.name must be a string, not a number"}},
	{name: "a name that is an object", body: `{"name":{"first":"Ana"}}`, creation: []string{"$.name must be a string, not an object"}},

	{name: "a username of no characters", body: member("username", "", 0), creation: []string{"$.username must have 1 to 128 characters, not 0"}},
	{name: "a username of 128 characters", body: member("username", "é", 128)},
	{name: "a username of 129 characters", body: member("username", "u", 129), creation: []string{"$.username must have 1 to 128 characters, not 129"}},
	{name: "a username with a space", body: named(`"username":"an a"`), creation: []string{"$.username must have no spaces and no control characters"}},
	{name: "a username with a no-break space", body: named(`"username":"an\u00a0a"`), creation: []string{"$.username must have no spaces and no control characters"}},
	{name: "a username with a line end", body: named(`"username":"ana\n"`), creation: []string{"$.username must have no spaces and no control characters"}},
	{name: "a username with NUL", body: named(`"username":"an\u0000a"`), creation: []string{"$.username must have no spaces and no control characters"}},
	{name: "a username that turns the direction of text", body: named(`"username":"an\u202ea"`), creation: []string{"$.username must have no spaces and no control characters"}},
	{name: "a username that is a boolean", body: named(`"username":true`), creation: []string{"$.username must be a string, not a boolean"}},
	{name: "a username of null", body: named(`"username":null`)},

	{name: "an e-mail without @", body: named(`"email":"ana"`), creation: []string{`$.email "ana" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail of no characters", body: named(`"email":""`), creation: []string{`$.email "" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail with two @", body: named(`"email":"a@b@c"`), creation: []string{`$.email "a@b@c" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail with nothing before @", body: named(`"email":"@b"`), creation: []string{`$.email "@b" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail with a space", body: named(`"email":"a @b"`), creation: []string{`$.email "a @b" is no e-mail address of at most 254 bytes`}},
	{name: "two e-mails", body: named(`"email":"a@b,c"`), creation: []string{`$.email "a@b,c" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail with a line end", body: named(`"email":"a@b\r\nBcc:c"`), creation: []string{`$.email "a@b\r\nBcc:c" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail with a vertical tab", body: named(`"email":"a@b\u000bc"`), creation: []string{`$.email "a@b\vc" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail with NUL", body: named(`"email":"a\u0000@b"`), creation: []string{`$.email "a\x00@b" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail with a no-break space", body: named(`"email":"a\u00a0@b"`), creation: []string{`$.email "a\u00a0@b" is no e-mail address of at most 254 bytes`}},
	{name: "an e-mail of 254 bytes", body: named(`"email":"` + strings.Repeat("a", 252) + `@b"`)},
	{name: "an e-mail of 255 bytes", body: named(`"email":"` + strings.Repeat("a", 253) + `@b"`),
		creation: []string{`$.email "` + strings.Repeat("a", 40) + `…" is no e-mail address of at most 254 bytes`}},
	{name: "an international e-mail", body: named(`"email":"josé@münchen.example"`)},
	{name: "an e-mail that is an array", body: named(`"email":["a@b"]`), creation: []string{"$.email must be a string, not an array"}},

	{name: "an address of no characters", body: member("address", "", 0), creation: []string{"$.address must have 1 to 500 characters, not 0"}},
	{name: "an address of 500 characters", body: member("address", "ß", 500)},
	{name: "an address of 501 characters", body: member("address", "ß", 501), creation: []string{"$.address must have 1 to 500 characters, not 501"}},
	{name: "an address of two lines", body: named(`"address":"1 Quay\n2 Street"`)},

	{name: "a userid of every kind of character", body: named(`"userid":"aZ09._:@-"`)},
	{name: "a userid of 128 characters", body: member("userid", "u", 128)},
	{name: "a userid of 129 characters", body: member("userid", "u", 129), content: fine, patch: fine,
		creation: []string{`$.userid "` + strings.Repeat("u", 40) + `…" must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -`}},
	{name: "a userid of no characters", body: named(`"userid":""`), content: fine, patch: fine,
		creation: []string{`$.userid "" must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -`}},
	{name: "a userid with a slash", body: named(`"userid":"a/b"`), content: fine, patch: fine,
		creation: []string{`$.userid "a/b" must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -`}},
	{name: "a userid beyond ASCII", body: named(`"userid":"é"`), content: fine, patch: fine,
		creation: []string{`$.userid "é" must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -`}},
	{name: "a userid that is a number", body: named(`"userid":7`), content: fine, patch: fine,
		creation: []string{"$.userid must be a string, not a number"}},
	{name: "a userid of null", body: named(`"userid":null`)},

	{name: "unknown fields", body: named(`"Name":"x","phone":7,"version":3,"createdAt":"1999","extra":{"name":null}`)},
	{name: "a duplicate name", body: `{"name":"Ana","name":"Bea"}`, creation: []string{"$.name occurs more than once in its object"}},
	{name: "a duplicate unknown field", body: named(`"x":{"y":1,"y":2}`), creation: []string{"$.x.y occurs more than once in its object"}},
	{name: "an array", body: `[{"name":"Ana"}]`, creation: []string{"$ must be an object, not an array"}},
	{name: "a string", body: `"Ana"`, creation: []string{"$ must be an object, not a string"}},
	{name: "null", body: `null`, creation: []string{"$ must be an object, not null"}},
	{name: "nothing", body: ``, creation: []string{"$ is empty: send one JSON object"}},
	{name: "half an object", body: `{"name":"Ana"`, creation: []string{"$ ends too early: it is not complete JSON"}},
	{name: "two objects", body: `{"name":"Ana"}{}`, creation: []string{"$ continues after its end: send one JSON object"}},
	{name: "invalid UTF-8", body: "{\"name\":\"\xff\"}", creation: []string{"$ is not valid UTF-8 (first wrong byte at 9)"}},
	{name: "several violations", body: `{"userid":" ","name":"","username":" ","email":"x","address":0}`,
		creation: []string{`$.userid " " must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -`,
			"$.name must have 1 to 200 characters, not 0", "$.username must have no spaces and no control characters",
			`$.email "x" is no e-mail address of at most 254 bytes`, "$.address must be a string, not a number"},
		content: []string{"$.name must have 1 to 200 characters, not 0", "$.username must have no spaces and no control characters",
			`$.email "x" is no e-mail address of at most 254 bytes`, "$.address must be a string, not a number"},
		patch: []string{"$.name must have 1 to 200 characters, not 0", "$.username must have no spaces and no control characters",
			`$.email "x" is no e-mail address of at most 254 bytes`, "$.address must be a string, not a number"}},
}

func TestEveryRuleOfABodyIsNamedWhenItIsBroken(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			content, patch := r.creation, r.creation
			if r.content != nil {
				content = r.content
			}
			if r.patch != nil {
				patch = r.patch
			}
			_, got := read(r.body, ReadCreation)
			wantViolations(t, "creation", got, r.creation)
			_, got = read(r.body, ReadContent)
			wantViolations(t, "content", got, content)
			_, got = read(r.body, ReadPatch)
			wantViolations(t, "patch", got, patch)
		})
	}
}

func wantViolations(t *testing.T, reader string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", reader, got, want)
	}
}

func TestWhatIsSentIsWhatIsRead(t *testing.T) {
	const body = `{"userid":"u:1","name":"Ana \ud83c\udf72","username":"A\u0301na","email":"ANA@Example.com","address":"1 Quay\n"}`
	want := Creation{ID: "u:1", Content: Content{Name: "Ana 🍲", Username: "A\u0301na", Email: "ANA@Example.com", Address: "1 Quay\n"}}
	if got, violations := read(body, ReadCreation); got != want || violations != nil {
		t.Errorf("creation: got %+v, %q, want %+v", got, violations, want)
	}
	if got, violations := read(body, ReadContent); got != want.Content || violations != nil {
		t.Errorf("content: got %+v, %q, want %+v", got, violations, want.Content)
	}
	if got, violations := read(`{"name":"Ana","email":null}`, ReadContent); got != (Content{Name: "Ana"}) || violations != nil {
		t.Errorf("content with null: got %+v, %q, want the name alone", got, violations)
	}
}

func TestAPatchChangesWhatItNamesAndRemovesWhatIsNull(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       Content
	}{
		{"nothing", `{}`, ana},
		{"an unknown field", `{"Address":"x","phone":null}`, ana},
		{"the name", `{"name":"Bea"}`, Content{"Bea", ana.Username, ana.Email, ana.Address}},
		{"the username", `{"username":"bea"}`, Content{ana.Name, "bea", ana.Email, ana.Address}},
		{"the e-mail", `{"email":"bea@example.com"}`, Content{ana.Name, ana.Username, "bea@example.com", ana.Address}},
		{"the address", `{"address":"2 Quay Street"}`, Content{ana.Name, ana.Username, ana.Email, "2 Quay Street"}},
		{"no username", `{"username":null}`, Content{ana.Name, "", ana.Email, ana.Address}},
		{"no e-mail", `{"email":null}`, Content{ana.Name, ana.Username, "", ana.Address}},
		{"no address", `{"address":null}`, Content{ana.Name, ana.Username, ana.Email, ""}},
		{"everything", `{"name":"Bea","username":null,"email":null,"address":null}`, bea},
	} {
		t.Run(tc.name, func(t *testing.T) {
			patch, violations := read(tc.body, ReadPatch)
			if got := patch.apply(ana); got != tc.want || violations != nil {
				t.Errorf("got %+v, %q, want %+v", got, violations, tc.want)
			}
		})
	}
}

func TestIDsOfUsersAreOneToOneHundredAndTwentyEightPlainCharacters(t *testing.T) {
	for id, want := range map[string]bool{
		"": false, "a": true, "A.b_c:d@e-9": true, "a b": false, "a/b": false, "é": false, "a\x00": false, "a%": false, "[": false, "`": false, "{": false,
		strings.Repeat("x", MaxID): true, strings.Repeat("x", MaxID+1): false,
	} {
		if got := ValidID(id); got != want {
			t.Errorf("%q: got valid %v, want %v", id, got, want)
		}
	}
}
