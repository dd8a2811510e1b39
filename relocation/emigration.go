package relocation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"comanda/administration"
	"comanda/identity"
	"comanda/installation"
	"comanda/pool"
	"comanda/storage"
	"comanda/terminal"
	"comanda/transfer"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"golang.org/x/sync/errgroup"
)

const (
	cognitoAttempts = 10 // of one request: Cognito allows some tens a second
	cognitoParallel = 8
	cognitoPage     = 60 // Cognito's limit

	accountsTable = "accounts" // in the comparison
)

// emigration creates the users of an embedded user pool in one of Amazon Cognito.
//
// A user keeps the id of its records in the attribute custom:comanda_id, because
// Cognito gives everybody a new sub. A user who can write that attribute can be
// any other, so a pool in which a client may is refused; and so is one in which no
// client may read it, because it is then in no token (clients.go).
type emigration struct {
	client *cognito.Client
	poolID string
	invite bool

	byEmail bool // usernames of the pool are e-mail addresses
	aliases bool // e-mail addresses are other names, which usernames mustn't look like

	doubts []string // about the pool, for the operator
}

// emigrant is a user on the way.
type emigrant struct {
	username   string // in the new pool
	id         string // in our records
	attributes map[string]string
	groups     []string
	enabled    bool
}

var userPoolShape = regexp.MustCompile(`^([a-z0-9-]+)_[0-9A-Za-z]+$`)

// prepareAccounts returns nil unless accounts go to Cognito. It says what will
// be lost, and asks.
func (m Move) prepareAccounts(ctx context.Context, w Witness) (*emigration, error) {
	if m.UserPool == "" {
		return nil, nil
	}
	shape := userPoolShape.FindStringSubmatch(m.UserPool)
	if shape == nil {
		return nil, &installation.SettingError{Reason: fmt.Sprintf("--user-pool %q: must be the id of a user pool, as eu-west-1_AbCdEfGhI", m.UserPool)}
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(shape[1]), config.WithRetryMaxAttempts(cognitoAttempts))
	if err != nil {
		return nil, fmt.Errorf("read the AWS settings: %w", err)
	}
	if found, err := settings.Credentials.Retrieve(ctx); err == nil && pool.IsLocal(found.AccessKeyID) && shape[1] != "local" {
		return nil, &installation.SettingError{Reason: fmt.Sprintf("--user-pool %q: %s", m.UserPool, installation.LocalShell)}
	}
	e := &emigration{client: cognito.NewFromConfig(settings), poolID: m.UserPool, invite: m.Invite}
	if err := e.inspect(ctx); err != nil {
		return nil, fmt.Errorf("user pool %s: %w", m.UserPool, err)
	}
	for _, doubt := range e.doubts {
		w.Note("user pool %s: %s", m.UserPool, doubt)
	}
	w.Note("passwords don't move to Cognito: %s", e.consequence())
	return e, w.Confirm("Create the accounts in user pool " + m.UserPool + " without their passwords?")
}

// consequence says what people have to do.
func (e *emigration) consequence() string {
	if e.invite {
		return "it sends everybody a temporary one, to be changed at the first sign-in"
	}
	return "everybody chooses a new one by \"forgot password\", which needs a verified e-mail address, or is given one by an administrator; --invite sends temporary ones"
}

// inspect learns what the pool is like and refuses one that isn't safe.
func (e *emigration) inspect(ctx context.Context) error {
	out, err := e.client.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: &e.poolID})
	if err != nil {
		return fmt.Errorf("describe it: %w", err)
	}
	e.byEmail = slices.Contains(out.UserPool.UsernameAttributes, types.UsernameAttributeTypeEmail)
	e.aliases = slices.Contains(out.UserPool.AliasAttributes, types.AliasAttributeTypeEmail)
	if !slices.ContainsFunc(out.UserPool.SchemaAttributes, func(a types.SchemaAttributeType) bool {
		return aws.ToString(a.Name) == identity.ClaimComandaID
	}) {
		return fmt.Errorf("it has no attribute %s: aws cognito-idp add-custom-attributes --user-pool-id %s "+
			"--custom-attributes Name=comanda_id,AttributeDataType=String,Mutable=true adds it; a client has to be allowed to read it, too", identity.ClaimComandaID, e.poolID)
	}
	return e.inspectClients(ctx)
}

// run moves everybody, and compares. Users who have never confirmed their
// account have no orders and stay.
func (e *emigration) run(ctx context.Context, w Witness, from storage.Store) (transfer.Result, error) {
	r := transfer.Result{Table: accountsTable}
	groups, err := pool.ReadGroups(ctx, from)
	if err != nil {
		return r, err
	}
	for _, g := range groups {
		if err := e.createGroup(ctx, g); err != nil {
			return r, err
		}
	}
	ids, unconfirmed, err := e.admitAll(ctx, from, &r)
	if err != nil {
		return r, err
	}
	if unconfirmed > 0 {
		w.Note("%d accounts that were never confirmed stay behind: their owners sign up again", unconfirmed)
	}
	r.To, err = e.sum(ctx, groups, ids)
	if r.Equal = r.From == r.To; err == nil && !r.Equal {
		err = fmt.Errorf("user pool %s has %d of %d accounts, or has them with other attributes or groups: accounts that were there are never changed",
			e.poolID, r.To.Records, r.From.Records)
	}
	return r, err
}

// admitAll moves the accounts, several at once. It returns the ids of those that
// are moved, and how many stay.
func (e *emigration) admitAll(ctx context.Context, from storage.Store, r *transfer.Result) (ids map[string]bool, unconfirmed int, err error) {
	var created atomic.Int64
	ids = make(map[string]bool)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cognitoParallel)
	err = pool.ReadAccounts(ctx, from, func(a pool.Account) error {
		if a.Status == pool.StatusUnconfirmed {
			unconfirmed++
			return nil
		}
		m, err := e.emigrant(a)
		if err != nil {
			return err
		}
		ids[m.id] = true
		r.From.Records++
		r.From.Digest.Add(m.parts()...)
		g.Go(func() error {
			isNew, err := e.admit(ctx, m)
			if isNew {
				created.Add(1)
			}
			return err
		})
		return nil
	})
	if failed := g.Wait(); failed != nil {
		err = failed // because of which the reading has stopped
	}
	r.Written = int(created.Load())
	return ids, unconfirmed, err
}

// emigrant returns a user as the new pool will have it. The attributes of the
// embedded pool are the standard ones, which every pool of Cognito has.
func (e *emigration) emigrant(a pool.Account) (emigrant, error) {
	m := emigrant{username: a.Login, id: a.Sub, attributes: make(map[string]string), groups: a.Groups, enabled: a.Enabled}
	for _, at := range a.Attributes {
		switch at.Name {
		case "sub":
		case identity.ClaimComandaID:
			m.id = at.Value
		default:
			m.attributes[at.Name] = at.Value
		}
	}
	email := m.attributes["email"]
	switch {
	case e.byEmail && email == "":
		return m, fmt.Errorf("user %s has no e-mail address, which is the username in user pool %s: give it one, or remove the user", terminal.Printable(a.Login), e.poolID)
	case e.byEmail:
		m.username = email
	case e.aliases && identity.IsEmail(a.Login):
		m.username = a.Sub
	}
	return m, nil
}

// parts returns what the comparison sees of a user. Cognito says of some
// attributes that they aren't verified where nothing was said.
func (m emigrant) parts() [][]byte {
	parts := [][]byte{[]byte(m.id), []byte(fmt.Sprint(m.enabled))}
	for _, name := range slices.Sorted(maps.Keys(m.attributes)) {
		value := m.attributes[name]
		if strings.HasSuffix(name, "_verified") && value == "false" {
			continue
		}
		if name == "email" {
			value = identity.Fold(value)
		}
		parts = append(parts, []byte(name), []byte(value))
	}
	for _, group := range slices.Sorted(slices.Values(m.groups)) {
		parts = append(parts, []byte(group))
	}
	return parts
}

func (e *emigration) createGroup(ctx context.Context, g pool.Group) error {
	in := &cognito.CreateGroupInput{UserPoolId: &e.poolID, GroupName: &g.Name}
	if g.Description != "" {
		in.Description = &g.Description
	}
	if g.Precedence != nil {
		in.Precedence = aws.Int32(int32(*g.Precedence))
	}
	_, err := e.client.CreateGroup(ctx, in)
	if _, there := errors.AsType[*types.GroupExistsException](err); err != nil && !there {
		return fmt.Errorf("create group %s: %w", terminal.Printable(g.Name), err)
	}
	return nil
}

// admit creates a user, or finishes what an earlier run has begun. Another user
// of the same name is an error, and left alone.
func (e *emigration) admit(ctx context.Context, m emigrant) (created bool, err error) {
	in := &cognito.AdminCreateUserInput{UserPoolId: &e.poolID, Username: &m.username}
	if !e.invite {
		in.MessageAction = types.MessageActionTypeSuppress
	}
	attribute := func(name, value string) {
		in.UserAttributes = append(in.UserAttributes, types.AttributeType{Name: &name, Value: &value})
	}
	attribute(identity.ClaimComandaID, m.id)
	for _, name := range slices.Sorted(maps.Keys(m.attributes)) {
		attribute(name, m.attributes[name])
	}
	fail := func(what string, err error) (bool, error) {
		return created, fmt.Errorf("%s user %s: %w", what, terminal.Printable(m.username), err)
	}
	_, err = e.client.AdminCreateUser(ctx, in)
	unfinished := true
	if _, there := errors.AsType[*types.UsernameExistsException](err); there {
		unfinished, err = e.recognize(ctx, m)
	} else if created = err == nil; err != nil {
		return fail("create", err)
	}
	if err != nil {
		return created, err
	}
	if unfinished && !e.invite {
		if err := e.setPassword(ctx, m.username); err != nil {
			return fail("set a password of", err)
		}
	}
	for _, group := range m.groups {
		_, err := e.client.AdminAddUserToGroup(ctx, &cognito.AdminAddUserToGroupInput{UserPoolId: &e.poolID, Username: &m.username, GroupName: &group})
		if err != nil {
			return fail("put into group "+terminal.Printable(group)+" the", err)
		}
	}
	if !m.enabled {
		if _, err := e.client.AdminDisableUser(ctx, &cognito.AdminDisableUserInput{UserPoolId: &e.poolID, Username: &m.username}); err != nil {
			return fail("disable", err)
		}
	}
	return created, nil
}

// setPassword sets a password that is thrown away. With a temporary one, Cognito
// would refuse "forgot password".
func (e *emigration) setPassword(ctx context.Context, username string) error {
	_, err := e.client.AdminSetUserPassword(ctx, &cognito.AdminSetUserPasswordInput{
		UserPoolId: &e.poolID, Username: &username, Password: aws.String(administration.GeneratePassword()), Permanent: true,
	})
	return err
}

// recognize reports whether a user who is there, and must be the one who is
// moved, has no lasting password yet.
func (e *emigration) recognize(ctx context.Context, m emigrant) (bool, error) {
	out, err := e.client.AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: &e.poolID, Username: &m.username})
	if err != nil {
		return false, fmt.Errorf("look at user %s: %w", terminal.Printable(m.username), err)
	}
	for _, a := range out.UserAttributes {
		if aws.ToString(a.Name) == identity.ClaimComandaID && aws.ToString(a.Value) == m.id {
			return out.UserStatus == types.UserStatusTypeForceChangePassword, nil
		}
	}
	return false, fmt.Errorf("user pool %s has another user %s, whose %s isn't %s: nothing was changed; remove or rename one of them",
		e.poolID, terminal.Printable(m.username), identity.ClaimComandaID, terminal.Printable(m.id))
}

// sum reads the users with one of the ids afresh.
func (e *emigration) sum(ctx context.Context, groups []pool.Group, ids map[string]bool) (transfer.Summary, error) {
	var s transfer.Summary
	members := make(map[string][]string) // groups by username
	for _, g := range groups {
		pages := cognito.NewListUsersInGroupPaginator(e.client, &cognito.ListUsersInGroupInput{UserPoolId: &e.poolID, GroupName: &g.Name, Limit: aws.Int32(cognitoPage)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return s, fmt.Errorf("list the users in group %s: %w", terminal.Printable(g.Name), err)
			}
			for _, u := range page.Users {
				name := aws.ToString(u.Username)
				members[name] = append(members[name], g.Name)
			}
		}
	}
	pages := cognito.NewListUsersPaginator(e.client, &cognito.ListUsersInput{UserPoolId: &e.poolID, Limit: aws.Int32(cognitoPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return s, fmt.Errorf("list the users: %w", err)
		}
		for _, u := range page.Users {
			m := emigrantOf(u, members[aws.ToString(u.Username)])
			if ids[m.id] {
				s.Records++
				s.Digest.Add(m.parts()...)
			}
		}
	}
	return s, nil
}

// emigrantOf returns a user of the new pool in the form of those on the way.
func emigrantOf(u types.UserType, groups []string) emigrant {
	m := emigrant{username: aws.ToString(u.Username), attributes: make(map[string]string), groups: groups, enabled: u.Enabled}
	for _, a := range u.Attributes {
		switch name := aws.ToString(a.Name); {
		case name == "sub", strings.HasPrefix(name, "cognito:"), name == "identities":
		case name == identity.ClaimComandaID:
			m.id = aws.ToString(a.Value)
		default:
			m.attributes[name] = cmp.Or(aws.ToString(a.Value), m.attributes[name])
		}
	}
	return m
}
