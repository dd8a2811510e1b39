package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"comanda/administration"
	"comanda/identity"
	"comanda/installation"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// stand is a server that stands in for AWS until its input ends.
const stand = `import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%s" % server.get_host_and_port(), flush=True)
sys.stdin.read()`

// motoInput is kept, because an input without a reference is closed.
var motoInput io.WriteCloser

// moto is one server for all tests of this process, with whose input it ends. The
// error says that it can't be started here.
var moto = sync.OnceValues(func() (string, error) {
	const python = "../../.venv/bin/python"
	if out, err := exec.Command(python, "-c", "import moto.server").CombinedOutput(); err != nil {
		return "", fmt.Errorf("no Python with moto: scripts/install makes one: %w\n%s", err, out)
	}
	c := exec.Command(python, "-c", stand)
	var err error
	if motoInput, err = c.StdinPipe(); err != nil {
		return "", err
	}
	output, err := c.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := c.Start(); err != nil {
		return "", err
	}
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		return "", fmt.Errorf("moto: no address: %w", lines.Err())
	}
	return lines.Text(), nil
})

// newMoto returns a client of a stand-in for Amazon Cognito, a place on DynamoDB,
// and the environment of commands that use both.
func newMoto(t *testing.T) (client *cognito.Client, place string, env []string) {
	t.Helper()
	address, err := moto()
	switch {
	case err != nil && os.Getenv("COMANDA_REQUIRE") == "all":
		t.Fatal(err)
	case err != nil:
		t.Skip("no Python with moto; `make check` runs this test")
	}
	place, env = onDynamoDB(t)
	createWithoutStreams(t, place)
	return cognito.New(cognito.Options{
		Region: "us-east-1", BaseEndpoint: &address, Credentials: credentials.NewStaticCredentialsProvider("comanda", "comanda", ""),
	}), place, append(env, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER="+address)
}

// newUserPool makes a pool with a client whose users may write the attributes and
// read those that they need.
func newUserPool(t *testing.T, client *cognito.Client, in cognito.CreateUserPoolInput, writable ...string) string {
	t.Helper()
	poolID := newBarePool(t, client, in)
	newWebClient(t, client, poolID, cognito.CreateUserPoolClientInput{WriteAttributes: writable, ReadAttributes: []string{"email", identity.ClaimComandaID}})
	return poolID
}

// newBarePool makes a pool without a client.
func newBarePool(t *testing.T, client *cognito.Client, in cognito.CreateUserPoolInput) string {
	t.Helper()
	in.PoolName = aws.String("shop")
	made, err := client.CreateUserPool(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	return *made.UserPool.Id
}

func newWebClient(t *testing.T, client *cognito.Client, poolID string, in cognito.CreateUserPoolClientInput) (id string) {
	t.Helper()
	in.UserPoolId, in.ClientName = &poolID, aws.String("web")
	made, err := client.CreateUserPoolClient(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	return *made.UserPoolClient.ClientId
}

func withID() []types.SchemaAttributeType {
	return []types.SchemaAttributeType{{Name: aws.String("comanda_id"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)}}
}

// people adds users of all kinds to those of [newData]: admin and ana, who have
// no address, and then one with an address for a name and an id from elsewhere, one who is
// disabled, and one who never confirmed. It returns ana's id.
func people(t *testing.T, data string) (anaID string) {
	t.Helper()
	err := installation.Connect(t.Context(), alone(data), func(s *administration.Connection) error {
		ask := func(operation string, in map[string]any) {
			t.Helper()
			if err := s.Admin(context.Background(), operation, in, nil); err != nil {
				t.Fatalf("%s: %v", operation, err)
			}
		}
		add := func(name string, attributes ...map[string]string) {
			ask("AdminCreateUser", map[string]any{"Username": name, "TemporaryPassword": "For-A-While-7", "MessageAction": "SUPPRESS", "UserAttributes": attributes})
		}
		attribute := func(name, value string) map[string]string { return map[string]string{"Name": name, "Value": value} }
		add("bea@example.com", attribute("email_verified", "true"), attribute("name", "Bea Ñ"), attribute(identity.ClaimComandaID, "legacy-7"))
		add("carl", attribute("email", "Carl@example.com"), attribute("email_verified", "false"), attribute("nickname", "C"))
		ask("AdminDisableUser", map[string]any{"Username": "carl"})
		ask("CreateGroup", map[string]any{"GroupName": "restaurant-1", "Description": "Kitchen", "Precedence": 3})
		ask("CreateGroup", map[string]any{"GroupName": "empty"})
		for _, name := range []string{"bea@example.com", "carl"} {
			ask("AdminAddUserToGroup", map[string]any{"Username": name, "GroupName": "restaurant-1"})
		}
		u, err := s.Account(context.Background(), ana)
		anaID = u.UserID()
		if err != nil {
			return err
		}
		return s.Call(context.Background(), "SignUp", map[string]any{"ClientId": s.Keys.ClientID, "Username": "dora", "Password": "Some-Thing-3"}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return anaID
}

// emigrated describes a user of a pool in one line.
func emigrated(t *testing.T, client *cognito.Client, poolID, username string) string {
	t.Helper()
	u, err := client.AdminGetUser(t.Context(), &cognito.AdminGetUserInput{UserPoolId: &poolID, Username: &username})
	if err != nil {
		return "nobody"
	}
	out, err := client.AdminListGroupsForUser(t.Context(), &cognito.AdminListGroupsForUserInput{UserPoolId: &poolID, Username: &username})
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, a := range u.UserAttributes {
		if *a.Name != "sub" {
			parts = append(parts, *a.Name+"="+*a.Value)
		}
	}
	for _, g := range out.Groups {
		parts = append(parts, "group "+*g.GroupName)
	}
	slices.Sort(parts)
	return fmt.Sprintf("%s enabled=%v %s", u.UserStatus, u.Enabled, strings.Join(parts, " "))
}

func TestAccountsMoveToCognitoWithoutTheirPasswords(t *testing.T) {
	t.Parallel()
	client, place, env := newMoto(t)
	data := newData(t)
	anaID := people(t, data)
	poolID := newUserPool(t, client, cognito.CreateUserPoolInput{Schema: withID()}, "email", "name")
	args := []string{"copy", "--json", "--from", "sqlite:" + data, "--to", place, "--user-pool", poolID}

	if r := run(t, "", env, args...); r.code != 2 || !strings.Contains(r.err, "passwords don't move") || !strings.Contains(r.err, "give --yes") {
		t.Errorf("without anybody to ask: got %+v, want it to say what is lost and to ask for --yes", r)
	}
	if got := emigrated(t, client, poolID, ana); got != "nobody" {
		t.Errorf("ana before anybody agreed: got %q, want nobody", got)
	}
	// As a run leaves a user that was killed before the password was set.
	_, err := client.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{UserPoolId: &poolID, Username: aws.String(ana), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String(identity.ClaimComandaID), Value: &anaID}}})
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, "", env, append(args, "--yes")...)
	if r.code != 0 || !strings.Contains(r.err, "1 accounts that were never confirmed") {
		t.Fatalf("copy: got %+v, want success and a word on who stays behind", r)
	}
	c := readComparison(t, r.out)
	if records, written := c.of("accounts"); records != 4 || written != 3 || c.digests(t)["accounts"] == "" {
		t.Errorf("accounts: got %d, %d of them created, want 4 and 3", records, written)
	}
	for username, want := range map[string]string{
		ana:               "CONFIRMED enabled=true custom:comanda_id=" + anaID,
		"bea@example.com": "CONFIRMED enabled=true custom:comanda_id=legacy-7 email=bea@example.com email_verified=true group restaurant-1 name=Bea Ñ",
		"carl":            "CONFIRMED enabled=false custom:comanda_id=",
		"dora":            "nobody",
	} {
		if got := emigrated(t, client, poolID, username); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", username, got, want)
		}
	}
	if got := emigrated(t, client, poolID, "admin"); !strings.Contains(got, "group apiAdmins") {
		t.Errorf("admin: got %q, want the group apiAdmins", got)
	}
	g, err := client.GetGroup(t.Context(), &cognito.GetGroupInput{UserPoolId: &poolID, GroupName: aws.String("restaurant-1")})
	if err != nil || aws.ToString(g.Group.Description) != "Kitchen" || aws.ToInt32(g.Group.Precedence) != 3 {
		t.Errorf("group: got %+v, %v, want description and precedence", g, err)
	}
	again := readComparison(t, run(t, "", env, append(args, "--yes")...).out)
	if _, written := again.of("accounts"); written != 0 || again.digests(t)["accounts"] != c.digests(t)["accounts"] {
		t.Errorf("a second copy: got %d accounts created, want none and the same digest", written)
	}
}

func TestUserPoolsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	client, place, env := newMoto(t)
	data := newData(t)
	plain := newUserPool(t, client, cognito.CreateUserPoolInput{})
	open := newUserPool(t, client, cognito.CreateUserPoolInput{Schema: withID()}, "email", identity.ClaimComandaID)
	byEmail := newUserPool(t, client, cognito.CreateUserPoolInput{Schema: withID(), UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}}, "email")
	taken := newUserPool(t, client, cognito.CreateUserPoolInput{Schema: withID()}, "email")
	_, err := client.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{UserPoolId: &taken, Username: aws.String(ana)})
	if err != nil {
		t.Fatal(err)
	}
	before := emigrated(t, client, taken, ana)
	for poolID, want := range map[string]string{
		plain:            "add-custom-attributes --user-pool-id " + plain,
		open:             "may write custom:comanda_id",
		byEmail:          "has no e-mail address, which is the username",
		taken:            "has another user ana",
		"us-east-1_None": "describe it",
	} {
		r := run(t, "", env, "copy", "--from", "sqlite:"+data, "--to", place, "--user-pool", poolID, "--yes")
		if r.code != 1 || !strings.Contains(r.err, want) {
			t.Errorf("got %+v, want %q", r, want)
		}
	}
	if after := emigrated(t, client, taken, ana); after != before {
		t.Errorf("somebody else of the same name: got %q, want %q as before", after, before)
	}
}

func TestInvitedUsersHaveATemporaryPassword(t *testing.T) {
	t.Parallel()
	client, place, env := newMoto(t)
	poolID := newUserPool(t, client, cognito.CreateUserPoolInput{Schema: withID()}, "email")
	r := run(t, "", env, "copy", "--from", "sqlite:"+newData(t), "--to", place, "--user-pool", poolID, "--invite", "--yes")
	if r.code != 0 || !strings.Contains(r.err, "temporary") || !strings.Contains(r.out, "accounts") {
		t.Errorf("copy: got %+v, want success and what people have to do", r)
	}
	if got := emigrated(t, client, poolID, ana); !strings.HasPrefix(got, "FORCE_CHANGE_PASSWORD") {
		t.Errorf("ana: got %q, want her to choose a password", got)
	}
}

// TestTokensOfAPoolMustCarryTheIDsOfWhoeverMoves does with the clients of a pool what
// the refusal says, command by command.
func TestTokensOfAPoolMustCarryTheIDsOfWhoeverMoves(t *testing.T) {
	t.Parallel()
	client, place, env := newMoto(t)
	poolID := newBarePool(t, client, cognito.CreateUserPoolInput{Schema: withID()})
	copyPeople := func() result {
		return run(t, "", env, "copy", "--from", "sqlite:"+newData(t), "--to", place, "--user-pool", poolID, "--yes")
	}
	if r := copyPeople(); r.code != 1 || !strings.Contains(r.err, "it has no client to sign in by") {
		t.Errorf("no client: got %+v, want a refusal", r)
	}
	standard := newWebClient(t, client, poolID, cognito.CreateUserPoolClientInput{
		GenerateSecret: true, WriteAttributes: []string{"name"}, ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserSrpAuth},
		IdTokenValidity: aws.Int32(7), TokenValidityUnits: &types.TokenValidityUnitsType{IdToken: types.TimeUnitsTypeMinutes}, CallbackURLs: []string{"https://it's.example/"},
	})
	narrow := newWebClient(t, client, poolID, cognito.CreateUserPoolClientInput{ReadAttributes: []string{"email"}})
	r := copyPeople()
	commands := commandsIn(r.err)
	if r.code != 1 || r.out != "" || len(commands) != 2 || !strings.Contains(commands[0]+commands[1], standard) || !strings.Contains(commands[0]+commands[1], narrow) {
		t.Fatalf("two clients that can't read the id: got %+v, want a command for each", r)
	}
	if got := emigrated(t, client, poolID, ana); got != "nobody" {
		t.Errorf("ana after the refusal: got %q, want nobody", got)
	}
	for i, c := range commands {
		if strings.Contains(c, narrow) {
			commands = slices.Delete(commands, i, i+1)
			break
		}
	}
	before := settingsOf(t, client, poolID, standard)
	shell(t, env, commands[0])
	after := settingsOf(t, client, poolID, standard)
	if !slices.Contains(after.ReadAttributes, identity.ClaimComandaID) || !slices.Contains(after.ReadAttributes, "phone_number_verified") {
		t.Errorf("readable after the command: got %q, want the standard attributes and the id", after.ReadAttributes)
	}
	after.ReadAttributes, before.LastModifiedDate, after.LastModifiedDate = before.ReadAttributes, nil, nil
	if !reflect.DeepEqual(before, after) {
		t.Errorf("other settings after the command: got %+v, want %+v", after, before)
	}
	if r := copyPeople(); r.code != 0 || strings.Contains(r.err, standard) || len(commandsIn(r.err)) != 1 || !strings.Contains(r.err, narrow) {
		t.Errorf("one client of two reads the id: got %+v, want success, and the other one named", r)
	}
}

// commandsIn returns the commands that a message gives, one a line.
func commandsIn(text string) (commands []string) {
	for line := range strings.Lines(text) {
		if _, c, ok := strings.Cut(strings.TrimRight(line, "\n"), "  aws "); ok {
			commands = append(commands, "aws "+c)
		}
	}
	return commands
}

// shell runs a command of the AWS CLI as an operator does who pastes it.
func shell(t *testing.T, env []string, command string) {
	t.Helper()
	bin, err := filepath.Abs("../../.venv/bin")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", "-c", command)
	c.Env = append(slices.Clone(env), "PATH="+bin+":"+os.Getenv("PATH"), "HOME="+t.TempDir())
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

func settingsOf(t *testing.T, client *cognito.Client, poolID, clientID string) types.UserPoolClientType {
	t.Helper()
	out, err := client.DescribeUserPoolClient(t.Context(), &cognito.DescribeUserPoolClientInput{UserPoolId: &poolID, ClientId: &clientID})
	if err != nil {
		t.Fatal(err)
	}
	return *out.UserPoolClient
}
