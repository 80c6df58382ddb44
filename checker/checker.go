// Package checker judges executions. A [Property] watches a simulation, an
// exploration or a recorded trace alike: it sees events, never the world.
//
// [All] lists the properties and [ByName] finds them. A [Watch] has several of
// them judged over one execution:
//
//	w := checker.NewWatch(header, properties)
//	world := sim.New(config, seed, w)   // a Watch is a trace.Observer
//	sim.Run(world, 30*time.Second, nil)
//	for _, v := range w.Finish() { fmt.Println(v.Property, v.Message) }
//
// What a property may conclude rests on what protocols promise: a server whose
// status says Serving has delivered the history its status shows; one that is
// Leading and Serving is an established leader, its initial history is
// settled.
package checker

import (
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// Kind says when a property is judged.
type Kind uint8

// The kinds of properties.
const (
	Always     Kind = iota // must hold at every event: safety
	Eventually             // must hold at the end, after all faults healed: liveness
	Sometimes              // must happen at least once, or the run tested nothing
)

// String returns "always", "eventually" or "sometimes".
func (k Kind) String() string { return [...]string{"always", "eventually", "sometimes"}[k] }

// Property is something that must hold of every execution.
type Property struct {
	Name   string // "no-lost-commit"
	Doc    string // what it says, in a sentence or two
	Source string // paper section, rule id
	Kind   Kind
	New    func(*trace.Header) Monitor
}

// Monitor checks one property on one execution, event by event. The model
// checker clones monitors with their world and folds their encoding into the
// state, so their memory must be small. Once it has found a violation a
// monitor is of no further use.
type Monitor interface {
	// Wants says which kinds of events Observe is to be called for. A monitor
	// that has seen enough wants nothing more.
	Wants() trace.Set
	// Observe looks at one event. The event is reused after the call.
	Observe(*trace.Event) *Violation
	// Finish is called at the end of the execution.
	Finish() *Violation
	// Clone returns an independent copy.
	Clone() Monitor
	// AppendTo appends a canonical encoding of what the monitor remembers:
	// monitors with equal encodings judge all that follows alike.
	AppendTo(b []byte) []byte
}

// Violation says what was broken.
type Violation struct {
	Property string
	Message  string // in the domain's words, with servers and transactions
	// Details are further lines, one fact each.
	Details  []string
	Evidence []uint64 // sequence numbers of events; reports print their causal past
	// Inconclusive says that the property could be neither shown nor refuted.
	Inconclusive bool
	Server       nodes.ID
}
