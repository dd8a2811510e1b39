package cognito

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/uuid"

	"comanda/identity"
	"comanda/pool"
)

const (
	targetPrefix   = "AWSCognitoIdentityProviderService."
	contentType    = "application/x-amz-json-1.1"
	defaultMaxBody = 64 << 10

	// operationTime is what an operation of the pool may take, once its request
	// is here. Those of the installation have as much as there is to do.
	operationTime = 10 * time.Second
)

// Options of [NewHandler]. The zero value is good.
type Options struct {
	Logger  *slog.Logger     // for failures that the caller isn't told; nil: none are logged
	Now     func() time.Time // clock that signatures are compared with; nil: time.Now
	MaxBody int64            // bytes; 0: 64 KiB

	// Source says where a request comes from, for limits; nil: from its peer.
	Source func(*http.Request) identity.Source

	// Local are operations of this installation beside the pool's, by the whole of
	// their X-Amz-Target.
	Local map[string]Local
}

// Local is an operation of an installation. It needs the signature of the key pair, as those
// of the pool's administrators do, unless it is Unsigned.
type Local struct {
	Unsigned bool
	Serve    func(w http.ResponseWriter, r *http.Request, body []byte) // writes the whole answer
}

// handler serves one pool.
type handler struct {
	pool       *pool.Pool
	options    Options
	signatures *signatures
	operations map[string]operation // by name
	names      string               // of all operations, for people
	pace       *pace
}

// NewHandler returns what answers POST / with the protocol, and GET below
// /<pool id>/.well-known/ with jwks.json and openid-configuration.
func NewHandler(p *pool.Pool, options Options) http.Handler {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.MaxBody == 0 {
		options.MaxBody = defaultMaxBody
	}
	if options.Source == nil {
		options.Source = peer
	}
	id, secret := p.Credentials()
	h := &handler{
		pool: p, options: options,
		signatures: &signatures{accessKeyID: id, secret: secret, now: options.Now, signer: v4.NewSigner()},
		operations: make(map[string]operation),
		pace:       newPace(time.Now),
	}
	for _, op := range operations() {
		h.operations[op.name] = op
	}
	h.names = strings.Join(slices.Sorted(maps.Keys(h.operations)), ", ")
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{$}", h.serveOperation)
	wellKnown := "GET /" + p.ID() + "/.well-known/"
	mux.HandleFunc(wellKnown+"jwks.json", h.serveDocument(p.JWKS))
	mux.HandleFunc(wellKnown+"openid-configuration", h.serveDocument(p.Discovery))
	return mux
}

// kept is what clients may do with a public document.
var kept = fmt.Sprintf("public, max-age=%d", int(pool.KeySetAge.Seconds()))

// serveDocument answers a public document. Browsers of any origin may read it.
func (h *handler) serveDocument(render func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		document, err := render()
		if err != nil {
			h.fail(w, r, uuid.NewString(), "", err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cache-Control", kept)
		h.write(w, http.StatusOK, document)
	}
}

func (h *handler) serveOperation(w http.ResponseWriter, r *http.Request) {
	requestID := uuid.NewString()
	if local, ok := h.options.Local[r.Header.Get(headerTarget)]; ok && len(r.Header.Values(headerTarget)) == 1 {
		h.serveLocal(w, r, local, requestID)
		return
	}
	name, known := h.target(r)
	out, err := h.call(r, name, known)
	if err == nil {
		var body []byte
		if body, err = json.Marshal(out); err == nil {
			h.answer(w, requestID, http.StatusOK, body)
			return
		}
		err = fmt.Errorf("encode the answer: %w", err)
	}
	h.fail(w, r, requestID, name, err)
}

// serveLocal serves an operation of the installation, which the caller has to sign
// as one of the pool.
func (h *handler) serveLocal(w http.ResponseWriter, r *http.Request, local Local, requestID string) {
	body, err := h.readBody(r)
	if err == nil && !local.Unsigned {
		err = h.signatures.verify(r, body)
	}
	if err != nil {
		h.fail(w, r, requestID, r.Header.Get(headerTarget), err)
		return
	}
	local.Serve(w, r, body)
}

// target returns the operation that the request names. Unknown names are the
// caller's text and go no further.
func (h *handler) target(r *http.Request) (string, bool) {
	if len(r.Header.Values(headerTarget)) != 1 {
		return "", false
	}
	name, ok := strings.CutPrefix(r.Header.Get(headerTarget), targetPrefix)
	if _, known := h.operations[name]; !ok || !known {
		return "", false
	}
	return name, true
}

// call reads the body, checks the signature where one is needed, and runs the
// operation.
func (h *handler) call(r *http.Request, name string, known bool) (any, error) {
	if !known {
		return nil, &refusal{codeUnknownOperation, "X-Amz-Target should name one operation of this service. It has " + h.names + "."}
	}
	body, err := h.readBody(r)
	if err != nil {
		return nil, err
	}
	op, source := h.operations[name], identity.SignedSource
	if op.access == accessUnsigned {
		source = h.options.Source(r)
	} else if err := h.signatures.verify(r, body); err != nil {
		return nil, err
	}
	m, err := parseMembers(body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(identity.WithSource(r.Context(), source), operationTime)
	defer cancel()
	if op.access == accessUnsigned {
		if err := h.pace.wait(ctx, source); err != nil {
			return nil, err
		}
	}
	return op.run(ctx, h.pool, m)
}

// peer returns the source that a request's connection comes from.
func peer(r *http.Request) identity.Source {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return identity.Source{}
	}
	return identity.SourceOf(address.Addr())
}

func (h *handler) readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, h.options.MaxBody+1))
	if err != nil {
		return nil, &refusal{codeSerialization, "The request body could not be read."}
	}
	if int64(len(body)) > h.options.MaxBody {
		return nil, &refusal{codeRequestTooLarge, fmt.Sprintf("The request body is over %d bytes.", h.options.MaxBody)}
	}
	return body, nil
}

// fail answers an error, and logs it if the caller isn't told what it is. A
// caller that has left is no failure.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, requestID, name string, err error) {
	a, logged := answerTo(err)
	left := errors.Is(err, context.Canceled) && r.Context().Err() != nil
	if logged && !left {
		h.options.Logger.ErrorContext(r.Context(), "user pool operation failed",
			"operation", name, "request_id", requestID, "error", err.Error())
	}
	body, err := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{a.code, a.message})
	if err != nil {
		body = []byte(`{"__type":"` + codeInternal + `"}`)
	}
	w.Header().Set("X-Amzn-ErrorType", a.code)
	h.answer(w, requestID, a.status, body)
}

func (h *handler) answer(w http.ResponseWriter, requestID string, status int, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-RequestId", requestID)
	w.Header().Set("Cache-Control", "no-store")
	h.write(w, status, body)
}

func (h *handler) write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		h.options.Logger.Debug("the caller left before the answer was written", "error", err.Error())
	}
}
