package pool

import (
	"slices"

	"comanda/identity"
)

// find returns where callers of s wait, or nil.
func (q *queue) find(s identity.Source) (*network, *host) {
	for _, n := range q.line {
		for _, h := range n.hosts {
			if n.name == s.Network && h.name == s.Host {
				return n, h
			}
		}
	}
	return nil, nil
}

// network returns the callers of a network, which come last when they are new.
func (q *queue) network(name string) *network {
	for _, n := range q.line {
		if n.name == name {
			return n
		}
	}
	n := &network{name: name}
	q.line = append(q.line, n)
	return n
}

// host returns the callers of a host, which come last when they are new.
func (n *network) host(name string) *host {
	for _, h := range n.hosts {
		if h.name == name {
			return h
		}
	}
	h := &host{name: name}
	n.hosts = append(n.hosts, h)
	return h
}

// longest returns the network with most callers.
func (q *queue) longest() *network {
	return slices.MaxFunc(q.line, func(a, b *network) int { return a.waiting - b.waiting })
}

// longest returns the host with most callers.
func (n *network) longest() *host {
	return slices.MaxFunc(n.hosts, func(a, b *host) int { return len(a.callers) - len(b.callers) })
}

// remove takes the caller at i out, and with the last caller its host and network.
func (q *queue) remove(n *network, h *host, i int) {
	h.callers = slices.Delete(h.callers, i, i+1)
	n.waiting--
	q.waiting--
	if len(h.callers) == 0 {
		n.hosts = slices.DeleteFunc(n.hosts, func(other *host) bool { return other == h })
	}
	if n.waiting == 0 {
		q.line = slices.DeleteFunc(q.line, func(other *network) bool { return other == n })
	}
}
