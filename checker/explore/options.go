package explore

import "time"

// Options say how to search. The zero value is a breadth-first search of
// everything by one worker.
type Options struct {
	// Workers is how many goroutines search; 0: one. Counts, depth and
	// findings do not depend on it.
	Workers int
	// Wide makes fingerprints 128 bits wide instead of 64.
	Wide bool
	// Bitstate is the size in bytes of a table in which a [Search] or a [Guided] one
	// sets [BitsPerState] bits for each state, instead of keeping its fingerprint. States
	// whose bits are set already are taken for visited and missed ([Stats.Missed]), so
	// that the verdict is Partial at best. Wide means nothing then. 0: fingerprints.
	Bitstate uint64
	// Deadlock reports states that no action leaves, unless the model is an
	// [Ender] and says that they are ends, as violations of [NoDeadlock]. Of a
	// [Staller] it reports those that this says are.
	Deadlock bool
	// KeepGoing goes on after a violation until each property has its answer.
	KeepGoing bool
	// Layered visits first all that takes no faults, then what takes one, and so
	// on, if the model is [Layered]. Counterexamples have the fewest faults, and no
	// more actions than others with as many. Of states that differ only in the
	// faults they took, those that took more in every respect are not visited: what
	// they lead to, the others do. Only [Search] does it.
	Layered bool
	// Reduce leaves out states of a [Confluent] model. Only [Search] does it.
	Reduce Reduction
	// Checkpoint is a file to which a [Search] writes, now and then, all that it
	// takes to go on, so that it can be killed at any moment; "": none. Resume is
	// such a file, from which it goes on, to the same counts, depth and findings. A
	// file of another model, or of one within other bounds, is refused; that the code
	// of the model is the same is for the caller to see to.
	Checkpoint, Resume string
	Limits             Limits
	// Spill is the directory for the part of the frontier that Limits.Memory leaves
	// no room for; "": that for temporary files, which may itself be in memory. The
	// file is gone when the search ends, in whatever way.
	Spill string
	// Clock tells the time since some fixed moment. Without it time is neither
	// measured nor limited.
	Clock func() time.Duration
	// Progress is called now and then, at most once a wave.
	Progress func(Stats)
}

// NoDeadlock is the property that some action is possible in every state.
const NoDeadlock = "no-deadlock"

// Limits bound a search; 0: no bound.
type Limits struct {
	States uint64
	Depth  int // actions from an initial state
	// Memory is in bytes. When a [Search] reaches it and the model is a [Packer],
	// what waits to be expanded goes to the disk; the search ends when nothing
	// more can. Without a Packer it ends at once.
	Memory uint64
	Time   time.Duration
}

// Verdict says why a search ended.
type Verdict uint8

// The verdicts. Only after Complete is the absence of a violation a proof,
// within the bounds of the model.
const (
	Complete    Verdict = iota // every reachable state was visited
	Violation                  // a property failed, and the search was to stop there
	StateLimit                 // one of the Limits stopped it
	DepthLimit                 //
	MemoryLimit                //
	TimeLimit                  //
	WalkLimit                  // a random search made all its walks
	Partial                    // it came to its end, but is bound to have passed over states
	Interrupted                // its context was cancelled
)

var verdicts = [...]string{
	"complete", "violation", "limit: states", "limit: depth", "limit: memory", "limit: time", "limit: walks", "partial", "interrupted",
}

// String returns "complete", "violation", "interrupted" or the limit's name.
func (v Verdict) String() string { return verdicts[v] }

// Answer is what a search says of a property.
type Answer uint8

// The answers. A search that was cut short does not know that nothing fails.
const (
	Unknown Answer = iota
	Holds
	Fails
)

// String returns "unknown", "holds" or "fails".
func (a Answer) String() string { return [...]string{"unknown", "holds", "fails"}[a] }
