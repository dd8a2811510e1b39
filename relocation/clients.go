package relocation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"comanda/identity"
	"comanda/terminal"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// standardAttributes are what a client may read as long as it has no list.
var standardAttributes = []string{
	"address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
	"phone_number", "phone_number_verified", "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo",
}

// inspectClients refuses a pool in which users may write the attribute with their id,
// or in which no client may read it. Cognito puts into an ID token what its
// client may read, and a client with no list of its own reads the standard attributes only: to
// us, its users are then their new sub, which has no orders. Which client the
// customers use isn't known here, so that one that may not is a doubt as long as another may.
func (e *emigration) inspectClients(ctx context.Context) error {
	pages := cognito.NewListUserPoolClientsPaginator(e.client, &cognito.ListUserPoolClientsInput{UserPoolId: &e.poolID, MaxResults: aws.Int32(cognitoPage)})
	readers := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list its clients: %w", err)
		}
		for _, found := range page.UserPoolClients {
			out, err := e.client.DescribeUserPoolClient(ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: &e.poolID, ClientId: found.ClientId})
			if err != nil {
				return fmt.Errorf("describe its client %s: %w", aws.ToString(found.ClientId), err)
			}
			doubt, err := e.inspectClient(*out.UserPoolClient)
			if err != nil {
				return err
			}
			if doubt == "" {
				readers++
				continue
			}
			e.doubts = append(e.doubts, doubt)
		}
	}
	if readers > 0 {
		return nil
	}
	if len(e.doubts) == 0 {
		return fmt.Errorf("it has no client to sign in by: aws cognito-idp create-user-pool-client --region %s --user-pool-id %s --client-name web "+
			"--explicit-auth-flows ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH --read-attributes %s email email_verified name --write-attributes email name makes one",
			e.region(), e.poolID, identity.ClaimComandaID)
	}
	return errors.New(strings.Join(e.doubts, "\n"))
}

// inspectClient returns what is to be said about a client that may not read the
// attribute, "" for one that may.
func (e *emigration) inspectClient(c types.UserPoolClientType) (doubt string, err error) {
	if slices.Contains(c.WriteAttributes, identity.ClaimComandaID) {
		return "", fmt.Errorf("users of its client %s may write %s, and so become anybody: take it off the client's WriteAttributes",
			aws.ToString(c.ClientId), identity.ClaimComandaID)
	}
	if slices.Contains(c.ReadAttributes, identity.ClaimComandaID) {
		return "", nil
	}
	command, err := e.readingCommand(c)
	return fmt.Sprintf("tokens of its client %s (%s) will lack %s, which the client may not read: who signs in there won't find the orders that were moved. "+
		"This command adds it and leaves the client's other settings as they are:\n  %s",
		aws.ToString(c.ClientId), terminal.Printable(aws.ToString(c.ClientName)), identity.ClaimComandaID, command), err
}

// readingCommand returns the command that lets a client read the attribute. It
// repeats all other settings, because Cognito resets those that an update leaves out.
func (e *emigration) readingCommand(c types.UserPoolClientType) (string, error) {
	if len(c.ReadAttributes) == 0 {
		c.ReadAttributes = standardAttributes
	}
	c.ReadAttributes = append(slices.Clip(c.ReadAttributes), identity.ClaimComandaID)
	// An update doesn't take these.
	c.ClientSecret, c.CreationDate, c.LastModifiedDate = nil, nil, nil
	text, err := json.Marshal(c) //nolint:gosec // G117: the secret has just been taken out
	if err != nil {
		return "", err
	}
	var settings map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&settings); err != nil {
		return "", err
	}
	if text, err = json.Marshal(given(settings)); err != nil {
		return "", err
	}
	return fmt.Sprintf("aws cognito-idp update-user-pool-client --region %s --cli-input-json %s", e.region(), terminal.Quote(string(text))), nil
}

// given returns settings without those that have no value, which the AWS CLI refuses.
func given(settings map[string]any) map[string]any {
	out := make(map[string]any)
	for name, value := range settings {
		switch v := value.(type) {
		case nil:
		case string:
			if v != "" {
				out[name] = v
			}
		case map[string]any:
			out[name] = given(v)
		default:
			out[name] = v
		}
	}
	return out
}

// region returns the region of the pool, which its id begins with.
func (e *emigration) region() string {
	region, _, _ := strings.Cut(e.poolID, "_")
	return region
}
