package network

import (
	"cmp"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Range is a span of durations, both ends included.
type Range struct{ Min, Max time.Duration }

// Site is a named place with servers in it.
type Site struct {
	Name    string
	Servers nodes.Set
}

// PPM is a probability in parts per million. Floats are kept away from every
// decision: they round differently from one processor to the next.
type PPM int64

// Topology says where servers are and how long messages take between them.
// Servers that stand in no site count as one site of their own.
type Topology struct {
	Sites           []Site
	Within, Between Range
	// Loss, Duplicate and Reorder are the odds for each datagram. Streams and
	// mailboxes ignore them: TCP loses nothing while it is up.
	Loss, Duplicate, Reorder PPM
	// DialTimeout is how long a mailbox tries to connect before it gives up;
	// 0: DefaultDialTimeout. It belongs to the network and not to a protocol,
	// for it is the network that connects mailboxes.
	DialTimeout time.Duration
}

// DefaultDialTimeout is ZooKeeper's: cnxTimeout, for its election port
// (R-CNX-7).
const DefaultDialTimeout = 5 * time.Second

// Patience returns how long a mailbox tries to connect.
func (t *Topology) Patience() time.Duration { return cmp.Or(t.DialTimeout, DefaultDialTimeout) }

// SiteOf returns the index of the site of a server, or -1.
func (t *Topology) SiteOf(id nodes.ID) int {
	for i, s := range t.Sites {
		if s.Servers.Has(id) {
			return i
		}
	}
	return -1
}

// Latency returns how long a message from a to b takes.
func (t *Topology) Latency(a, b nodes.ID) Range {
	if t.SiteOf(a) == t.SiteOf(b) {
		return t.Within
	}
	return t.Between
}
