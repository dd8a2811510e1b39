package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"comanda/administration"
)

// Shown returns the settings by flag, without what is secret or not set.
func (s Settings) Shown() map[string]string {
	all := map[string]string{
		"listen": s.Listen, "metrics-listen": s.MetricsListen, "public-url": s.PublicURL, "tls-cert": s.TLSCert,
		"behind-proxy": strings.Join(s.BehindProxy, ","), "cors-origin": strings.Join(s.CORSOrigins, ","), "admin-group": s.AdminGroup,
		"total-policy": s.TotalPolicy, "unknown-fields": s.UnknownFields, "zone": s.Zone, "currency": s.Currency, "log-level": s.LogLevel,
		"password-policy": s.PasswordPolicy, "key-rotation": s.KeyRotation, "codes-per-source": strconv.Itoa(s.CodesPerSource),
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// status describes the app to its operator.
func (a *App) status(ctx context.Context) (administration.Status, error) {
	s := administration.Status{Release: a.config.Version, Started: a.started, Settings: a.config.Settings.Shown(), State: administration.Ready}
	if len(a.servers) > 0 {
		s.URL = a.URL()
	}
	if a.config.Place != nil {
		p := a.config.Place()
		s.Data, s.Store, s.UserPool, s.Bytes = p.Data, p.Store, p.UserPool, p.Bytes
	}
	a.progress(&s)
	if err := a.deliveries(ctx, &s); err != nil {
		return s, err
	}
	if len(s.Troubles) > 0 {
		s.State = administration.Degraded
	}
	if a.config.Engine.Ready != nil {
		if err := a.config.Engine.Ready(ctx); err != nil {
			s.State, s.Troubles = administration.NotReady, append(s.Troubles, err.Error())
		}
	}
	return s, nil
}

// progress tells how consumers of changes do.
func (a *App) progress(s *administration.Status) {
	if a.dispatcher == nil {
		return
	}
	stuck := a.dispatcher.Stuck()
	a.metrics.mu.Lock()
	defer a.metrics.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(a.metrics.lags)) {
		s.Feed = append(s.Feed, administration.Progress{Consumer: name, Lag: a.metrics.lags[name].Seconds(), Stuck: slices.Contains(stuck, name)})
	}
	for _, name := range stuck {
		s.Troubles = append(s.Troubles, fmt.Sprintf("consumer %s keeps failing: the log says why", name))
	}
	if s.Dead = a.dead.Count(); s.Dead > 0 {
		s.Troubles = append(s.Troubles, fmt.Sprintf("%d changes could not be used: see comanda feed dead", s.Dead))
	}
}

// deliveries tells how the receivers of webhooks do.
func (a *App) deliveries(ctx context.Context, s *administration.Status) error {
	if a.hooks == nil {
		return nil
	}
	if a.hooks.Waiting() {
		s.Troubles = append(s.Troubles, "webhooks wait for this server to be upgraded: the log says why")
	}
	list, err := a.hooks.List(ctx)
	if err != nil {
		return err
	}
	d := &administration.Deliveries{Receivers: len(list)}
	for _, w := range list {
		d.Pending, d.Dead = d.Pending+w.Pending, d.Dead+w.Dead
		switch {
		case w.Disabled != "":
			d.Disabled++
		case w.LastError != nil:
			d.Failing++
		}
	}
	s.Webhooks = d
	return nil
}
