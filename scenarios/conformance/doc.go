// Package conformance replays on simulated ZAB what a real ZooKeeper ensemble
// was put through, and compares what is seen with what was recorded.
//
// A case is a file: a set-up, a timeline of actions (start, kill, partition,
// hold messages, write through server 2, wait until all serve ...) and facts,
// each to be looked at after one of the steps. [Load] reads it and refuses what
// it does not understand; [Case.Replay] performs the timeline on a [sim.World]
// and returns for each fact whether it held. The unit of time is the tick: the
// order of the steps, the sleeps and the waits are honoured, the recorded
// times are not, since they are those of a Java process starting.
//
//	case.go, args.go, text.go   the file
//	config.go          the world that a set-up asks for
//	replay.go          the timeline, one step after the other
//	actions.go, faulty.go, clients.go, load.go   what the steps do
//	record.go, disk.go what is kept of what happens, what is on a disk
//	judge*.go          one function for each kind of fact
//	differences.go     which choices of ZooKeeper are not made here, and why
//	timings.go         durations beside the recorded ones
//	report.go          text and table
package conformance
