package zab

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// catalogue describes the defects. Those that ZooKeeper had go by the number of
// their issue, or by the rule of the reference where there is none. An entry
// without a property is a difference between releases that breaks nothing by
// itself.
var catalogue = slices.Concat(leaderDefects[:], learnerDefects[len(leaderDefects):])

// leaderDefects are those that are planted, and those on the way to a leader and in
// what it sends.
var leaderDefects = [...]nodes.Defect{
	commitOnMinority: {
		Name:     "commit-on-minority",
		Doc:      "The leader commits a proposal with the first acknowledgement, without a quorum.",
		Property: "no-lost-commit",
		Source:   "planted; breaks R-BC-8, INV-24",
	},
	ackBeforeFsync: {
		Name:     "ack-before-fsync",
		Doc:      "Followers and leader acknowledge a proposal once it is appended to the log, before the fsync.",
		Property: "durable-before-commit",
		Source:   "planted; breaks R-DUR-6, INV-23; compare ZOOKEEPER-4646",
	},
	electByID: {
		Name: "elect-by-id",
		Doc: "The election prefers the higher server id whatever the histories are. Discovery refuses such a leader " +
			"(R-DISC-9), so what suffers is liveness.",
		Property: "leader",
		Source:   "planted; breaks R-FLE-11",
	},
	forgetAcceptedEpoch: {
		Name:     "forget-accepted-epoch",
		Doc:      "A restarted server forgets which epoch it had promised and takes that of its last transaction for it.",
		Property: "one-leader-per-epoch",
		Source:   "planted; breaks R-DISC-8, INV-22; compare ZOOKEEPER-335",
	},
	skipTrunc: {
		Name:     "skip-trunc",
		Doc:      "The leader sends DIFF where it should send TRUNC, so a rejoining server keeps its dead tail.",
		Property: "agreement",
		Source:   "planted; breaks R-SYNC-L-3, INV-9",
	},
	prepareFromCommitted: {
		Name: "prepare-from-committed",
		Doc: "The leader prepares requests against what is committed and forgets what is on its way: two sessions are given the " +
			"same node, two nodes the same number.",
		Property: "sequence-numbers",
		Source:   "planted; breaks R-BC-3",
	},
	closeWithoutNodes: {
		Name:     "close-without-nodes",
		Doc:      "When a session expires its nodes stay.",
		Property: "ephemeral-life",
		Source:   "planted; breaks R-CLI-6; compare ZOOKEEPER-1208",
	},
	sessionOwnerUnchecked: {
		Name: "session-owner-unchecked",
		Doc: "The leader takes requests of a session from any server. What a slow server still forwards is carried out after " +
			"what the client has asked elsewhere since.",
		Property: "fifo-client-order",
		Source:   "planted; breaks R-CLI-8",
	},
	clientZxidUnchecked: {
		Name:     "client-zxid-unchecked",
		Doc:      "A server takes clients that have seen more than it has.",
		Property: "monotonic-zxid",
		Source:   "planted; breaks R-CLI-2",
	},
	watchEventsLost: {
		Name:     "watch-events-lost",
		Doc:      "A server tells nobody of every fourth transaction.",
		Property: "watch-order",
		Source:   "planted; breaks R-CLI-14",
	},
	snapshotNamedLate: {
		Name: "snapshot-named-late",
		Doc: "A snapshot bears the zxid at which it was finished, not begun. If it is fuzzy (fuzzySnapshots), what was applied in " +
			"between and missed the image is not applied again.",
		Property: "sequential",
		Source:   "planted; breaks R-DUR-9; compare ZOOKEEPER-3104",
	},

	looseVoteOrder: {
		Name: "ZOOKEEPER-1419",
		Doc: "A vote with the same zxid and a higher id wins even if its epoch is older. Of two votes each may then beat " +
			"the other, and the election goes round in circles.",
		Property: "leader",
		Source:   "3.4.0 to 3.4.3; breaks R-FLE-11",
	},
	voteWithoutEpoch: {Name: "R-LEG-12", Doc: "Votes are compared by zxid and id only.", Source: "up to 3.3"},
	staleVote: {
		Name: "ZOOKEEPER-1732",
		Doc: "A server goes on telling which vote it decided by, with the epoch from before, and votes of settled servers " +
			"must be equal in everything. A latecomer finds no quorum of equal votes and never joins.",
		Property: "converged",
		Source:   "up to 3.4.5; with ZOOKEEPER-1805; breaks R-FLE-17, R-FLE-20",
	},
	leaderByClaim: {
		Name: "ZOOKEEPER-975",
		Doc: "A server that looks for a leader believes whoever says that it leads, without a quorum that follows it. The claim " +
			"may be old.",
		Property: "leader",
		Source:   "up to 3.3; breaks R-FLE-16",
	},
	observersAnswer: {
		Name: "S-21",
		Doc:  "Observers answer voters that look for a leader, are answered in turn, and so on for as long as the voter looks.",
		// Nothing but messages is lost.
		Source: "read in the code of every release, not observed",
	},

	noDiscovery: {
		Name: "R-P0-5",
		Doc: "There is no discovery: the leader counts on from the epoch of its last zxid, and sends history and UPTODATE " +
			"without waiting for anybody (R-P0-1 to R-P0-4).",
		Property: "agreement",
		Source:   "up to 3.3: ZOOKEEPER-335, ZOOKEEPER-1081, ZOOKEEPER-1082",
	},
	epochFromLog: {
		Name: "ZOOKEEPER-335",
		Doc: "The epoch a server has promised is that of the last transaction it logged. A leader that logged none leaves no " +
			"trace, and its epoch is used again.",
		Property: "agreement",
		Source:   "up to 3.3.3; breaks R-DISC-8, INV-22",
	},

	epochFromLogFiles: {
		Name: "ZOOKEEPER-582",
		Doc: "The epoch a server has promised is that of the last transaction in its log files, even if its snapshot is from a later " +
			"one. Old epochs are used again, and what is written in them is older than the snapshot.",
		Property: "one-leader-per-epoch",
		Source:   "up to 3.1.1, 3.2.1; breaks R-DISC-8, R-DUR-3",
	},
	promiseUnwritten: {
		Name: "ZOOKEEPER-1291",
		Doc: "A leader proposes an epoch before it has written down that it promised it. After a crash it may propose the same " +
			"one again.",
		Property: "one-leader-per-epoch",
		Source:   "before 3.4.0 was released; breaks R-DISC-7, INV-20, INV-22",
	},
	zxidOnAttempt: {
		Name: "ZOOKEEPER-790",
		Doc: "A leader takes the beginning of its epoch for its last zxid as soon as it has proposed it. If no quorum follows, its " +
			"vote outranks those of servers that know more, and it refuses to follow them.",
		Property: "no-lost-commit",
		Source:   "up to 3.3.1, with ZOOKEEPER-822; breaks R-ZXID-8, R-SYNC-L-13",
	},

	rangeOnly: {
		Name: "ZOOKEEPER-1154",
		Doc: "A leader that has transactions from before and after a learner's last zxid sends DIFF without looking whether it " +
			"has that one: the learner keeps what it should cut.",
		Property: "agreement",
		Source:   "up to 3.3.3; breaks R-SYNC-L-4",
	},
	oldDecision: {
		Name: "R-SYNC-L-7", Doc: "DIFF and TRUNC regardless of epochs, and never from the log files.", Source: "3.4 and older",
	},
	committedLogFromZero: {
		Name: "ZOOKEEPER-4352",
		Doc: "A leader believes that its committedLog goes back to zxid 0. It sends DIFF to a new learner, and to one that is far behind " +
			"TRUNC to 0: they never get what only the leader's snapshot has.",
		Property: "agreement",
		Source:   "reported in 2021 and open, how a transaction with zxid 0 gets there is unknown; breaks R-SYNC-L-3",
	},
	forwardLate: {
		Name: "ZOOKEEPER-962",
		Doc: "A leader decides what to send a learner, and starts to forward proposals to it only when it has acknowledged " +
			"NEWLEADER: what is proposed in between is never sent.",
		Property: "agreement",
		Source:   "up to 3.3.2; breaks R-SYNC-L-1, R-SYNC-L-9",
	},
	commitsFromUpToDate: {
		Name: "S-31",
		Doc: "A learner is told of commits from UPTODATE on, and UPTODATE stands for the initial history only. What was proposed " +
			"between NEWLEADER and UPTODATE, and committed by then, it is never told to commit.",
		Property: "commit-consistent",
		Source:   "no release: left open by the paper, settled by the TLA+ specification of the protocol; breaks R-SYNC-L-9",
	},
	ackOutlivesCut: {
		Name: "ack-outlives-trunc",
		Doc: "A follower that has acknowledged a proposal and comes back before it is committed is told to cut it off, and gets it " +
			"again. Meanwhile its first acknowledgement counts, though nothing is on its disk.",
		Property: "durable-before-commit",
		Source:   "all releases, by R-SYNC-L-3 and R-BC-7; found by simulation, INV-24",
	},
	rolloverUnguarded: {
		Name: "ZOOKEEPER-1277",
		Doc: "When the counter is used up it overflows into the epoch. The transaction that gets the number of the beginning of an " +
			"epoch is never committed, nor is any after it, and the next leader gives their numbers away again.",
		Property: "unique-transactions",
		Source:   "up to 3.3.4, 3.4.3; breaks R-ZXID-4",
	},
	closingUnmarked: {
		Name: "ZOOKEEPER-1208",
		Doc: "The leader does not note that a session is being closed before that is committed: what the session has asked for " +
			"behind it is accepted, and an ephemeral node stays for ever.",
		Property: "ephemeral-life",
		Source:   "up to 3.3.3; breaks R-CLI-6",
	},
	committedLogOneMore: {Name: "committed-log-501", Doc: "committedLog holds one transaction more than its limit.", Source: "up to 3.9.3"},
	syncedNotRemembered: {
		Name: "ZOOKEEPER-4925",
		Doc: "Transactions that a server got by DIFF are missing from its committedLog. Once it leads, the DIFFs that it " +
			"sends have a hole there.",
		Property: "agreement",
		Source:   "3.9.3; breaks R-BC-14, INV-27",
	},
	gapsAccepted: {Name: "R-SYNC-F-3", Doc: "A gap between proposals of a DIFF is not noticed, nor one in committedLog.", Source: "up to 3.9.3"},
}
