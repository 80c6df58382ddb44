package explore

import "github.com/zabsim/zabsim/checker"

// Model is a transition system. S is a state, A an action; both are values:
// no method may change one it was given, and all of them must depend on their
// arguments only, since several workers call them at once and counterexamples
// are found again by calling them a second time.
//
// States should be small and free of pointers: the frontier holds them by the
// million.
type Model[S, A any] interface {
	// Initial returns the states in which an execution can begin.
	Initial() []S
	// Actions appends to dst what can happen next in s, in an order that
	// depends on s only, dullest first: of several shortest counterexamples
	// the search reports the one whose actions come first.
	Actions(s S, dst []A) []A
	// Next returns the state after a. It reports false if a turns out to lead
	// nowhere; it then counts as not enabled.
	Next(s S, a A) (S, bool)
	// AppendTo appends a canonical encoding: states with equal encodings are
	// the same state. What does not decide the future and is not judged by a
	// property should stay out.
	AppendTo(b []byte, s S) []byte
	// Properties returns what is to be judged.
	Properties() []Property[S]
}

// Property is something that must hold of the executions of a [Model].
type Property[S any] struct {
	Name string
	// Kind says where Holds must be true: in every reachable state (Always), in
	// at least one (Sometimes), or on every fair execution sooner or later
	// (Eventually).
	Kind  checker.Kind
	Holds func(S) bool
	// Again, of an Eventually property, says that Holds must be true again and again:
	// also after it has been, and has ceased to be.
	Again bool
}

// Forker is a [Model] that keeps scratch memory. Each worker then works with a
// fork of its own.
type Forker[S, A any] interface {
	Fork() Model[S, A]
}

// Packer is a [Model] whose states can be written down in less memory than they
// take. The frontier then holds them packed.
type Packer[S any] interface {
	// Pack appends all of a state to b.
	Pack(b []byte, s S) []byte
	// Unpack returns the state that Pack wrote. It must not keep b.
	Unpack(b []byte) S
}

// Ender is a [Model] in which it is all right that nothing can happen any more
// in some states. Deadlock is not reported there.
type Ender[S any] interface {
	Ended(s S) bool
}

// Staller is a [Model] that says itself which states are deadlocks, instead of being
// an [Ender]: also some that actions leave, if those are no way out, as faults are
// none.
type Staller[S any] interface {
	// Stalled reports whether a state is a deadlock.
	Stalled(s S) bool
}

// Sorter is a [Model] whose actions are of several kinds. Searches count how
// often each was taken: a kind that never was has not been tested.
type Sorter[A any] interface {
	Kinds() []string
	Kind(a A) int // its place in Kinds
}

// Layered is a [Model] some of whose actions use up a budget, as faults do. What
// is possible in a state must be possible, and lead to the same, in one that is
// equal but for having spent less. Options.Layered then visits first what can be
// reached for nothing, and never a state again that it has seen cheaper.
type Layered[S, A any] interface {
	// AppendCore is AppendTo without what Spent returns.
	AppendCore(b []byte, s S) []byte
	// Spent returns what was spent on the way to s.
	Spent(s S) Spent
	// Costs reports whether an action spends something in s.
	Costs(s S, a A) bool
}

// Spent is how much of each of several budgets was used up.
type Spent [8]uint8

// total returns how much that is in all: the layer of a state.
func (v Spent) total() int {
	n := 0
	for _, k := range v {
		n += int(k)
	}
	return n
}

// next returns what follows v among all that are nowhere more than most, counted
// like the digits of a number: most itself comes last.
func (v Spent) next(most Spent) Spent {
	for i := range v {
		if v[i] < most[i] {
			v[i]++
			break
		}
		v[i] = 0
	}
	return v
}

// Bounded is a [Model] with bounds beyond which nothing is possible. States that a
// narrower bound has left behind miss actions that a wider one allows, so only what
// has the same bounds goes on from a checkpoint.
type Bounded interface {
	Bounds() string // all of them, in any form
}

// Sized is a [Model] that remembers what it met. Limits.Memory bounds that too.
type Sized interface {
	Bytes() uint64 // of all its forks together; called after each wave
}

// Doubter is a [Model] that can find out by itself that something is wrong with
// it. No answer is worth anything then, and searches return the error instead.
type Doubter interface {
	Err() error
}

// fork returns a model for one worker.
func fork[S, A any](m Model[S, A]) Model[S, A] {
	if f, ok := m.(Forker[S, A]); ok {
		return f.Fork()
	}
	return m
}
