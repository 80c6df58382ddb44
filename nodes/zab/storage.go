package zab

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// files mirrors the log and the snapshots on disk, written or durable.
type files struct {
	// log is the transactions after logBase, without holes. It leaves out the
	// first logFrom records of the file, which belong to a history that a SNAP
	// replaced (R-DUR-20).
	log     []*Txn
	logFrom int
	logBase Zxid
	// starts are the places in log where ZooKeeper would have started a new log
	// file since the server booted (R-DUR-8); the first file starts at 0.
	starts []int
	// unreachable says that a leader told us to go back to before logBase, which
	// takes a SNAP (see dropSnapshots).
	unreachable bool
	// snapshots are the images, oldest first; the last one is where recovery
	// starts.
	snapshots []*Snapshot
}

// boot reads the disk (R-DUR-3 to R-DUR-5, R-DUR-11).
func (n *Node) boot(d nodes.Disk) {
	n.loadFiles(d)
	if n.role == nodes.Down {
		return
	}
	n.reload()
	// A crashed process leaves behind what it wrote without fsync. Before the
	// server counts that as its history it makes sure that the next crash leaves
	// it too; ZooKeeper takes it as durable.
	recovers := !n.cfg.has(unsyncedRecovery)
	if recovers {
		n.bootSync(logFile)
	}
	if recovers || len(d.Records(snapshotFile)) == 0 {
		n.bootSync(snapshotFile)
	}
	n.loadEpochs(d)
	if n.role != nodes.Down && n.bootWaits == 0 {
		n.recovered()
	}
}

// loadFiles takes over what the disk holds. A server without snapshots is new,
// and starts with an image of the empty state (R-DUR-14).
func (n *Node) loadFiles(d nodes.Disk) {
	snapshots, records := d.Records(snapshotFile), d.Records(logFile)
	lost := n.cfg.hasAny(lostSnapshotsIgnored, lostSnapshotsTrusted)
	switch f, rotten := d.Rotten(); {
	case rotten && f == snapshotFile && lost:
		n.out.Truncate(snapshotFile, 0)
		snapshots = nil
	case rotten:
		n.exit("CRC check failed in " + Protocol.Files[f]) // R-DUR-12
		return
	}
	if d.IsTorn(logFile) {
		n.note("torn-tail", "") // it ends the log, and nobody minds (R-DUR-12)
	}
	for _, r := range snapshots {
		n.keepSnapshot(r.(*Snapshot))
	}
	if len(n.files.snapshots) == 0 {
		first := n.emptyImage()
		if n.cfg.has(lostSnapshotsTrusted) {
			first.LogFrom = len(records)
		}
		n.files.snapshots = []*Snapshot{first}
		if len(records) > 0 && !lost {
			n.exit("No snapshot found, but there are log entries. Something is broken!") // R-DUR-12
			return
		}
		n.out.Append(snapshotFile, first)
	}
	base := n.files.newest()
	n.files.logFrom, n.files.logBase = base.LogFrom, base.LogBase
	for _, r := range records[min(base.LogFrom, len(records)):] {
		n.files.add(r.(*Txn))
	}
	n.files.roll()
}

// emptyImage returns the image of the state before the first transaction.
func (n *Node) emptyImage() *Snapshot { return &Snapshot{State: n.cfg.machine().Snapshot(nil)} }

// loadEpochs reads the epoch files and repairs what a crash may have left.
func (n *Node) loadEpochs(d nodes.Disk) {
	last := n.db.lastProcessed.Epoch()
	if n.cfg.has(noDiscovery) {
		n.acceptedEpoch, n.currentEpoch = last, last // no epoch files
		return
	}
	accepted, foundAccepted := d.Last(acceptedEpochFile).(Epoch)
	current, foundCurrent := d.Last(currentEpochFile).(Epoch)
	if !foundCurrent {
		current = Epoch(last) // R-DUR-3
	}
	if !foundAccepted {
		accepted = Epoch(last)
	}
	forgets := n.cfg.has(forgetAcceptedEpoch)
	if forgets {
		accepted = Epoch(last)
	}
	switch {
	case last > uint64(current) && (last > uint64(accepted) || n.cfg.has(refusedRestart)):
		n.exit(fmt.Sprintf("The current epoch, %d, is older than the last zxid, %v", current, n.db.lastProcessed))
		return
	case accepted < current && !forgets && !n.cfg.has(promiseUnwritten):
		n.exit(fmt.Sprintf("The accepted epoch, %d is less than the current epoch, %d", accepted, current)) // R-DUR-5
		return
	case last > uint64(current):
		// The server crashed while it accepted NEWLEADER, between its history and
		// its currentEpoch. It holds a transaction of that epoch, hence all of the
		// epoch's initial history, and it had promised the epoch: it may say so.
		// ZooKeeper refuses to start (R-DUR-4, S-6).
		n.note("current-epoch-adopted", "")
		current, foundCurrent = Epoch(last), false
	}
	n.acceptedEpoch, n.currentEpoch = uint64(accepted), uint64(current)
	if !foundAccepted {
		n.bootReplace(acceptedEpochFile, accepted)
	}
	if !foundCurrent {
		n.bootReplace(currentEpochFile, current)
	}
}

func (n *Node) bootSync(f nodes.File) {
	n.bootWaits++
	n.out.Sync(f, bootTicket)
}

func (n *Node) bootReplace(f nodes.File, e Epoch) {
	n.bootWaits++
	n.out.Replace(f, e, bootTicket)
}

// bootSynced waits until all that recovery wrote is durable.
func (n *Node) bootSynced() {
	if n.bootWaits--; n.bootWaits == 0 {
		n.recovered()
	}
}

// recovered starts the first election.
func (n *Node) recovered() {
	n.booted = true
	n.currentVote = ballot{vote: n.selfVote()} // R-FLE-21
	waiting := n.fle.received
	n.fle.received = nil
	n.becomeLooking()
	for _, h := range waiting {
		n.hear(h.from, h.msg)
	}
}

func (n *Node) exit(why string) {
	n.role = nodes.Down
	n.out.Exit(why)
}

// reload rebuilds the state from the disk: the newest snapshot, then every
// record of the log after it, committed or not (R-DUR-11).
func (n *Node) reload() {
	n.giveUpSnapshot()
	n.db.load(n.files.newest(), n.cfg.machine())
	n.fastForward()
	n.db.forgetAnnounced()
}

// fastForward applies what the log has beyond the state in memory (R-DUR-16).
// Records that the log holds twice, as some defects leave them, are skipped.
func (n *Node) fastForward() {
	for _, t := range n.files.after(n.db.lastProcessed) {
		if t.Zxid > n.db.lastProcessed {
			n.applyQuietly(t)
		}
	}
}

// keepSnapshot adds an image to those on disk. ZooKeeper's files go by their
// zxid, and the highest is the newest (S-5).
func (n *Node) keepSnapshot(s *Snapshot) {
	f := &n.files
	at := len(f.snapshots)
	for at > 0 && f.snapshots[at-1].Zxid > s.Zxid && n.cfg.has(dirtySnapshot) {
		at--
	}
	f.snapshots = slices.Insert(f.snapshots, at, s)
}

func (f *files) newest() *Snapshot { return f.snapshots[len(f.snapshots)-1] }

// after returns the transactions of the log beyond z.
func (f *files) after(z Zxid) []*Txn { return beyond(f.log, z) }

// index returns the place in the log of the first transaction at or beyond z.
func (f *files) index(z Zxid) int { return firstAt(f.log, z) }

// last returns the last zxid on disk, written or durable.
func (f *files) last() Zxid {
	return max(f.newest().Zxid, f.lastLogged())
}

// lastLogged returns the last zxid in the log, 0 if there is none.
func (f *files) lastLogged() Zxid {
	if len(f.log) == 0 {
		return 0
	}
	return f.log[len(f.log)-1].Zxid
}

// add puts a transaction of the disk at the end of the log.
func (f *files) add(t *Txn) {
	f.log = append(f.log, t)
	if t.Fill > 0 {
		f.roll()
	}
}

// roll lets the next transaction begin a new log file.
func (f *files) roll() {
	k := len(f.log)
	if k > 0 && (len(f.starts) == 0 || f.starts[len(f.starts)-1] < k) {
		f.starts = append(slices.Clip(f.starts), k)
	}
}

// appendTxn writes a transaction to the log; an fsync makes it durable.
func (n *Node) appendTxn(t *Txn) {
	n.out.Append(logFile, t)
	n.files.log = append(n.files.log, t)
}

// saveSnapshot writes an image of the state in memory. The caller sees to the
// fsync, if there is to be one.
func (n *Node) saveSnapshot() { n.writeSnapshot(n.image()) }

func (n *Node) writeSnapshot(s *Snapshot) {
	n.out.Append(snapshotFile, s)
	n.keepSnapshot(s)
}

// reaches reports whether the log can be cut back to z, that is, whether the
// disk says what the state was then.
func (f *files) reaches(z Zxid) bool {
	if z < f.logBase {
		return false
	}
	i := f.index(z)
	return z == f.logBase || z.Marker() || i < len(f.log) && f.log[i].Zxid == z
}
