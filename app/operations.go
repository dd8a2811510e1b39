package app

import (
	"comanda/administration"
	"comanda/cognito"
)

// operations returns the operations by which the operator administers the server that runs.
// They are signed with the key pair of the data directory, as the user pool's
// are, which every reader of that directory has; with it, they could make themselves an
// administrator anyway. They aren't part of the API, because no user of the API
// has a use for them. What shows that this is the server of the directory comes
// before any signature.
func (a *App) operations() (map[string]cognito.Local, error) {
	proof, err := administration.NewProofKey(a.config.Keys.SealKey)
	if err != nil {
		return nil, err
	}
	all := map[string]cognito.Local{administration.OpProve: {Unsigned: true, Serve: proof.Handler}}
	for name, serve := range a.Administration().Handlers(a.config.Logger) {
		all[name] = cognito.Local{Serve: serve}
	}
	return all, nil
}

// Administration returns what the operator can do here, in this process.
func (a *App) Administration() administration.Local {
	local := administration.Local{Receivers: a.hooks, Users: a.Pool, Describe: a.status}
	if a.dispatcher != nil {
		local.Dead = a.dead
	}
	if a.config.SaveKeys != nil {
		local.Keys = a.keyring
	}
	return local
}
