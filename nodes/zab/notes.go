package zab

import "github.com/zabsim/zabsim/nodes"

// What it takes to reach some of the notes; see [nodes.Note].
const (
	oldElection = "electionAlg 0, 1 or 2"
	beforeZab10 = "profile P0"
	inSessions  = "clients in sessions"
	impostors   = "a client that makes up the password of a session"
	fuzzily     = "the option fuzzySnapshots"
	ownMistake  = "a defect, or a profile that has it"
	failsTwice  = "two leaders in a row that fail before they are established, at the right moments: rare"
	sendGarbage = "a message that no server of zab sends there"
)

// The properties that some notes are a breach of; see [nodes.Note].
const (
	inProposals = "proposal-consistent"
	inCommits   = "commit-consistent"
	inAcks      = "ack-consistent"
	inMessages  = "message-legal"
)

// notes are the places that servers mark when they reach them.
var notes = []nodes.Note{
	// Recovery.
	{Name: "torn-tail", Doc: "A server boots and finds a part of a record at the end of its log. It ends the log there (R-DUR-12)."},
	{Name: "current-epoch-adopted", Doc: "A server boots that crashed between the history of an epoch and the epoch itself, and may say " +
		"that it is in it (R-DUR-4)."},

	// Election.
	{Name: "election-started", Doc: "A server begins to look for a leader (R-FLE-3)."},
	{Name: "notification-timeout", Doc: "Nothing was heard in an election for as long as one waits; the vote is sent again (R-FLE-8)."},
	{Name: "notification-ignored", Only: sendGarbage, Doc: "A vote comes from a server that has none, or is for one that cannot be elected (R-FLE-9)."},
	{Name: "round-raised", Doc: "A vote of a later round makes a server forget those of its own (R-FLE-10)."},
	{Name: "finalize-interrupted", Doc: "A decided election goes on because a better vote came during the last wait (R-FLE-13)."},
	{Name: "elected", Doc: "An election ends: a quorum agrees and nobody knew better (R-FLE-13)."},
	{Name: "elected-same-round", Doc: "An election ends with a leader that others have elected in the same round (R-FLE-14)."},
	{Name: "joined-established", Doc: "An election ends with a leader that was there before (R-FLE-15)."},
	{Name: "elected-by-all", Only: beforeZab10, Doc: "An election ends without a last wait because all servers were heard (R-LEG-12)."},
	{Name: "challenge-unknown", Only: oldElection, Doc: "A notification comes without the challenge that was given for it, and does not count (R-LEG-7)."},

	// Discovery.
	{Name: "connect-failed", Doc: "A learner finds nobody listening where the election sent it, time after time (R-DISC-2)."},
	{Name: "connect-timeout", Doc: "A learner cannot reach its leader for initLimit (R-DISC-2)."},
	{Name: "epoch-refused", Only: failsTwice, Doc: "A learner leaves a leader whose epoch is below the one that it has promised (R-DISC-8)."},
	{Name: "epoch-promised-before", Doc: "A learner is offered the epoch that it has promised already, and says so: its answer does not count (R-DISC-8)."},
	{Name: "epoch-chosen", Doc: "A leader has heard which epochs a quorum has promised, and proposes a higher one (R-DISC-5)."},
	{Name: "epoch-acked", Doc: "A quorum has promised the leader its epoch (R-DISC-9)."},
	{Name: "follower-ahead", Doc: "A leader turns away a follower that has a newer history (R-DISC-11)."},
	{Name: "epoch-timeout", Doc: "A leader gives up: no quorum comes (R-DISC-5)."},
	{Name: "epoch-ack-timeout", Doc: "A leader gives up: no quorum promises its epoch (R-DISC-9)."},
	{
		Name: "voter-disloyal", Only: "the option maxTimeToWaitForEpoch",
		Doc: "A leader that waits for its quorum hears that one of its voters looks for another leader, and gives up (R-FLE-22).",
	},

	// Synchronization: what the leader sends.
	{Name: "sync-diff-empty", Sync: true, Doc: "DIFF without transactions: the learner has what the leader has (R-SYNC-L-3)."},
	{Name: "sync-diff", Sync: true, Doc: "DIFF with what the learner lacks, out of committedLog (R-SYNC-L-4)."},
	{Name: "sync-diff-new-epoch", Sync: true, Doc: "DIFF for a learner that has the beginning of an epoch and no transaction of it (S-4)."},
	{Name: "sync-diff-unchecked", Sync: true, Only: ownMistake, Doc: "DIFF for a learner whose last transaction the leader does not have."},
	{Name: "sync-trunc", Sync: true, Only: "profiles P0 and A", Doc: "TRUNC: the learner has transactions in the place of others that the leader has (R-SYNC-L-4)."},
	{Name: "sync-trunc-to-max", Sync: true, Doc: "TRUNC: the learner has more than the leader (R-SYNC-L-3)."},
	{Name: "sync-trunc-across-epochs", Sync: true, Doc: "SNAP instead of a TRUNC that would go back to an older epoch (R-SYNC-L-4)."},
	{Name: "sync-snap", Sync: true, Doc: "SNAP: the leader's whole state (R-SYNC-L-5)."},
	{Name: "sync-disk", Sync: true, Doc: "DIFF out of the leader's log files, for a learner that is further behind than committedLog goes (R-SYNC-L-6)."},
	{Name: "sync-disk-unavailable", Doc: "The leader's log files do not go back far enough for a DIFF, or it would be too long (R-SYNC-L-6)."},
	{Name: "sync-disk-gap", Doc: "The leader's log files end before committedLog begins (R-SYNC-L-6)."},

	// Synchronization: what the learner does with it.
	{Name: "diff", Doc: "A learner is told that what follows continues its history."},
	{Name: "snap", Doc: "A learner takes over the leader's state (R-SYNC-F-8)."},
	{Name: "trunc", Doc: "A learner cuts its log back (R-DUR-19)."},
	{Name: "trunc-unreachable", Only: failsTwice, Doc: "A learner cannot cut its log back that far, and asks for a SNAP next time."},
	{Name: "dirty-snapshot-dropped", Doc: "A learner discards a snapshot of transactions that TRUNC takes back (S-5)."},
	{
		Name: "trunc-impossible", Breaks: inProposals, Only: ownMistake,
		Doc: "A learner is told to cut its log at a transaction that it does not have, and ends its process (R-DUR-19).",
	},
	{Name: "discontinuous", Breaks: inProposals, Only: ownMistake, Doc: "A learner leaves a leader whose DIFF has a hole (R-SYNC-F-3)."},
	{Name: "commit-unmatched", Breaks: inCommits, Only: ownMistake, Doc: "A commit comes during synchronization that is not for the oldest proposal; it is ignored."},
	{Name: "commit-of-drained", Breaks: inCommits, Only: ownMistake, Doc: "A commit comes for a proposal that was logged already; the learner gives up."},
	{Name: "newleader", Doc: "A learner has got the initial history of the epoch (R-SYNC-F-4)."},
	{Name: "newleader-ack-mismatch", Breaks: inAcks, Only: ownMistake, Doc: "A leader that waits for the ACK of NEWLEADER gets another one (S-26)."},
	{Name: "newleader-ack-timeout", Doc: "A leader gives up: no quorum acknowledges its initial history (R-SYNC-L-12)."},
	{Name: "established", Doc: "A quorum has acknowledged the initial history; the leader serves (R-SYNC-L-13)."},
	{Name: "uptodate", Doc: "A learner is told to serve (R-SYNC-F-6)."},

	// Broadcast.
	{Name: "proposal-gap", Breaks: inProposals, Only: ownMistake, Doc: "A follower gets a proposal that does not follow the one before; it is only worth a warning (R-BC-6)."},
	{Name: "ack-unmatched", Breaks: inAcks, Only: ownMistake, Doc: "A leader gets an acknowledgement of what it has not proposed, and ignores it."},
	{Name: "commit-without-proposal", Breaks: inCommits, Only: ownMistake, Doc: "A follower is told to commit what it was never sent, and ignores it."},
	{
		Name: "session-upgraded", Only: "the option localSessionsUpgrading",
		Doc: "The client of a local session asks for an ephemeral node, and the session becomes a global one.",
	},
	{Name: "wrong-password", Only: impostors, Doc: "A client that does not know the password of a session wants to take it up, and is told that it has ended (R-CLI-4)."},
	{Name: "orphans-removed", Only: ownMistake, Doc: "A server begins to lead and removes ephemeral nodes whose session is not open (R-DUR-15)."},
	{
		Name: "commit-out-of-order", Breaks: inCommits, Only: ownMistake,
		Doc: "A follower is told to commit another proposal than the oldest that waits for it, and ends its process (R-BC-10).",
	},
	{Name: "snapshot", Doc: "A server has logged enough to take a snapshot (R-DUR-8)."},
	{Name: "snapshot-fuzzy", Only: fuzzily, Doc: "A snapshot is finished that was written while transactions were applied (R-DUR-9)."},
	{Name: "snapshot-skipped", Only: fuzzily, Doc: "A snapshot is due while the one before is still being written, and is not taken (R-DUR-8)."},
	{
		Name: "zxid-rollover", Only: "small counterBits, or an initialCounter near the end",
		Doc: "A leader has used up the counters of its epoch and gives up (R-ZXID-4).",
	},

	// The end of a role.
	{Name: "leader-lost", Doc: "A learner's connection to its leader breaks."},
	{Name: "read-timeout", Doc: "A learner hears nothing from its leader for too long (R-SYNC-F-2)."},
	{Name: "handler-timeout", Doc: "A leader drops a learner that is silent for too long, or whose quorum does not come (R-TMO-3)."},
	{Name: "proposal-timeout", Doc: "A leader drops a learner that is alive and does not acknowledge (R-TMO-5)."},
	{Name: "quorum-lost", Doc: "A leader gives up: no quorum has been heard for syncLimit (R-TMO-1)."},
	{Name: "write-failed", Only: ownMistake, Doc: "A server gives up its role because a write failed, and not its process (ZOOKEEPER-4882)."},
	{Name: "unexpected-packet", Breaks: inMessages, Only: sendGarbage, Doc: "A packet comes that does not belong there."},

	// Clients.
	{Name: "client-ahead", Doc: "A server turns away a client that has seen more than it has (R-CLI-2)."},
	{Name: "sync-unexpected", Breaks: inMessages, Only: sendGarbage, Doc: "A leader answers a sync that nobody asked for."},
	{Name: "session-expired", Only: inSessions, Doc: "A leader closes a session that was not heard of for its timeout (R-CLI-6)."},
}
