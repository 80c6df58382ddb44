package simtest_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/scenarios"
	"github.com/zabsim/zabsim/scenarios/gen"
	"github.com/zabsim/zabsim/sim/simtest"
)

// A scenario of one's own is run with many seeds. In these examples goTest stands
// for go test: it hands a t to the test and prints ok, or the last line of what a
// failed test says, which comes after the story of the failure.
func ExampleRun() {
	goTest("TestTellers", func(t simtest.TB) {
		s := simtest.Scenario(t, `
version: 1
name: tellers
options: {tickTime: 200ms}
duration: 30s
servers: 3
app: {bank: {alice: 100, bob: 100}}
clients: [{name: teller, retry: true, attempt: 500ms, load: {until: 25s, think: 50ms..150ms}}]
swarm: {until: 20s}
properties:
  always: [no-lost-commit, no-overdraft, linearizable-writes]
  eventually: [leader: {within: 8s}]
`)
		simtest.Run(t, s, simtest.Seeds(1, 20))
	})
	// Output:
	// ok
}

// The leader is cut off while a client writes to it. With the defect
// commit-on-minority it commits alone; the test would find that.
func ExampleDefects() {
	goTest("TestCutOff", func(t simtest.TB) {
		s := simtest.Scenario(t, `
version: 1
name: cut-off
options: {tickTime: 200ms}
duration: 10s
servers: 3
network: {within: {latency: 1ms}}
disk: {fsync: 1ms}
clients: [{name: writer, servers: s3, timeout: 2s, script: [{at: 3100ms, put: {key: x, value: 1}}]}]
faults: [{at: 3s, partition: [leader, others], for: 3s}]
properties: {always: [no-lost-commit]}
`)
		simtest.Run(t, s, simtest.Defects("commit-on-minority"))
	})
	// Output:
	// no-lost-commit: s2 leads epoch 2 without 1.1, which s3 had delivered
}

// Rapid draws whole scenarios. A server that forgets, when it crashes, which
// epoch it has promised is found out, and what rapid shrinks that to is as small
// as can be. It took more than the 100 runs that rapid makes unless -rapid.checks
// says otherwise.
func ExampleRun_rapid() {
	var s *scenarios.Scenario
	goTestRapid("TestForgetful", func(t simtest.TB) {
		rapid.Check(t, func(t *rapid.T) {
			s = gen.Scenario().Draw(t, "scenario")
			simtest.Run(t, s, simtest.Defects("forget-accepted-epoch"))
		})
	})
	fmt.Println(len(s.Servers), "server")
	fmt.Println(s.Mishaps())
	fmt.Println(len(s.Clients), "client,", len(s.Clients[0].Script), "operation")
	// Output:
	// one-leader-per-epoch: s1 led epoch 1 twice
	// 1 server
	// [2s crash leader for 100ms]
	// 1 client, 1 operation
}

// A protocol of one's own: lonely has servers that do what they are asked for and
// tell nobody. It takes two of them to see that.
func ExampleProtocol() {
	var s *scenarios.Scenario
	goTestRapid("TestLonely", func(t simtest.TB) {
		rapid.Check(t, func(t *rapid.T) {
			s = gen.Scenario(gen.Protocol(lonely)).Draw(t, "scenario")
			simtest.Run(t, s, simtest.Protocol(lonely))
		})
	})
	fmt.Println(len(s.Servers), "servers,", len(s.Faults), "faults")
	// Output:
	// no-resurrection: s1 delivered 1.1, which was not in the history with which s2 began to lead epoch 2
	// 2 servers, 0 faults
}

// What happened, for whoever wants to look at it, or compare it.
func ExampleStory() {
	goTest("TestStory", func(t simtest.TB) {
		fmt.Print(simtest.Story(t, simtest.Load(t, "crash-mid-commit")))
	})
	// Output:
	// s5 leads epoch 1
	//   teller: transfer alice bob 10: ok
	// crash s5
	//   teller: transfer alice bob 80 (outcome unknown)
	// s4 leads epoch 2
	//   teller: read alice: 10
	// start s5
	//   teller: transfer alice bob 5: ok
	//   teller: audit: alice 5, bob 95
	// ok
}

// Every execution with a crash at any moment is visited.
func ExampleExplore() {
	goTest("TestEveryExecution", func(t simtest.TB) {
		s := simtest.Scenario(t, `
version: 1
name: crash-at-any-moment
options: {tickTime: 200ms, minNotificationInterval: 200ms, maxNotificationInterval: 200ms}
duration: 10s
servers: 3
clients: [{name: c, servers: s3, script: [{at: 3s, put: {key: x, value: 1}}]}]
properties: {always: [agreement, no-lost-commit, durable-before-commit]}
explore: {crashes: 1, epochs: 1, from: established}
`)
		simtest.Explore(t, s)
	})
	// Output:
	// ok
}
