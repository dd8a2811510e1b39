package administration

import (
	"context"
	"errors"
	"time"
)

// The states of a [Status].
const (
	Ready    = "ready"
	Degraded = "degraded"  // orders are taken, but something behind that needs a look
	NotReady = "not-ready" // orders can't be taken
)

// Status is what runs, with which settings, and how it does.
type Status struct {
	Release  string            `json:"release"`
	Started  time.Time         `json:"started,omitzero"` // zero: no process serves
	URL      string            `json:"url,omitempty"`    // where it answers; likewise
	Data     string            `json:"data,omitempty"`   // the directory
	Store    string            `json:"store,omitempty"`  // where the records are
	UserPool string            `json:"userPool,omitempty"`
	Settings map[string]string `json:"settings,omitempty"` // by flag, without secrets
	Bytes    int64             `json:"storeBytes,omitzero"`

	State    string      `json:"state"`              // one of the states
	Troubles []string    `json:"troubles,omitempty"` // why it isn't ready, or is degraded
	Feed     []Progress  `json:"feed,omitempty"`     // of the consumers of changes in this process
	Dead     int64       `json:"deadChanges"`        // changes that no consumer could use
	Webhooks *Deliveries `json:"webhooks,omitempty"`
}

// Progress is how far behind a consumer of changes is.
type Progress struct {
	Consumer string  `json:"consumer"`
	Lag      float64 `json:"lagSeconds"` // from the last change's commit until the consumer was done with it
	Stuck    bool    `json:"stuck,omitzero"`
}

// Deliveries is how the receivers of webhooks do, together.
type Deliveries struct {
	Receivers int `json:"receivers"`
	Disabled  int `json:"disabled"`
	Failing   int `json:"failing"` // their last attempt failed
	Pending   int `json:"pending"` // counted up to [webhook.MaxCount] for each receiver
	Dead      int `json:"dead"`    // likewise
}

// errNoStatus says that there is nothing to describe.
var errNoStatus = errors.New("what runs here can't describe itself")

// Status implements [Administration].
func (l Local) Status(ctx context.Context) (Status, error) {
	if l.Describe == nil {
		return Status{}, errNoStatus
	}
	return l.Describe(ctx)
}

// Status implements [Administration].
func (r Remote) Status(ctx context.Context) (Status, error) {
	return describe.ask(ctx, r, nothing{})
}

var describe = operation[nothing, Status]{"Comanda.Status", func(ctx context.Context, l Local, _ nothing) (Status, error) {
	return l.Status(ctx)
}}
