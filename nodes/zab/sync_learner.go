package zab

import (
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Synchronization as the learner sees it: ZooKeeper's syncWithLeader. Until
// NEWLEADER everything is provisional (R-SYNC-F-1); at NEWLEADER the learner
// makes the initial history durable, then the epoch, then acknowledges, and
// what comes between that and UPTODATE waits in memory (R-SYNC-F-5).

// readSyncMode reads the first packet of synchronization.
func (n *Node) readSyncMode(m nodes.Message) {
	l := &n.learner
	l.stage = syncing
	switch m := m.(type) {
	case Diff:
		n.note("diff", "Getting a diff from the leader")
		l.mode, l.toLog, l.image = syncDiff, !n.cfg.has(snapshotAlways), n.cfg.has(snapshotAlways)
		if l.fromNothing {
			n.install(n.emptyImage())
		}
		if n.cfg.has(zxidFromDiff) {
			n.db.lastProcessed = m.Zxid
		}
	case Snap:
		n.note("snap", "Getting a snapshot from leader")
		l.mode = syncSnap
		n.install(m.Image)
	case Trunc:
		n.note("trunc", "Truncating log to get in sync with the leader")
		// ZooKeeper applies what follows a TRUNC to memory and saves that at
		// NEWLEADER, without fsync. Here it goes to the log, as after a DIFF: memory
		// never runs ahead of the disk (S-7), and the log gets no hole (S-9).
		toMemory := n.cfg.has(memoryAheadAfterTrunc) || n.cfg.has(unsyncedTrunc)
		l.mode, l.toLog, l.image, l.truncTo = syncTrunc, !toMemory, toMemory, m.Zxid
		n.begin(n.cfg.programs.trunc)
	default:
		n.exit("Got unexpected packet from leader: " + m.Kind())
	}
}

// install replaces the state in memory. What is committed until NEWLEADER is
// applied to it there, and then all of it is saved (R-SYNC-F-8).
func (n *Node) install(s *Snapshot) {
	n.learner.image, n.learner.toLog = true, false
	n.giveUpSnapshot()
	n.db.load(s, n.cfg.machine())
	n.db.forgetAnnounced()
}

// checkTrunc finds out whether the log can be cut there.
func (n *Node) checkTrunc() (wait bool) {
	l, f := &n.learner, &n.files
	switch {
	case l.truncTo < f.logBase:
		// Our history begins with a SNAP whose contents were never committed. To go
		// back further we need a SNAP again. We ask for it when our answer does not
		// count any more, because the server must not vote for an epoch with less
		// than it has.
		f.unreachable = true
		n.stepDown("trunc-unreachable", fmt.Sprintf("Not able to truncate the log %v", l.truncTo))
	case n.cfg.has(truncKeepsNext) && f.index(l.truncTo) < len(f.log):
	case n.cfg.has(truncKeepsNext), !f.reaches(l.truncTo):
		why := fmt.Sprintf("Not able to truncate the log %v", l.truncTo) // R-DUR-19, S-8
		n.note("trunc-impossible", why)
		n.exit(why)
		return true
	}
	return false
}

// dropSnapshots discards the snapshots taken of transactions that TRUNC now
// takes back. They go before the log is cut: a dirty snapshot without its log
// would look like history (S-5).
func (n *Node) dropSnapshots() (wait bool) {
	f := &n.files
	keep := len(f.snapshots)
	for f.snapshots[keep-1].Zxid > n.learner.truncTo {
		keep--
	}
	if keep == len(f.snapshots) {
		return false
	}
	n.note("dirty-snapshot-dropped", "")
	f.snapshots = slices.Clip(f.snapshots[:keep])
	n.out.Truncate(snapshotFile, keep)
	n.out.Sync(snapshotFile, snapshotTicket)
	return true
}

// cutLog cuts the log back to the TRUNC's zxid and rebuilds the state from what
// is left (R-DUR-19). ZooKeeper leaves the cut to the page cache.
func (n *Node) cutLog() (wait bool) {
	f, to := &n.files, n.learner.truncTo
	keep := f.index(to + 1)
	if n.cfg.has(truncKeepsNext) {
		keep = f.index(to) + 1
	}
	f.log = slices.Clip(f.log[:keep])
	f.starts = slices.DeleteFunc(slices.Clone(f.starts), func(start int) bool { return start > keep })
	f.roll()
	n.reload()
	n.db.lastProcessed = to
	n.out.Truncate(logFile, f.logFrom+keep)
	if n.cfg.has(unsyncedTrunc) {
		return false
	}
	n.out.Sync(logFile, cutTicket)
	return true
}

// readHistory reads what comes between the first packet and UPTODATE.
func (n *Node) readHistory(m nodes.Message) {
	l := &n.learner
	switch m := m.(type) {
	case Proposal:
		if n.continues(m.Txn.Zxid) {
			l.notLogged = append(l.notLogged, m.Txn)
		}
	case *Commit:
		n.readCommitDuringSync(m.Zxid)
	case Inform:
		if n.continues(m.Txn.Zxid) {
			n.readInformDuringSync(m.Txn)
		}
	case NewLeader:
		n.note("newleader", "Learner received NEWLEADER message")
		l.toLog = true
		n.begin(n.cfg.programs.newLeader)
	case UpToDate:
		n.note("uptodate", "Learner received UPTODATE message")
		n.begin(n.cfg.programs.upToDate)
	case Ping:
		// Not answered before UPTODATE: the leader does not count on it yet.
	default:
		n.note("unexpected-packet", m.Kind())
	}
}

// continues reports whether a proposal follows the one before it, or begins a
// newer epoch; otherwise the learner gives the leader up (R-SYNC-F-3). The
// first one is not compared with our own history.
func (n *Node) continues(z Zxid) bool {
	l := &n.learner
	last := l.lastQueued
	if last != 0 && !n.cfg.has(gapsAccepted) && z != last+1 && z.Epoch() <= last.Epoch() {
		n.stepDown("discontinuous", fmt.Sprintf("DIFF sync got proposal %v, last queued %v, expected %v", z, last, last+1))
		return false
	}
	l.lastQueued = z
	return true
}

func (n *Node) readCommitDuringSync(z Zxid) {
	l := &n.learner
	switch {
	case l.toLog && len(l.notLogged) == 0 && n.cfg.has(pendingDrained):
		n.stepDown("commit-of-drained", "NullPointerException: packetsNotLogged is empty")
	case l.toLog && !(l.stage == synced && n.cfg.has(commitNotLogged)):
		l.committed = append(l.committed, z)
	case len(l.notLogged) > 0 && l.notLogged[0].Zxid == z:
		n.applySynced(l.notLogged[0])
		l.notLogged = slices.Delete(l.notLogged, 0, 1)
	default:
		n.note("commit-unmatched", fmt.Sprintf("Committing %v, but next proposal is another", z))
	}
}

func (n *Node) readInformDuringSync(t *Txn) {
	l := &n.learner
	switch {
	case !l.toLog:
		n.applySynced(t)
	case l.stage == synced && n.cfg.has(observersMissSynced):
	default:
		l.notLogged = append(l.notLogged, t)
		l.committed = append(l.committed, t.Zxid)
	}
}

// The steps of NEWLEADER, in the order that keeps the promise it stands for:
// history, epoch, acknowledgement (R-SYNC-F-4; ZOOKEEPER-4643, ZOOKEEPER-4646).

// syncLog prepares for an image to be saved: the image says where the log goes
// on, so the length of the log has to be durable first.
func (n *Node) syncLog() (wait bool) {
	l := &n.learner
	if !l.image || n.cfg.has(staleLogAfterSnap) || l.mode == syncTrunc && n.cfg.has(unsyncedTrunc) {
		return false
	}
	n.out.Sync(logFile, historyTicket)
	return true
}

// saveImage makes a state that came by SNAP durable (R-DUR-10). What was in the
// log before stays there and is not part of our history any more (R-DUR-20).
func (n *Node) saveImage() (wait bool) {
	l, f := &n.learner, &n.files
	if !l.image {
		return false
	}
	if !n.cfg.has(staleLogAfterSnap) {
		f.logFrom, f.logBase = f.logFrom+len(f.log), n.db.lastProcessed
		f.log, f.starts = nil, nil
	}
	n.saveSnapshot()
	unsynced := n.cfg.has(unsyncedSnap) || l.mode == syncTrunc && n.cfg.has(unsyncedTrunc)
	l.image, l.mode = false, syncDiff // from here on memory and disk agree
	if unsynced {
		return false
	}
	n.out.Sync(snapshotFile, snapshotTicket)
	return true
}

// logCommitted makes the committed part of the history durable and applies it.
// What is proposed but not committed stays in memory, and is logged and
// acknowledged after UPTODATE like any proposal. Observers do all of that after
// UPTODATE (R-OBS-4).
func (n *Node) logCommitted() (wait bool) {
	l := &n.learner
	if n.observes() || len(l.committed) == 0 {
		return false
	}
	matched := 0
	for _, z := range l.committed {
		if matched == len(l.notLogged) || l.notLogged[matched].Zxid != z {
			n.note("commit-unmatched", fmt.Sprintf("Committing %v, but next proposal is another", z))
			continue
		}
		n.appendTxn(l.notLogged[matched])
		n.applySynced(l.notLogged[matched])
		matched++
	}
	l.notLogged = slices.Delete(l.notLogged, 0, matched)
	l.committed = nil
	n.out.Sync(logFile, historyTicket)
	return true
}

// logAll makes all of the history durable that has come, committed or not, and
// applies it after UPTODATE: profile D.
func (n *Node) logAll() (wait bool) {
	l := &n.learner
	if n.observes() || len(l.notLogged) == 0 {
		return false
	}
	for _, t := range l.notLogged {
		n.appendTxn(t)
	}
	l.pending, l.notLogged = l.notLogged, nil
	n.out.Sync(logFile, historyTicket)
	return true
}

// handOver leaves the history to the log thread: profile C.
func (n *Node) handOver() (wait bool) {
	l := &n.learner
	if n.observes() {
		return false
	}
	for _, t := range l.notLogged {
		n.logProposal(t)
	}
	l.notLogged = nil
	return false
}

// maxYield is for how long the main thread may lose the processor to the log
// thread.
const maxYield = time.Millisecond

// yield lets the log thread run first, for as long as it pleases the scheduler:
// on a quick disk it then acknowledges a proposal before NEWLEADER, and the
// leader takes that for the acknowledgement it waits for (ZOOKEEPER-4685, S-26).
func (n *Node) yield() (wait bool) {
	n.out.SetTimer(nodes.Timer{Name: yieldTimer}, 0, maxYield)
	return true
}

// maxBehind is for how long the commit thread may be behind.
const maxBehind = 50 * time.Microsecond

// fallBehind serves clients for a moment from the state before the initial
// history, until the commit thread has applied it (ZOOKEEPER-3023).
func (n *Node) fallBehind() (wait bool) {
	n.out.SetTimer(nodes.Timer{Name: yieldTimer}, 0, maxBehind)
	return true
}

// setCurrentEpoch enters the epoch for good; see currentEpochSynced.
func (n *Node) setCurrentEpoch() (wait bool) {
	n.out.Replace(currentEpochFile, Epoch(n.learner.epoch), currentTicket)
	return true
}

// ackNewLeader tells the leader that all of that is durable.
func (n *Node) ackNewLeader() (wait bool) {
	n.learner.stage = synced
	n.files.unreachable = false
	n.sendLeader(n.acks.make(Ack{MakeZxid(n.learner.epoch, 0)}))
	return false
}

// ackPending acknowledges the transactions of the history one by one, as
// proposals are.
func (n *Node) ackPending() (wait bool) {
	for _, t := range n.learner.pending {
		n.sendLeader(n.acks.make(Ack{t.Zxid}))
	}
	return false
}

// serve opens the server to clients (R-SYNC-F-6): the leader has a quorum for
// the initial history.
func (n *Node) serve() (wait bool) {
	l := &n.learner
	n.sendLeader(n.acks.make(Ack{MakeZxid(l.epoch, 0)})) // the leader ignores it (S-25)
	l.stage, l.started = following, true
	n.phase = broadcasting
	n.updateElectionVote(l.epoch)
	n.announce()
	return false
}

// deliverWaiting takes up what came between NEWLEADER and UPTODATE: what was
// proposed goes to the log thread, what was committed is delivered.
func (n *Node) deliverWaiting() (wait bool) {
	l := &n.learner
	notLogged, committed := l.notLogged, l.committed
	l.notLogged, l.committed = nil, nil
	if n.observes() {
		n.deliverInformed(notLogged, committed)
		return false
	}
	for _, t := range notLogged {
		n.logProposal(t)
	}
	for _, z := range committed {
		n.commitProposal(z)
	}
	return false
}

// memoryAhead reports whether a learner that gives up holds a state that its
// disk does not: then it reads the disk again (R-DUR-18, S-7).
func (n *Node) memoryAhead() bool {
	if n.learner.mode == syncTrunc {
		return n.learner.image && !n.cfg.has(memoryAheadAfterTrunc)
	}
	return n.learner.image && !n.cfg.has(halfSnapSurvives)
}
