// Package gen generates whole scenarios for property tests: how many servers
// there are and where, how fast network and disks are, what goes wrong and when,
// and what clients ask for.
//
//	rapid.Check(t, func(t *rapid.T) {
//		s := gen.Scenario(gen.Servers(3, 5)).Draw(t, "scenario")
//		simtest.Run(t, s)
//	})
//
// What is drawn shrinks to a small story: few servers at one site, few faults
// that last a short time and begin at round times, one client with a script of
// one or two operations, latencies that do not vary.
//
// What goes wrong stays within what a protocol promises to survive: everything
// ends, and no more voters are away at a time than a minority, or one where a
// minority is nobody. All that must always hold is demanded of every scenario;
// that a leader comes back, and that the servers agree, if all faults have their
// times: one that waits for an event may strike in the end.
package gen
