// Package explore is the model checker: it visits every execution of a model
// within declared bounds, and proves that a property holds there or returns a
// shortest execution on which it does not.
//
// A [Model] is states, actions and properties. [Search] goes breadth first, on
// as many cores as it is given, and says the same whatever their number;
// [Deepen] goes depth first, [Guided] towards what is rare, [Walk] at random, [Swarm]
// makes many small searches that differ, and [Liveness] looks for executions on which
// something never happens. [Check] does it in a test:
//
//	func TestJugs(t *testing.T) { explore.Check(t, DieHard{}, explore.Options{Workers: 2}) }
//
// Package servers has the model of real nodes, those that the simulator runs.
//
// With [Options].Layered a [Search] visits first what takes no faults, then what
// takes one, and so on, and never comes to a state again for more faults: fewer
// states, and counterexamples with the fewest faults.
//
// With [Options].Reduce a [Search] leaves out states of a [Confluent] model in which
// something may as well happen at once. The answers are the same, but counterexamples
// need not be shortest ones. That holds as far as what the model says of itself is
// true: a search that is [Audited] visits everything and checks it.
//
// With [Options].Checkpoint a [Search] can be killed at any moment, and goes on from
// there with [Options].Resume to the same answers.
//
// # What an answer means
//
// A [Result] carries a [Verdict]. Complete means that every state within the
// bounds was visited; only then does a property hold, or never come true.
// Otherwise the verdict names what stopped the search, and what was not refuted
// is unknown.
//
// States are told apart by fingerprints. Two states with the same one are taken
// for one, and what lies behind the second is missed: [Stats.Collision] gives
// the odds. Options.Wide makes them negligible. Options.Bitstate keeps a few bits of
// each state instead; then states are missed, [Stats.Missed] tells about how many, and
// no verdict is Complete.
//
// # How it works
//
// The visited set is a table of fingerprints outside of the Go heap; beside it
// lies, for each state, the number of the state it was found from and of the
// action. A counterexample is these actions executed again, so it is also a
// test that the model does the same twice. What waits to be expanded lies in chunks
// outside of the heap as well, and goes to the disk when [Limits].Memory is reached.
package explore
