package zab

import "slices"

// logThread is ZooKeeper's SyncRequestProcessor: it writes transactions to the
// log, a batch at a time, and passes them on when they are durable (R-DUR-7).
// Everything that acknowledges a transaction comes through here.
type logThread struct {
	// queue is what was handed over and is not durable yet. The first flushing
	// of it are written and wait for the fsync under way; the others wait for
	// their turn.
	queue    []*Txn
	flushing int
	// orphans are the first so many of the queue: they were handed over in an
	// earlier role, and nobody is to be told when they are durable.
	orphans int
	// refused says that the disk was too full for what is being flushed, and the
	// server goes on without it.
	refused bool
	// sinceRoll counts the transactions since the log was rolled.
	sinceRoll int
}

// maxBatchSize bounds the transactions of one fsync.
const maxBatchSize = 1000

func (l *logThread) idle() bool { return len(l.queue) == 0 }

// disown makes orphans of the whole queue.
func (l *logThread) disown() { l.orphans = len(l.queue) }

// logTxn hands a transaction to the log thread.
func (n *Node) logTxn(t *Txn) {
	n.log.queue = append(n.log.queue, t)
	if n.log.flushing == 0 {
		n.flush()
	}
}

// flush writes the next batch and starts its fsync.
func (n *Node) flush() {
	l := &n.log
	l.flushing = min(len(l.queue), maxBatchSize)
	for _, t := range l.queue[:l.flushing] {
		n.appendTxn(t)
	}
	n.out.Sync(logFile, logTicket)
	if n.cfg.has(ackBeforeFsync) {
		n.passOn(l.queue[min(l.orphans, l.flushing):l.flushing])
	}
}

// logSynced passes on a batch that has become durable (R-DUR-6), then goes for
// the next.
func (n *Node) logSynced() {
	l := &n.log
	if l.refused {
		n.dropBatch()
		return
	}
	batch := l.flushing
	if !n.cfg.has(ackBeforeFsync) {
		n.passOn(l.queue[min(l.orphans, batch):batch])
	}
	l.queue = slices.Delete(l.queue, 0, batch)
	l.orphans = max(l.orphans-batch, 0)
	l.sinceRoll += batch
	n.snapshotIfDue()
	l.flushing = 0
	switch {
	case !l.idle():
		n.flush()
	case n.closing:
		n.retire()
	}
}

// dropBatch gives up the role and what the log thread has. None of that is in
// the log, and memory may have it already (ZOOKEEPER-4882).
func (n *Node) dropBatch() {
	f := &n.files
	f.log = slices.Clip(f.log[:len(f.log)-n.log.flushing])
	n.out.Truncate(logFile, f.logFrom+len(f.log))
	n.log = logThread{sinceRoll: n.log.sinceRoll}
	if n.closing {
		n.retire()
		return
	}
	n.stepDown("write-failed", "Severe unrecoverable error, cannot write to disk")
}

// passOn tells the rest of the server what the log holds: a leader counts its
// own acknowledgement (R-BC-5), a follower sends its (R-BC-6), an observer has
// nobody to tell.
func (n *Node) passOn(batch []*Txn) {
	for _, t := range batch {
		switch {
		case n.leader.started:
			n.processAck(n.cfg.id, t.Zxid)
		case !n.observes():
			n.sendLeader(n.acks.make(Ack{t.Zxid}))
		}
	}
}

// snapshotIfDue takes a snapshot and rolls the log when enough transactions
// were logged (R-DUR-8). ZooKeeper draws the moment at random, so that servers
// do not all pause at once; here the server's id spreads them.
//
// The state in memory may run ahead of the log on disk (R-BC-11). A snapshot of
// it could then survive a crash that its part of the log does not, and leave a
// hole there; so the snapshot waits until the log has caught up.
func (n *Node) snapshotIfDue() {
	half := n.cfg.SnapCount / 2
	due := half + half*int(n.cfg.id)/64
	if n.log.sinceRoll <= due || n.log.behind(n.db.lastProcessed) && !n.cfg.has(snapshotAheadOfLog) {
		return
	}
	n.note("snapshot", "")
	n.log.sinceRoll = 0
	n.files.roll()
	n.takeSnapshot()
}

// behind reports whether a transaction that was applied is not durable yet.
func (l *logThread) behind(applied Zxid) bool { return !l.idle() && l.queue[0].Zxid <= applied }
