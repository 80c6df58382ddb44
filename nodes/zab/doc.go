// Package zab is ZAB, the atomic broadcast of ZooKeeper, as ZooKeeper runs it:
// fast leader election, discovery, synchronization and broadcast, with its log
// thread, its snapshots and its observers.
//
// # The protocol
//
// One server leads, the others follow. The leader turns each write into a
// transaction, numbers it (epoch, counter), the [Zxid], and a transaction counts
// once a quorum has it on disk. What is hard is the change of leaders: the next
// one must have everything that may have been promised to a client, and a
// leader that does not know yet that it was replaced must get nothing done.
// An epoch passes through four phases, each a file of this package:
//
//	election.go         everybody looks for the server with the newest history;
//	                    the outcome is a guess that the next phase verifies.
//	                    There are four ways to go about it
//
//	discovery.go        FOLLOWERINFO   follower: this is the epoch I have promised
//	                    LEADERINFO     leader, to a quorum: promise me this higher one
//	                    ACKEPOCH       follower: promised; my history goes this far
//
//	sync_leader.go      DIFF, TRUNC or SNAP, PROPOSAL and COMMIT: the leader's
//	sync_learner.go     history, as far as the follower lacks it
//	                    NEWLEADER      that was all of it
//	                    ACK            it is on my disk, and I am in the epoch
//	                    UPTODATE       a quorum says so: serve
//
//	broadcast.go        PROPOSAL       a new transaction
//	                    ACK            it is on my disk
//	                    COMMIT         a quorum says so: deliver it
//
// Two durable numbers carry the argument. A server follows no leader of an
// epoch below its acceptedEpoch, so of two leaders only the newer one can get a
// quorum for anything. And its currentEpoch says up to which epoch its history
// is complete, which is what makes histories comparable: the one with the higher
// currentEpoch, or with the higher zxid in the same, contains all that any
// quorum has acknowledged.
//
// # Threads and disks
//
// A server is several threads in ZooKeeper, and its worst bugs are races between
// them. Here each input wakes one of them for one step, and what a thread keeps
// to itself between two steps is a struct: the receiver and the main loop of the
// election ([Node] passes every notification first through hear, then through
// consider); the main thread of a learner (learner.go) or of a leader
// (leader.go); a handler for each learner (learnerhandler.go); the log thread
// (logthread.go). A thread that waits for its disk or for a quorum leaves its
// packets unread, and they are read in order afterwards. The commit thread alone
// has no struct: a transaction is applied in the step that commits it, so
// ZooKeeper's toBeApplied is empty whenever anybody could look.
//
// Nothing is said before it is durable: an epoch is written and synced before
// the message that promises it, a transaction before its ACK, the initial
// history before the epoch, and that before the ACK of NEWLEADER (logthread.go,
// learner.go). A step-down ends when the log thread has written what it had.
//
// # Clients
//
// A client may be known by its id alone (requests.go), or keep a session, if the
// replicated machine has some ([nodes.SessionKeeper]). The table of sessions is
// replicated: opening and closing one are transactions. Which server a client is
// connected to and which watches it left there (sessions.go, watches.go), and
// when the time of a session is up (sessions_leader.go), is not: a server that
// loses its role forgets the one, a new leader starts the other anew. Sessions can
// be local: no transaction, no ephemeral nodes, and only one server knows them;
// they are upgraded on demand if the options say so.
//
// # Which ZooKeeper
//
// The code follows ZooKeeper, rule by rule; comments name the rules (R-FLE-10),
// the surprises (S-18) and the invariants (INV-24), and ZooKeeper's own issues.
// testdata/rules.txt says of every rule what became of it.
//
// [Options].Profile says which ZooKeeper. Profile "safe" is the newest without its
// holes, a protocol that should never violate anything. Profiles P0 and A to F
// are what releases from 3.3 to 3.9.5 really do ([Profiles]). They are data: a
// profile is the set of defects that its releases had, in one table (profile.go);
// a defect is one small change at one place, described in catalogue.go, and can
// be switched on alone; and what a learner does with its disk, in which order, is
// a list of steps that a defect replaces by another (programs.go). How soon each
// defect is found, by which property, and how short the execution is that shows
// it, is in TRACKRECORD.md, which zabsim hunt writes.
//
// The newest ZooKeeper is profile F. What profile safe closes:
//
//   - TRUNC drops the snapshots that hold what it takes back (ZOOKEEPER-1549).
//   - A crash between the history and currentEpoch is repaired at boot, where
//     ZooKeeper refuses to start (ZOOKEEPER-1653, S-6).
//   - What follows a TRUNC goes to the log and not only to memory (ZOOKEEPER-5094,
//     S-7), and the cut is fsynced (R-DUR-10).
//   - An acknowledgement does not outlive the TRUNC or SNAP that takes back what it
//     acknowledged (INV-24).
//   - TRUNC to what the log does not have ends the process, and does not cut
//     somewhere else (S-8).
//   - A SNAP leaves the log file alone but notes that it ends there, so that no
//     DIFF is made from both sides of it (ZOOKEEPER-2846, S-9); and a TRUNC to
//     before that SNAP is answered by asking for another one.
//   - Recovery fsyncs what a killed process left in the page cache before it
//     counts it as history (R-DUR-11), and snapshots wait for the log to catch up
//     (R-DUR-8).
//   - With fuzzySnapshots, a snapshot that is still being written when the role
//     ends is given up (fuzzy.go).
//   - An observer does not answer voters that look for a leader (S-21).
//   - An answer to REVALIDATE lets in the attempt to connect that it is about.
//   - In AuthFastLeaderElection a server's letters to the dead do not keep those
//     to the living waiting (letters.go).
//   - A failed fsync ends the process, in every profile.
//
// Some bugs that ZooKeeper had cannot be shown here, often because what races in
// ZooKeeper is one step; [Absent] says which and why.
//
// One liveness hazard of ZooKeeper is kept, for it is part of the protocol: a
// server that has promised an epoch above that of an established leader cannot
// join it, and keeps trying without pause, until that leader falls (R-DISC-13).
//
// # What is left out
//
// Dynamic reconfiguration, observer masters, servers of different profiles in one
// cluster, the time-outs that older releases had fixed otherwise, throttling of
// synchronizations, leaderServes=no. Clients are known by their ids; a write
// carries the server it came through, which ZooKeeper finds in the session.
//
// # Sources
//
// Junqueira, Reed, Serafini: Zab: High-performance broadcast for primary-backup
// systems (DSN 2011). Medeiros: ZooKeeper's atomic broadcast protocol: theory
// and practice (2012). Hunt et al.: ZooKeeper: wait-free coordination for
// internet-scale systems (ATC 2010). Apache ZooKeeper, package server.quorum.
package zab
