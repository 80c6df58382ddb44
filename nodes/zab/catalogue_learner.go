package zab

import "github.com/zabsim/zabsim/nodes"

// learnerDefects are those in what a learner does with what it is sent, at the end
// of a role, and in recovery. The places before them, those of leaderDefects, are
// empty.
var learnerDefects = [...]nodes.Defect{
	snapshotAlways: {
		Name: "ZOOKEEPER-2678", Source: "up to 3.4.9, 3.5.2: from before the optimisation of that number",
		Doc: "A learner applies the initial history to memory, saves all of its state at NEWLEADER, and reads its disk again after each role.",
	},
	zxidFromDiff: {
		Name: "ZOOKEEPER-2355",
		Doc: "A learner takes the zxid that DIFF names for its last one before it has the transactions. If the connection breaks " +
			"it claims to have them.",
		Property: "agreement",
		Source:   "up to 3.4.10, 3.5.3",
	},
	dirtySnapshot: {
		Name: "ZOOKEEPER-1549",
		Doc: "TRUNC cuts the log but leaves the snapshots, and recovery starts from the one with the highest zxid: what a leader " +
			"saved before any quorum had it comes back.",
		Property: "agreement",
		Source:   "all releases; S-5, R-DUR-15, R-DUR-19",
	},
	truncKeepsNext: {
		Name: "S-8",
		Doc:  "TRUNC to a zxid that the log does not have keeps the first record beyond it.",
		// Unreachable while the protocol is sound otherwise.
		Source: "all releases; R-DUR-19",
	},
	memoryAheadAfterTrunc: {
		Name: "ZOOKEEPER-5094",
		Doc: "What follows a TRUNC is applied to memory and saved at NEWLEADER; if the connection breaks before, memory is kept " +
			"and the server claims to have on disk what it has not.",
		Property: "agreement",
		Source:   "all releases; S-7, R-DUR-18",
	},
	unsyncedTrunc: {
		Name:     "R-DUR-10",
		Doc:      "Neither the cut of a TRUNC nor the snapshot after it is fsynced: power loss brings back what was cut.",
		Property: "no-resurrection",
		Source:   "all releases; S-7, R-DUR-19, INV-23",
	},
	unsyncedSnap: {
		Name:     "ZOOKEEPER-2872",
		Doc:      "The snapshot that stands for a SNAP is not fsynced: power loss takes acknowledged history away.",
		Property: "agreement",
		Source:   "up to 3.5.9; breaks R-DUR-10, INV-23",
	},
	staleLogAfterSnap: {
		Name: "ZOOKEEPER-2846",
		Doc: "Nothing says that what was in the log before a SNAP is no history: recovery applies it if its zxids are higher, and a " +
			"leader makes DIFFs from both sides of the hole.",
		Property: "agreement",
		Source:   "all releases; S-9, R-DUR-20; also ZOOKEEPER-2099, ZOOKEEPER-2832",
	},
	halfSnapSurvives: {
		Name:     "ZOOKEEPER-3642",
		Doc:      "A SNAP that was not saved yet when the connection broke stays in memory, and the server claims to have it on disk.",
		Property: "agreement",
		Source:   "up to 3.5.9, 3.6.2; breaks R-DUR-18",
	},
	logAfterUpToDate: {
		Name: "ZOOKEEPER-3911",
		Doc: "A follower acknowledges NEWLEADER and logs the initial history after UPTODATE: the leader counts on a quorum " +
			"that has it in memory.",
		Property: "no-lost-commit",
		Source:   "3.4.10 to 3.6.2; breaks R-SYNC-F-4, INV-23, INV-25",
	},
	logAfterAck: {
		Name: "ZOOKEEPER-4646",
		Doc: "A follower enters the epoch, hands the initial history to its log thread and acknowledges NEWLEADER before " +
			"the thread has written it.",
		Property: "no-lost-commit",
		Source:   "3.5.10 to 3.9.1; in production ZOOKEEPER-4785; breaks R-SYNC-F-4, INV-23",
	},
	epochBeforeHistory: {
		Name: "ZOOKEEPER-4643",
		Doc: "A follower enters the epoch before it has written the history of it. If it crashes in between it wins " +
			"elections with less than others have, and has them cut it off.",
		Property: "no-lost-commit",
		Source:   "3.4.10 to 3.9.1; breaks R-SYNC-F-4, INV-14",
	},
	epochAfterAck: {
		Name: "ZOOKEEPER-1282",
		Doc: "A follower enters the epoch at UPTODATE, after it has acknowledged NEWLEADER. If it crashes in between it loses " +
			"an election to a server that is in a later epoch and knows less.",
		Property: "no-lost-commit",
		Source:   "before 3.4.0 was released; breaks R-SYNC-F-4",
	},
	acksBeforeEpoch: {
		Name: "ZOOKEEPER-4685",
		Doc: "A follower acknowledges the transactions of the initial history one by one, before NEWLEADER. The leader takes " +
			"the first for the acknowledgement of NEWLEADER, does not count it, and waits in vain.",
		Property: "leader",
		Source:   "3.5.10 to 3.9.1, where it is a race; breaks R-SYNC-F-4, INV-18",
	},
	pendingDrained: {
		Name: "ZOOKEEPER-4394",
		Doc: "A follower logs at NEWLEADER also what is not committed yet, and forgets that it waits for its COMMIT. When that " +
			"comes before UPTODATE, the follower fails and starts over.",
		Property: "converged",
		Source:   "3.5.10 to 3.9.2; breaks R-SYNC-F-4, INV-17",
	},
	commitNotLogged: {
		Name:     "ZOOKEEPER-1264",
		Doc:      "What is committed between NEWLEADER and UPTODATE is applied and never logged.",
		Property: "no-panic",
		Source:   "up to 3.3.3; breaks R-SYNC-F-5",
	},
	observersMissSynced: {
		Name:     "ZOOKEEPER-1551",
		Doc:      "An observer forgets what it is sent between NEWLEADER and UPTODATE.",
		Property: "agreement",
		Source:   "up to 3.4.5; breaks R-SYNC-F-6, R-OBS-4",
	},
	servesUnapplied: {
		Name: "ZOOKEEPER-3023",
		Doc: "A follower opens for clients at UPTODATE and then applies the initial history, which takes it a moment. Until then its " +
			"clients see a state from before.",
		Property: "serves-initial-history",
		Source:   "3.4.10 to 3.9.2, where the commit thread applies it; breaks R-SYNC-F-6",
	},
	syncedSessionsForgotten: {
		Name: "ZOOKEEPER-1367",
		Doc: "The sessions opened by transactions that a server got by synchronization are missing in its table, though their " +
			"nodes are in its tree. Once it leads, such nodes are removed by it alone, or stay for ever.",
		Property: "sequential",
		Source:   "up to 3.3.4, 3.4.2; breaks R-CLI-3",
	},

	logThreadOutlivesRole: {
		Name: "ZOOKEEPER-4712",
		Doc: "A learner that loses its leader goes to the election while its log thread still writes: it votes with less than it has, " +
			"and nobody makes it cut the rest.",
		Property: "agreement",
		Source:   "3.4.12 to 3.9.2; in production ZOOKEEPER-4541; R-DUR-17",
	},
	logThreadDies: {
		Name: "ZOOKEEPER-2247",
		Doc: "A failed fsync of the log ends the log thread and nothing else: the server pings and votes on, and writes nothing any " +
			"more. A leader keeps its followers, and what needs its disk is never committed.",
		Property: "converged",
		Source:   "up to 3.4.8, 3.5.2; breaks R-TMO-4",
	},
	memoryAheadOfLog: {
		Name: "ZOOKEEPER-4882",
		Doc: "A write that fails because the disk is full ends the role and not the process. What the log lacks is in memory if it was " +
			"committed: the server claims to have it on disk, and what comes next follows a hole.",
		Property: "follower-prefix",
		Source:   "3.4.10 and later, open; compare R-TMO-4; breaks R-DUR-16",
	},
	logNotReplayed: {
		Name: "ZOOKEEPER-2845",
		Doc: "After a role the state in memory is kept as it is, without what the log has beyond it: the server votes with less " +
			"than it has, and nobody makes it cut the rest.",
		Property: "agreement",
		Source:   "3.4.10 to 3.4.11, 3.5.3; breaks R-DUR-16",
	},
	refusedRestart: {
		Name:     "ZOOKEEPER-1653",
		Doc:      "A server that crashed after it had written the history of an epoch, and before the epoch, refuses to start.",
		Property: "boots",
		Source:   "all releases but 3.4.6 to 3.4.14; S-6, R-DUR-4",
	},
	unsyncedRecovery: {
		Name:     "R-DUR-11",
		Doc:      "Recovery takes for durable what a killed process wrote without fsync: the next power loss takes it away.",
		Property: "no-lost-commit",
		Source:   "all releases",
	},
	snapshotAheadOfLog: {
		Name: "R-DUR-8",
		Doc: "A snapshot is taken of the state in memory although the log has not caught up with it. Power loss may spare the " +
			"snapshot only, and leaves a hole in the log.",
		Source: "all releases; R-BC-11, S-27",
	},
	snapshotOutlivesRole: {
		Name: "snapshot-outlives-role",
		Doc: "A fuzzy snapshot (fuzzySnapshots) goes on after the role. It may hold what the server then applies from its log, and keeps that when " +
			"TRUNC takes it back, for its name is that of an older transaction.",
		Property: "sequential",
		Source:   "read in the code of every release: nobody stops the snapshot thread; compare ZOOKEEPER-1549",
	},
	lostSnapshotsIgnored: {
		Name: "ZOOKEEPER-2325",
		Doc: "A server that cannot read its snapshots starts from the empty state and applies what its log has. What came by SNAP is " +
			"not there, and it votes as if it were.",
		Property: "agreement",
		Source:   "3.4, and up to 3.5.2; breaks R-DUR-12",
	},
	lostSnapshotsTrusted: {
		Name: "ZOOKEEPER-3644",
		Doc: "A server that cannot read its snapshots starts from the empty state, without its log, and votes in the epoch that it had " +
			"entered.",
		Property: "no-lost-commit",
		Source:   "up to 3.5.6, with snapshot.trust.empty; breaks R-DUR-12",
	},
}
