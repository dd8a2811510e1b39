package pool

import (
	"sync"
	"time"
)

const (
	freeFailures   = 5                // wrong passwords in a row without a wait
	longestBackoff = 15 * time.Minute // after which failures are also forgotten
	maxAccounts    = 10000            // accounts that are remembered
)

// backoff makes an account wait after wrong passwords: not for the first five in
// a row, then 1 second, doubled by every further one up to 15 minutes, as Amazon
// Cognito does. It is kept in memory, since writing a record for every wrong
// password would let anybody make the store work. Names of users who don't exist
// are treated alike, so that waiting tells nothing.
type backoff struct {
	mu       sync.Mutex
	accounts map[string]failures
}

type failures struct {
	count int
	last  time.Time
}

func (f failures) until() time.Time {
	if f.count < freeFailures {
		return f.last
	}
	wait := longestBackoff
	if shift := f.count - freeFailures; shift < 10 {
		wait = min(wait, time.Second<<shift)
	}
	return f.last.Add(wait)
}

// blocked reports whether the account has to wait.
func (b *backoff) blocked(account string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.accounts[account]
	return ok && f.count >= freeFailures && now.Before(f.until())
}

// failed counts a wrong password.
func (b *backoff) failed(account string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.accounts[account]
	if now.Sub(f.last) > longestBackoff {
		f.count = 0
	}
	if b.accounts == nil {
		b.accounts = make(map[string]failures)
	}
	b.accounts[account] = failures{f.count + 1, now}
	if len(b.accounts) > maxAccounts {
		b.forget(account, now)
	}
}

// forget makes room: for all accounts whose failures are old, or for the one
// that has failed least.
func (b *backoff) forget(except string, now time.Time) {
	victim, fewest := "", 0
	for account, f := range b.accounts {
		if now.Sub(f.last) > longestBackoff {
			delete(b.accounts, account)
			continue
		}
		if account != except && (victim == "" || f.count < fewest) {
			victim, fewest = account, f.count
		}
	}
	if len(b.accounts) > maxAccounts {
		delete(b.accounts, victim)
	}
}

// succeeded forgets the account's wrong passwords.
func (b *backoff) succeeded(account string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.accounts, account)
}
