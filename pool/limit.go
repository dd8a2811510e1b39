package pool

import (
	"sync"
	"time"
)

const (
	codesPerWindow = 5
	codeWindow     = time.Hour
)

// sendLimit bounds the codes that an account is sent on request to five in an
// hour, since everybody who knows a username can ask for them. Like [backoff] it
// is kept in memory, and treats names of users who don't exist alike.
type sendLimit struct {
	mu       sync.Mutex
	accounts map[string]window
}

// window is an hour that began with a code.
type window struct {
	began time.Time
	codes int
}

func (w window) over(now time.Time) bool { return now.Sub(w.began) >= codeWindow }

// take counts one more code for the account, or reports false when it has had
// all of this hour.
func (l *sendLimit) take(account string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	w, ok := l.accounts[account]
	if !ok || w.over(now) {
		w = window{began: now}
	}
	if w.codes >= codesPerWindow {
		return false
	}
	if l.accounts == nil {
		l.accounts = make(map[string]window)
	}
	w.codes++
	l.accounts[account] = w
	if len(l.accounts) > maxAccounts {
		l.forget(account, now)
	}
	return true
}

// forget makes room: for all accounts whose hour is over, or for the one that
// was sent the fewest codes.
func (l *sendLimit) forget(except string, now time.Time) {
	victim, fewest := "", 0
	for account, w := range l.accounts {
		if w.over(now) {
			delete(l.accounts, account)
			continue
		}
		if account != except && (victim == "" || w.codes < fewest) {
			victim, fewest = account, w.codes
		}
	}
	if len(l.accounts) > maxAccounts {
		delete(l.accounts, victim)
	}
}
