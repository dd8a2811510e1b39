package administration

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"comanda/pool"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	poolTarget  = "AWSCognitoIdentityProviderService."
	poolService = "cognito-idp" // the name in the scope of a signature
	maxAnswer   = 64 << 20      // bytes of an answer that are read at most
)

// Connection is the way to one server, by the key pair of its data directory. For
// operations that aren't signed, only the client id of the keys is needed.
type Connection struct {
	URL    string // of the server, without a slash at the end
	Keys   pool.Keys
	Client *http.Client // which sees to it that URL is the server
}

// PoolError is a refusal by the user pool.
type PoolError struct {
	Code    string `json:"__type"` // UserNotFoundException
	Message string `json:"message"`
}

// Error has the code after the message.
func (e *PoolError) Error() string { return e.Message + " (" + e.Code + ")" }

// refusedWith reports whether the user pool has refused with a code.
func refusedWith(err error, code string) bool {
	refused, ok := errors.AsType[*PoolError](err)
	return ok && refused.Code == code
}

// Call sends an operation of the user pool that isn't signed, and reads its answer
// into out, which can be nil. A refusal is a [*PoolError].
func (c *Connection) Call(ctx context.Context, operation string, in, out any) error {
	return c.send(ctx, poolTarget+operation, in, out, false)
}

// Admin sends a signed operation of the user pool, whose id it adds. out can be nil.
func (c *Connection) Admin(ctx context.Context, operation string, in map[string]any, out any) error {
	in["UserPoolId"] = c.Keys.PoolID
	return c.send(ctx, poolTarget+operation, in, out, true)
}

func (c *Connection) send(ctx context.Context, target string, in, out any, sign bool) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	if sign {
		if err := c.sign(ctx, r, body); err != nil {
			return err
		}
	}
	resp, err := c.Client.Do(r)
	if err != nil {
		return Unreachable(c.URL, err)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return Unreachable(c.URL, err)
	}
	return read(resp, answer, out)
}

func (c *Connection) sign(ctx context.Context, r *http.Request, body []byte) error {
	sum := sha256.Sum256(body)
	key := aws.Credentials{AccessKeyID: c.Keys.AccessKeyID, SecretAccessKey: c.Keys.SecretAccessKey}
	return v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), poolService, c.Keys.Region, time.Now())
}

// read reads an answer, which the user pool or the administration has made.
func read(resp *http.Response, answer []byte, out any) error {
	if resp.StatusCode == http.StatusOK {
		if out == nil {
			return nil
		}
		return json.Unmarshal(answer, out)
	}
	var either struct {
		refusal
		PoolError
	}
	if err := json.Unmarshal(answer, &either); err != nil {
		return fmt.Errorf("the server answered %s: see its log", resp.Status)
	}
	switch {
	case either.Kind != "":
		return either.refusal.err()
	case either.Code != "":
		return &either.PoolError
	}
	return fmt.Errorf("the server answered %s: see its log", resp.Status)
}

// Unreachable explains why there was no answer, without the method and path that
// net/http puts in front.
func Unreachable(base string, err error) error {
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	_, impostor := errors.AsType[*ImpostorError](err)
	if impostor || errors.Is(err, ErrOtherRelease) {
		return fmt.Errorf("%s: %w", base, err)
	}
	return fmt.Errorf("ask the server at %s: %w: is it running there?", base, err)
}
