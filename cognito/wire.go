package cognito

import (
	"strconv"
	"time"

	"comanda/pool"
)

// epochTime is a time in seconds since 1970 as a JSON number with milliseconds,
// the form that dates have in JSON 1.1.
type epochTime time.Time

// MarshalJSON implements json.Marshaler.
func (t epochTime) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Time(t).UnixMilli())/1000, 'f', -1, 64), nil
}

// none is the output of an operation that answers nothing: {}.
type none struct{}

type attributeType struct {
	Name  string
	Value string
}

func attributeTypes(list []pool.Attribute) []attributeType {
	types := make([]attributeType, 0, len(list))
	for _, a := range list {
		types = append(types, attributeType(a))
	}
	return types
}

// userType is a user in lists and after creation, where the attributes are
// called Attributes.
type userType struct {
	Username             string
	Attributes           []attributeType
	UserCreateDate       epochTime
	UserLastModifiedDate epochTime
	Enabled              bool
	UserStatus           pool.Status
}

func newUserType(u pool.User) userType {
	return userType{
		Username: u.Username, Attributes: attributeTypes(u.Attributes), Enabled: u.Enabled, UserStatus: u.Status,
		UserCreateDate: epochTime(u.Created), UserLastModifiedDate: epochTime(u.Modified),
	}
}

func userTypes(users []pool.User) []userType {
	types := make([]userType, 0, len(users))
	for _, u := range users {
		types = append(types, newUserType(u))
	}
	return types
}

type groupType struct {
	GroupName        string
	UserPoolID       string `json:"UserPoolId"`
	Description      string `json:",omitempty"`
	RoleARN          string `json:"RoleArn,omitempty"`
	Precedence       *int   `json:",omitempty"`
	LastModifiedDate epochTime
	CreationDate     epochTime
}

func newGroupType(poolID string, g pool.Group) groupType {
	return groupType{
		GroupName: g.Name, UserPoolID: poolID, Description: g.Description, RoleARN: g.RoleARN, Precedence: g.Precedence,
		LastModifiedDate: epochTime(g.Modified), CreationDate: epochTime(g.Created),
	}
}

type codeDeliveryDetailsType struct {
	Destination    string
	DeliveryMedium string
	AttributeName  string
}

type signUpOutput struct {
	UserConfirmed       bool
	CodeDeliveryDetails *codeDeliveryDetailsType `json:",omitempty"`
	UserSub             string
}

func newSignUpOutput(out pool.SignUpOutput) signUpOutput {
	return signUpOutput{UserConfirmed: out.Confirmed, UserSub: out.Sub, CodeDeliveryDetails: newCodeDelivery(out.Delivery)}
}

func newCodeDelivery(d *pool.CodeDelivery) *codeDeliveryDetailsType {
	if d == nil {
		return nil
	}
	return &codeDeliveryDetailsType{d.Destination, d.Medium, d.Attribute}
}

type codeDeliveryOutput struct {
	CodeDeliveryDetails *codeDeliveryDetailsType `json:",omitempty"`
}

type authenticationResult struct {
	AccessToken  string
	ExpiresIn    int // seconds
	TokenType    string
	RefreshToken string `json:",omitempty"`
	IDToken      string `json:"IdToken"`
}

type authOutput struct {
	ChallengeName        pool.ChallengeName    `json:",omitempty"`
	Session              string                `json:",omitempty"`
	ChallengeParameters  map[string]string     // {} beside tokens
	AuthenticationResult *authenticationResult `json:",omitempty"`
}

func newAuthOutput(out pool.AuthOutput) authOutput {
	o := authOutput{ChallengeParameters: map[string]string{}}
	if c := out.Challenge; c != nil {
		o.ChallengeName, o.Session, o.ChallengeParameters = c.Name, c.Session, c.Parameters
	}
	if t := out.Tokens; t != nil {
		o.AuthenticationResult = &authenticationResult{
			AccessToken: t.Access, IDToken: t.ID, RefreshToken: t.Refresh, TokenType: "Bearer",
			ExpiresIn: int(t.ExpiresIn / time.Second),
		}
	}
	return o
}

type adminGetUserOutput struct {
	Username             string
	UserAttributes       []attributeType
	UserCreateDate       epochTime
	UserLastModifiedDate epochTime
	Enabled              bool
	UserStatus           pool.Status
}

type adminCreateUserOutput struct{ User userType }

type createGroupOutput struct{ Group groupType }

type listGroupsOutput struct {
	Groups    []groupType
	NextToken string `json:",omitempty"`
}

type listUsersOutput struct {
	Users           []userType
	PaginationToken string `json:",omitempty"`
}

type listUsersInGroupOutput struct {
	Users     []userType
	NextToken string `json:",omitempty"`
}

type getUserOutput struct {
	Username       string
	UserAttributes []attributeType
}

type tokensOutput struct{ AuthenticationResult *authenticationResult }

type codeDeliveriesOutput struct{ CodeDeliveryDetailsList []*codeDeliveryDetailsType }
