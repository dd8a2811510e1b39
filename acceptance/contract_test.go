package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	typed "comanda/client"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// documentURL is the name under which the schemas know the OpenAPI document.
const documentURL = "https://comanda.invalid/openapi.json"

// contract is what an OpenAPI 3.1 document promises. Its schemas are of JSON
// Schema draft 2020-12.
type contract struct {
	operations []operation
	mu         sync.Mutex // of the compiler and what it compiled
	compiler   *jsonschema.Compiler
	compiled   map[string]*jsonschema.Schema
}

type operation struct {
	id        string
	method    string
	path      string // as documented
	pattern   *regexp.Regexp
	responses map[string]response
}

type response struct {
	Content map[string]json.RawMessage
	Headers map[string]struct{ Required bool }
}

var pathParameter = regexp.MustCompile(`\\\{\w+\\\}`)

// readContract reads the document of a server.
func readContract(base string) (*contract, error) {
	c, err := typed.New(typed.Config{URL: base, HTTP: web})
	if err != nil {
		return nil, err
	}
	document, err := c.OpenAPI(context.Background())
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	return newContract(document)
}

func newContract(document []byte) (*contract, error) {
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Responses   map[string]response
		}
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fmt.Errorf("OpenAPI document: %w", err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") || len(doc.Paths) == 0 {
		return nil, fmt.Errorf("OpenAPI document: version %q with %d paths, want 3.1 and some", doc.OpenAPI, len(doc.Paths))
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("OpenAPI document: %w", err)
	}
	c := &contract{compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(documentURL, value); err != nil {
		return nil, fmt.Errorf("OpenAPI document: %w", err)
	}
	for path, methods := range doc.Paths {
		pattern := "^" + pathParameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "/?$"
		for method, op := range methods {
			c.operations = append(c.operations, operation{op.OperationID, strings.ToUpper(method), path, regexp.MustCompile(pattern), op.Responses})
		}
	}
	return c, nil
}

// check reports how an answer differs from what is documented. Where there is a
// gateway, the bodies of refusals that it can make are not looked at.
func (c *contract) check(a answer) error {
	path, _, _ := strings.Cut(a.request.path, "?")
	if a.gateway {
		path = "/" + strings.TrimLeft(path, "/") // as the gateway takes it
	}
	if a.request.method == "OPTIONS" || a.gateway && a.status == 431 {
		return nil
	}
	id := a.requestID()
	if id == "" {
		return errors.New("there is no X-Request-Id")
	}
	schema, documented := problemSchema, response{Content: map[string]json.RawMessage{"application/problem+json": nil}}
	if op := c.find(a.request.method, path); op != nil {
		status := strconv.Itoa(a.status)
		var ok bool
		if documented, ok = op.responses[status]; !ok {
			return fmt.Errorf("status %d isn't documented for %s %s", a.status, op.method, op.path)
		}
		schema = fmt.Sprintf("/paths/%s/%s/responses/%s/content", pointer(op.path), strings.ToLower(op.method), status)
	} else if a.status != 404 && a.status != 405 {
		return fmt.Errorf("nothing is documented at this path, and the status is %d", a.status)
	}
	if a.gateway && (a.status == 401 || a.status == 403 || a.status == 413) {
		return nil
	}
	for name, header := range documented.Headers {
		if header.Required && a.header.Get(name) == "" {
			return fmt.Errorf("header %s is required and missing", name)
		}
	}
	return c.checkBody(a, schema, documented, id)
}

// problemSchema is where the schema of refusals is, for paths that aren't documented.
const problemSchema = "/components/schemas/Problem"

func (c *contract) checkBody(a answer, schema string, documented response, id string) error {
	if len(documented.Content) == 0 || a.request.method == "HEAD" {
		if len(a.body) > 0 {
			return errors.New("there is a body")
		}
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("content type %q: %w", a.header.Get("Content-Type"), err)
	}
	if _, ok := documented.Content[mediaType]; !ok {
		return fmt.Errorf("content type %s isn't documented", mediaType)
	}
	if schema != problemSchema {
		schema += "/" + pointer(mediaType) + "/schema"
	}
	if err := c.validate(schema, a.body); err != nil {
		return err
	}
	if mediaType != "application/problem+json" {
		return nil
	}
	if got := a.at("requestId"); got != strconv.Quote(id) {
		return fmt.Errorf("requestId is %s, X-Request-Id %s", got, id)
	}
	if got := a.at("status"); got != strconv.Itoa(a.status) {
		return fmt.Errorf("the problem says status %s", got)
	}
	return nil
}

func (c *contract) validate(schema string, body []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.compiled[schema]
	if !ok {
		if s, err = c.compiler.Compile(documentURL + "#" + schema); err != nil {
			return fmt.Errorf("schema %s: %w", schema, err)
		}
		c.compiled[schema] = s
	}
	return s.Validate(value)
}

// find returns the operation of a request. HEAD is GET without the body.
func (c *contract) find(method, path string) *operation {
	if method == "HEAD" {
		method = "GET"
	}
	for i, op := range c.operations {
		if op.method == method && op.pattern.MatchString(path) {
			return &c.operations[i]
		}
	}
	return nil
}

// pointer escapes a key for use in a JSON pointer that is a URL fragment.
func pointer(key string) string {
	key = strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	return url.PathEscape(key)
}
