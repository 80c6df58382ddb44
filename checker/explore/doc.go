// Package explore is the model checker: it visits every execution of a model
// within declared bounds, and proves that a property holds there or returns a
// shortest execution on which it does not.
//
// A [Model] is states, actions and properties. [Search] goes breadth first, on
// as many cores as it is given, and says the same whatever their number;
// [Deepen] goes depth first, [Walk] at random, and [Liveness] looks for
// executions on which something never happens. [Check] does it in a test:
//
//	func TestJugs(t *testing.T) { explore.Check(t, DieHard{}, explore.Options{Workers: 2}) }
//
// [World] is the model of real nodes, those that the simulator runs, with
// messages, flushes, timers, crashes, power losses, pauses and partitions in
// every order that a [Setup] allows:
//
//	w, err := explore.NewWorld(explore.Setup{Config: config, Header: header, Properties: properties})
//	r, err := explore.Search(ctx, w, explore.Options{Workers: 2})
//	fmt.Print(r.Report())
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
// the odds. Options.Wide makes them negligible.
//
// A World has no clock. Timers fire in any order, whenever the budget allows, so
// it has every execution of the simulator within the same budget, and more:
// what holds in it holds there. It does not see what depends on durations (leases that trust
// clocks, backing off, how long anything takes), nor what lies beyond the
// budget; and a counterexample may need timings that no one would meet.
//
// # How it works
//
// The visited set is a table of fingerprints outside of the Go heap; beside it
// lies, for each state, the number of the state it was found from and of the
// action. A counterexample is these actions executed again, so it is also a
// test that the model does the same twice.
//
// A state of a World is a vector of numbers of its parts, and an action is
// looked up by the parts it reads; nearly always they met before. So a step
// costs a few look-ups instead of an execution of the node, its disk and its
// links.
package explore
