package nodes

import (
	"fmt"
	"slices"
)

// Mode says what a channel guarantees.
type Mode uint8

const (
	// Stream connections are dialled by one side and accepted by the other.
	// Each is FIFO and loses nothing while it is up; a break kills what is in
	// flight, and the two ends learn of it separately.
	Stream Mode = iota
	// Mailbox is ZooKeeper's election connection: one per pair. While it is
	// down only the newest message waits, and to send one is to dial; nobody
	// dials otherwise. On reconnect the last one sent is sent again (R-CNX-3,
	// R-CNX-4, R-CNX-7).
	Mailbox
	// Datagram messages may be lost, repeated and reordered.
	Datagram
)

// String returns "stream", "mailbox" or "datagram".
func (m Mode) String() string { return [...]string{"stream", "mailbox", "datagram"}[m] }

// ChannelSpec declares a channel of a protocol.
type ChannelSpec struct {
	Name string
	Mode Mode
}

// Defect is a named faulty variant of a protocol, off by default: a bug that
// real systems had, or one planted to prove that a property is checked.
type Defect struct {
	Name     string // "ack-before-fsync", "ZOOKEEPER-3911"
	Doc      string // what it changes, in a sentence or two
	Property string // the property it breaks
	Source   string // where it is documented
}

// Note declares a place in a protocol that its nodes mark when they reach it,
// with [Out.Note]. Campaigns count how often each was, and name those that none
// of their runs reached.
type Note struct {
	Name string // "sync-trunc"
	Doc  string // what has happened there, in a sentence or two
	// Sync says that it is one of the ways in which a server is brought to the
	// history of another.
	Sync bool
	// Breaks is the property of which a server that gets there has seen a
	// breach, such as "ack-consistent": the assertions of the protocol's own code.
	Breaks string
	// Only says what it takes to get there, where a run with the default options
	// cannot or hardly ever does: "profile P0", "a client in a session". A campaign does not count it
	// among what it has missed.
	Only string
}

// Varied are options of which a search may try others than a scenario has.
type Varied interface {
	// Vary returns other options, as [Protocol.Options] does: with other values
	// where no promise depends on them. between draws a number, both ends included.
	Vary(between func(low, high int) int) any
}

// Config is what a node is told when it is made.
type Config struct {
	ID        ID
	Voters    Set // all servers that vote, with or without this one
	Observers Set
	// Machine makes the state machine in its initial state.
	Machine func() StateMachine
	// Options is what [Protocol.Options] returned, filled in.
	Options any
	// Defects are names out of [Protocol.Defects].
	Defects []string
	// Oracle says that elections are held in one step, by [Protocol.Elect]: a
	// server that looks for a leader asks nobody and waits for [Elected].
	Oracle bool
}

// Has reports whether the named defect is switched on.
func (c *Config) Has(defect string) bool { return slices.Contains(c.Defects, defect) }

// Protocol declares a protocol to the rest of zabsim.
type Protocol struct {
	Name, Doc string
	Channels  []ChannelSpec
	Files     []string
	Timers    []string
	// Patient are those timers without which nothing would ever go on, such as
	// the end of an election. The model checker lets them fire once nothing else
	// is left to happen; that any other expires is a fault of its budget.
	Patient []string
	// Watchful are those by which a server finds out that it waits in vain for
	// others. The model checker lets them fire once nothing else is left to happen,
	// if some other server is down, or the server does not reach it.
	Watchful []string
	// Deserted are those by which a server finds out that it has lost its quorum.
	// The model checker lets them fire as it does the watchful ones, if the servers
	// that the server reaches are no quorum.
	Deserted []string
	// Epoch is what the protocol calls an epoch: "epoch", "term", "ballot".
	Epoch string
	// Symmetric says that no decision depends on the order of server IDs.
	Symmetric bool
	// Options returns a pointer to the default options, a struct that a
	// scenario fills in.
	Options func() any
	Defects []Defect
	// Notes are all that a node may mark with [Out.Note].
	Notes []Note
	// Messages are the kinds of all messages that nodes send, and Phases all phases
	// that they can be in; nil: a scenario may name any.
	Messages, Phases []string
	// Openings are those of the messages by which servers begin to work together
	// under a leader. They are few among all that is sent, and much goes wrong
	// between one and the next: it is there that trouble is aimed at.
	Openings []string
	// New makes a node. It panics on options that Check would have refused.
	New func(Config) Node
	// Check says what is wrong with the options, if anything. It may be nil.
	// Without voters, who may not be known yet, it looks at the options alone.
	Check func(options any, voters, observers Set) error
	// Unused returns the channels on which nothing is sent with these options, and
	// where there is no point in trouble; nil: there are none.
	Unused func(options any) []Channel
	// Quorum returns what says whether a set of voters may decide for all of
	// them; nil: a majority may.
	Quorum func(options any, voters Set) func(Set) bool
	// Elect holds an election in one step: it returns whom those of the servers
	// that look for a leader would choose, and who of them would, if they heard all
	// of these servers, as they are, and nobody else; no leader if they could not
	// decide. It must not change them. nil: elections are held by messages only.
	Elect func(heard []Node) (leader ID, electors Set)
}

// Defect returns the defect of that name.
func (p *Protocol) Defect(name string) (Defect, error) {
	i := slices.IndexFunc(p.Defects, func(d Defect) bool { return d.Name == name })
	if i < 0 {
		return Defect{}, fmt.Errorf("%s has no defect %q", p.Name, name)
	}
	return p.Defects[i], nil
}

// TimerName returns the printed form of a timer: its name, and its key when it
// has one: "read s1>s3" for the timer of a connection, "retry 4" for another.
func (p *Protocol) TimerName(t Timer) string {
	name := p.Timers[t.Name]
	switch {
	case t.Key == 0:
		return name
	case t.Key>>31 == 1:
		return name + " " + Conn(t.Key).String()
	default:
		return fmt.Sprintf("%s %d", name, t.Key)
	}
}
