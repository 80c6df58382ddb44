// Package shrink finds, for an execution that violates a property, a shorter
// one that violates the same property.
//
// An execution is a list of actions, so there is something to leave out
// ([Schedule]): first whole groups of actions that belong together (all that
// one server does, one timer, one kind of message on one link), then chunks,
// then single actions. What the rest then amounts to is found by a
// lenient replay: an action that cannot happen any more is left out as well, a
// connection that got another number is found, and a delivery happens only if
// it delivers the kind of message that was recorded. So leaving out one timer
// takes all that followed from it along, and what is left is always a schedule
// that fits.
//
// Before that, elections are held in one step where the violation is none of
// theirs: [sim.Elect] has one of the outcomes that an election by messages can
// have, but whether these servers could have come to it by messages at that very
// moment is not shown.
//
// Where nothing can be left out any more, another execution nearby can still be
// shorter ([Polish]): one without two actions at once, or one that does something
// first which makes more of the rest needless. Then the model checker visits all
// other ends that take no more faults and timeouts ([Search]), from as early on as
// it can complete that: it finds a shorter one, or has shown that there is none.
//
// What leads to an execution can be made simpler as well ([Greedy]): a scenario
// has faults, clients, operations and servers that it can do without.
//
// Both try only what they are told to try, in a fixed order, and accept only
// what fails in the same way: they are deterministic unless time runs out.
package shrink
