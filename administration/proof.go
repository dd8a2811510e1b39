package administration

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// OpProve is the operation by which a server shows that it has the key of its data
// directory, as X-Amz-Target names it. It is the only one without a signature.
const OpProve = "Comanda.Prove"

const (
	provePurpose = "comanda: this server has the key of the directory"
	nonceBytes   = 32
	proveTime    = 3 * time.Second
	maxProof     = 4 << 10 // bytes of an answer
)

// ImpostorError says that what answers at an address can't show that it has the key
// of the data directory that names the address.
type ImpostorError struct {
	Relayed bool // it has, or so it says, but is reached by way of something else
}

// Error says what to do in its second case, which can be an innocent one.
func (e *ImpostorError) Error() string {
	if e.Relayed {
		return "what answers there passes on what it is sent, as a relay does or a container's port, so nothing was sent to it: run the command where the server runs; an address given as --url is believed"
	}
	return "what answers there doesn't have the key of this data directory, so nothing was sent to it: start the server of this directory, or remove its server.json; an address given as --url is believed"
}

// errNoProof says that what answers doesn't know what is asked: it is another program.
var errNoProof = errors.New("what answers there is no server of this program")

// ProofKey is what only a server of a data directory and its owner have.
//
// The client of a connection sends a random nonce and the address that it has
// connected to; the server answers an HMAC over both if that is the address at which
// it was reached on this very connection. So whatever else listens somewhere can neither
// answer by itself nor pass the question on: the server would see its own address.
type ProofKey []byte

// NewProofKey derives the key from the secret of a data directory.
func NewProofKey(secret []byte) (ProofKey, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, provePurpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key that a server is known by: %w", err)
	}
	return key, nil
}

// question is the input of OpProve.
type question struct {
	Nonce   []byte `json:"nonce"`
	Address string `json:"address"` // IP:PORT, as the client has connected to it
}

type answer struct {
	Proof []byte `json:"proof"`
}

// mac returns the proof for a question, whose nonce has a fixed length.
func (k ProofKey) mac(q question) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte(provePurpose))
	h.Write(q.Nonce)
	h.Write([]byte(q.Address))
	return h.Sum(nil)
}

// Handler answers [OpProve].
func (k ProofKey) Handler(w http.ResponseWriter, r *http.Request, body []byte) {
	var q question
	if err := json.Unmarshal(body, &q); err != nil || len(q.Nonce) != nonceBytes {
		respond(w, http.StatusBadRequest, refusal{kindRefused, fmt.Sprintf("a nonce of %d bytes and an address are needed", nonceBytes)})
		return
	}
	asked, err := netip.ParseAddrPort(q.Address)
	if here, ok := reachedAt(r); err != nil || !ok || unmapped(asked) != here {
		respond(w, http.StatusForbidden, refusal{kindRefused, "this connection came in at another address"})
		return
	}
	respond(w, http.StatusOK, answer{k.mac(q)})
}

// reachedAt returns the server's own address of the connection that a request came by.
func reachedAt(r *http.Request) (netip.AddrPort, bool) {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.AddrPort{}, false
	}
	at, err := netip.ParseAddrPort(local.String())
	return unmapped(at), err == nil
}

func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// Check asks what answers on a new connection to prove itself, and leaves the
// connection ready for requests. Its error is an [*ImpostorError] when that knows the
// question and can't answer it.
func (k ProofKey) Check(ctx context.Context, c net.Conn) error {
	deadline := time.Now().Add(proveTime)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.SetDeadline(deadline); err != nil {
		return err
	}
	q := question{make([]byte, nonceBytes), c.RemoteAddr().String()}
	rand.Read(q.Nonce) // never fails: crypto/rand ends the program instead
	status, got, err := exchange(c, q)
	if err != nil {
		return err
	}
	if err := k.judge(q, status, got); err != nil {
		return err
	}
	return c.SetDeadline(time.Time{})
}

// judge returns nil for a good answer.
func (k ProofKey) judge(q question, status int, text []byte) error {
	var got struct {
		answer
		refusal
		PoolError
	}
	switch err := json.Unmarshal(text, &got); {
	case err != nil:
		return errNoProof
	case status == http.StatusOK && hmac.Equal(got.Proof, k.mac(q)):
		return nil
	case got.Code == "UnknownOperationException":
		return ErrOtherRelease
	}
	return &ImpostorError{Relayed: got.Kind == kindRefused}
}

// exchange sends a question over a bare connection and returns the answer.
func exchange(c net.Conn, q question) (status int, text []byte, err error) {
	body, err := json.Marshal(q)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+q.Address+"/", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("X-Amz-Target", OpProve)
	if err := r.Write(c); err != nil {
		return 0, nil, err
	}
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, r)
	if err != nil {
		return 0, nil, errNoProof
	}
	text, err = io.ReadAll(io.LimitReader(resp.Body, maxProof))
	if err = errors.Join(err, resp.Body.Close()); err != nil || in.Buffered() > 0 {
		return 0, nil, errNoProof
	}
	return resp.StatusCode, text, nil
}
