// Package faults says what goes wrong in a run, and when: at a time, or when
// something happens. It describes; package sim carries it out.
package faults

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Kind is a kind of fault.
type Kind uint8

// The kinds of faults, in brackets the fields of [Fault] that they use.
const (
	Partition    Kind = iota // nothing passes between the Sides, nobody is told [Sides]
	Cut                      // nothing passes from Target to Other [Target, Other, OneWay]
	Heal                     // all cuts end
	Crash                    // the process dies; what was written stays [Target]
	MachineCrash             // power loss; what was not fsynced may be gone [Target]
	Restart                  // processes that are down start again; also the first start of servers held back at boot [Target]
	Pause                    // false death: the process does nothing for a while [Target]
	Resume                   // [Target]
)

var kindNames = [...]string{"partition", "cut", "heal", "crash", "machine-crash", "restart", "pause", "resume"}

// String returns the word scenarios use for it.
func (k Kind) String() string { return kindNames[k] }

// Selector names servers, some of them by what they are when the fault
// strikes.
type Selector struct {
	Set  nodes.Set
	Role Role // in addition to Set
}

// Role is a way to name a server by what it is at the moment.
type Role uint8

// The roles a selector can name.
const (
	NoRole    Role = iota
	Leader         // the serving leader of the highest epoch; if nobody serves, whoever leads in the highest epoch
	Followers      // all servers that follow it
	Follower       // the lowest of them
	Everyone       // all servers
	Others         // all servers that this fault does not name otherwise
)

var roleNames = [...]string{"", "leader", "followers", "follower", "everyone", "others"}

// String returns the word scenarios use for it.
func (r Role) String() string { return roleNames[r] }

// Fault is one thing that goes wrong.
type Fault struct {
	At   time.Duration // when; with When, not before this time
	When *Trigger      // nil: at the time At
	Kind Kind

	Sides  []Selector // Partition; servers on no side keep all their links
	Target Selector
	Other  Selector
	OneWay bool

	// For undoes the fault after this time (heal, restart, resume); 0: never.
	For time.Duration
}

// Trigger ties a fault to what happens. It strikes right after the event,
// before anything else does.
type Trigger struct {
	Event   string // kind of trace event: "durable", "send", "deliver", "commit", "view"
	Message string // for send and deliver: only messages of this kind
	Server  Selector
	Count   int // strike at the Count-th event, each server counted once for each position
	// Fresh counts only events about one transaction that was first seen
	// after the fault's At: "the next proposal".
	Fresh bool
}

// Plan is all that goes wrong in a run, in the order it was written.
type Plan struct {
	Faults []Fault
	// Held are servers that do not start with the others; a Restart boots
	// them.
	Held nodes.Set
}

// Budget bounds the faults that the model checker may inject at any moment.
type Budget struct {
	Crashes, MachineCrashes, Restarts, Partitions, Pauses int
	// Timeouts bounds how often a timer may expire.
	Timeouts int
}
