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
	Cut                      // nothing passes from Target to Other, a black hole: nobody is told [Target, Other, OneWay]
	Heal                     // all cuts end
	Crash                    // the process dies; what was written stays [Target]
	MachineCrash             // power loss; what was not fsynced may be gone [Target, Torn]
	Restart                  // processes that are down start again; also the first start of servers held back at boot [Target]
	Pause                    // false death: the process does nothing for a while [Target, Wake]
	Resume                   // [Target, Wake]

	Bridge    // the Sides overlap: nothing passes between servers that share no side [Sides]
	Reset     // all connections between Target and Other break, and both ends are told [Target, Other]
	Slowdown  // what goes from Target to Other takes Amount nanoseconds longer [Target, Other, OneWay, Amount, Grow]
	Bandwidth // at most Amount bytes a second pass; the rest queues [Target, Other, OneWay, Amount]
	Loss      // messages of a datagram or mailbox channel are lost, Amount in a million [Target, Other, OneWay, On, Amount]
	Duplicate // they come twice [Target, Other, OneWay, On, Amount]
	Reorder   // they are late, or overtaken [Target, Other, OneWay, On, Amount]
	Hold      // messages that a filter picks are held back, then let go [Target, Other, Filter; of a swarm On, for all on a channel]

	Slow    // each step takes Amount nanoseconds: a time and no factor, since steps take none otherwise [Target, Amount]
	Wipe    // all that servers which are down have on disk is gone [Target]
	Copy    // what Other, one server, has on disk replaces what servers that are down have [Target, Other]
	Backup  // what is on disk is kept [Target]
	Restore // what was kept last replaces what servers that are down have on disk [Target]

	SlowDisk // each fsync takes Amount nanoseconds longer [Target, Amount]
	DiskFail // writes stay in memory: every fsync fails [Target]
	DiskFull // every write fails [Target]
	DiskLie  // every fsync says that it is done and does nothing [Target]
	Rot      // a bit of a record of a file flips; which record is drawn [Target, File]

	Drift // the clock gains Amount microseconds a second [Target, Amount]
	Jump  // the clock jumps by Amount nanoseconds [Target, Amount]

	Kinds // how many kinds there are
)

var kindNames = [Kinds]string{
	"partition", "cut", "heal", "crash", "machine-crash", "restart", "pause", "resume",
	"bridge", "reset", "latency", "bandwidth", "loss", "duplicate", "reorder", "hold",
	"slow", "wipe", "copy", "backup", "restore",
	"slow-disk", "disk-fail", "disk-full", "disk-lie", "rot", "drift", "jump",
}

// String returns the word scenarios use for it.
func (k Kind) String() string { return kindNames[k] }

// Fault is one thing that goes wrong.
type Fault struct {
	At   time.Duration // when; with When, not before this time
	When *Trigger      // nil: at the time At
	Kind Kind

	Sides  []Selector // servers on no side keep all their links
	Target Selector
	Other  Selector
	OneWay bool
	Amount int64
	On     nodes.Channel
	File   nodes.File
	Filter int  // place in the filters of the configuration
	Torn   bool // the power loss strikes in the middle of a write
	Wake   Wake

	// Grow spreads the increase to Amount over this time; 0: all at once.
	Grow time.Duration
	// For undoes the fault after this time (heal, restart, resume, as before);
	// 0: never.
	For time.Duration
	// Times is how often it strikes, once each Every; 0 is once.
	Every time.Duration
	Times int
	// Until ends the wait for When; 0: never.
	Until time.Duration
	// Optional says that it is no news if there is nobody to strike.
	Optional bool
}

// Wake is the order in which a server that was paused takes up what came up in
// the meantime: its threads do not all wake at once.
type Wake uint8

// The orders.
const (
	InOrder       Wake = iota // as it came up
	MessagesFirst             // timers after all else
	TimersFirst               // timers before all else
)

var wakeNames = [...]string{"in-order", "messages-first", "timers-first"}

// String returns the word scenarios use for it.
func (w Wake) String() string { return wakeNames[w] }

// Trigger ties a fault to what happens. It strikes right after the event,
// before anything else does; or, if Before, right before it: the step of the
// server that is about to bring it about is stopped there.
type Trigger struct {
	Event   string // kind of trace event, such as "durable", "send", "deliver", "commit", "view"
	Before  bool   // only where the event is what a server does: see [Preventable]
	Message string // for send and deliver: only messages of this kind
	File    string // for what is done to files: only this one
	Phase   string // for view: only when the server enters this phase
	Text    string // for note: only this one
	Server  Selector
	Count   int // strike at the Count-th event
	// Fresh counts only events about one transaction that was first seen
	// after the fault's At, "the next proposal"; each server once, and where
	// messages are counted each pair of servers.
	Fresh bool
}

// Preventable are the kinds of events that a fault can come before.
var Preventable = []string{"send", "append", "replace", "truncate", "commit", "reply", "note"}

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
	// Cuts bounds how often a single link may be cut.
	Cuts int
}
