package keyset

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// poolID is the form of a user pool's id: the region, and what tells it from
// others there.
var poolID = regexp.MustCompile(`^([a-z0-9-]+)_[A-Za-z0-9]+$`)

// UserPool is where a user pool's tokens come from.
type UserPool struct {
	Region  string
	Issuer  string // claim iss of its tokens
	KeysURL string // of its JSON Web Key Set
}

// Cognito returns where the tokens of an Amazon Cognito user pool come from. A
// stand-in publishes the keys below its own address, endpoint ("" for Amazon's);
// the issuer stays Amazon's, as stand-ins have it.
// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
func Cognito(id, endpoint string) (UserPool, error) {
	parts := poolID.FindStringSubmatch(id)
	if parts == nil {
		return UserPool{}, fmt.Errorf("user pool id %.80q: must be a region and a name, such as eu-west-1_AbCdEf123", id)
	}
	domain := "amazonaws.com"
	if strings.HasPrefix(parts[1], "cn-") { // the Chinese regions have a domain of their own
		domain += ".cn"
	}
	p := UserPool{Region: parts[1], Issuer: "https://cognito-idp." + parts[1] + "." + domain + "/" + id}
	base := p.Issuer
	if endpoint != "" {
		if err := checkURL(endpoint); err != nil {
			return UserPool{}, fmt.Errorf("endpoint of the user pool: %w", err)
		}
		base = strings.TrimRight(endpoint, "/") + "/" + id
	}
	p.KeysURL = base + "/.well-known/jwks.json"
	return p, nil
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%.200q must be a URL such as https://cognito-idp.eu-west-1.amazonaws.com", text)
	}
	return nil
}
