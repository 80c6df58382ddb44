// Package simtest is for property tests of protocols and scenarios: what an
// engineer writes in ten lines to know that a cluster keeps its promises whatever
// goes wrong.
//
// # By seeds
//
// A scenario (see package scenarios) with its own faults, or a swarm of them, is
// run with many seeds:
//
//	func TestTellers(t *testing.T) {
//		s := simtest.Scenario(t, `
//	version: 1
//	name: tellers
//	duration: 40s
//	servers: 5
//	app: {bank: {alice: 100, bob: 100}}
//	clients: [{name: teller, retry: true, attempt: 500ms, load: {until: 30s}}]
//	swarm: {until: 25s}
//	properties: {always: [no-lost-commit, no-overdraft, linearizable-writes]}
//	`)
//		simtest.Run(t, s, simtest.Seeds(1, 200))
//	}
//
// [Load] takes one of the library or a file; one that is made in Go is run as it
// is. [Story] and [Golden] are for what properties do not say.
//
// # By rapid
//
// Package gen draws whole scenarios, and rapid shrinks those that fail to a story
// of a few servers, faults and operations:
//
//	func TestProtocol(t *testing.T) {
//		scenario := gen.Scenario(gen.Protocol(mine.Protocol), gen.Servers(3, 5))
//		rapid.Check(t, func(t *rapid.T) {
//			simtest.Run(t, scenario.Draw(t, "scenario"), simtest.Protocol(mine.Protocol))
//		})
//	}
//
// The same property is a fuzz target:
//
//	func FuzzProtocol(f *testing.F) {
//		simtest.AddInputs(f, 10)
//		f.Fuzz(rapid.MakeFuzz(property))
//	}
//
// Unless [EveryChoice] says otherwise rapid draws the scenario, seed included,
// and all else follows from that seed. So a failure can be run again by the
// command line too.
//
// # Every execution
//
// [Explore] leaves time out and visits all executions of a small scenario.
//
// # When a run fails
//
// It is run a second time, and must come out the same. Then the test prints what
// broke and how it came to that, as zabsim run does, and where the run directory
// is: zabsim replay performs it again, zabsim shrink makes it shorter. The
// directory is in zabsim-out, or what ZABSIM_OUT names, or with go test -artifacts
// among the artifacts of the test; a *rapid.T has none.
//
// The protocol need not be one that zabsim knows; nor need properties. Then the
// command line cannot run it, and the test is what does it again.
package simtest
