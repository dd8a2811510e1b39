package webhook

import "comanda/feed"

// unknown returns an error while there is a receiver of a later release.
func (w *Webhooks) unknown() error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, err := range w.newer {
		return err
	}
	return nil
}

// unlessNewer returns err, unless that says that something is of a later release,
// which then waits.
func (w *Webhooks) unlessNewer(err error) error {
	if !feed.Newer(err) {
		return err
	}
	w.wait(err)
	return nil
}

// wait notes that something waits for this process to be upgraded, and tells it once.
func (w *Webhooks) wait(why error) {
	w.mu.Lock()
	told := w.waits
	w.waits = true
	w.mu.Unlock()
	if !told {
		w.config.Logger.Error("a part of the webhooks waits for this process to be upgraded", "error", why.Error())
	}
}

// Waiting reports whether something waits for this process to be upgraded, because a
// later release has written it.
func (w *Webhooks) Waiting() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.waits
}
