package zab

import (
	"cmp"
	"errors"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// Survivor is a server that has read its disk and looks for a leader. It takes
// no part in a simulation: it answers what this package would decide about it,
// for those who have the disks of a real ensemble before them.
type Survivor struct{ node *Node }

// Remains is what a server finds on its disk.
type Remains struct {
	ID nodes.ID
	// AcceptedEpoch and CurrentEpoch are nil if there is no such file.
	AcceptedEpoch, CurrentEpoch *uint64
	Snapshot                    Zxid  // of the newest image
	SnapshotSize                int64 // of its file, in bytes
	// Log holds the log files, oldest first.
	Log []RemainsOfLog
}

// RemainsOfLog is a log file: its size on disk, preallocated space included,
// and the zxids of its records in order.
type RemainsOfLog struct {
	Size  int64
	Zxids []Zxid
}

// NewSurvivor lets a server recover (R-DUR-3 to R-DUR-5, R-DUR-11). The error
// says, in ZooKeeper's words, why it does not start. Only the zxids are
// replayed, not what the transactions did.
func NewSurvivor(r *Remains, voters nodes.Set, options *Options) (*Survivor, error) {
	n := New(nodes.Config{ID: r.ID, Voters: voters, Options: options})
	n.out = new(nodes.Out)
	n.files.snapshots = []*Snapshot{imageOfSize(r.Snapshot, r.SnapshotSize)}
	n.files.takeOver(r.Log)
	n.db.lastProcessed = n.files.last()
	replayed := n.files.after(r.Snapshot)
	n.db.committedLog = replayed[max(0, len(replayed)-n.cfg.CommitLogCount):]
	n.loadEpochs(r.epochFiles())
	for _, e := range n.out.Effects() {
		if e.Kind == nodes.EffectExit {
			return nil, errors.New(e.Text)
		}
	}
	return &Survivor{n}, nil
}

// imageOfSize returns an image that takes so much room on disk; of what, does
// not matter.
func imageOfSize(z Zxid, size int64) *Snapshot {
	s := &Snapshot{Zxid: z}
	s.State = make([]byte, max(0, size-int64(s.size())))
	return s
}

// takeOver builds the log from its files. A record that comes again, or late,
// is passed over, as everybody who reads the log passes over it; so is one with
// a zxid that no transaction can have.
func (f *files) takeOver(logs []RemainsOfLog) {
	var largest int64
	for _, l := range logs {
		largest = max(largest, l.Size)
	}
	filler := make([]byte, largest)
	for _, l := range logs {
		f.roll()
		used := int64(0)
		for _, z := range l.Zxids {
			if k := len(f.log); z.Marker() || k > 0 && z <= f.log[k-1].Zxid {
				continue
			}
			t := &Txn{Zxid: z}
			f.log = append(f.log, t)
			used += int64(t.size())
		}
		// The last record stands for all that the zxids do not tell of: the contents
		// of the transactions, and the space allocated in advance.
		if k := len(f.log); used > 0 && l.Size > used {
			f.log[k-1].Body = filler[:l.Size-used]
		}
	}
}

func (r *Remains) epochFiles() nodes.Disk {
	var d nodes.Disk
	d.Files = make([][]nodes.Record, len(Protocol.Files))
	if r.AcceptedEpoch != nil {
		d.Files[acceptedEpochFile] = []nodes.Record{Epoch(*r.AcceptedEpoch)}
	}
	if r.CurrentEpoch != nil {
		d.Files[currentEpochFile] = []nodes.Record{Epoch(*r.CurrentEpoch)}
	}
	return d
}

// ID returns the server's id.
func (s *Survivor) ID() nodes.ID { return s.node.cfg.id }

// Last returns the zxid that the server votes with.
func (s *Survivor) Last() Zxid { return s.node.db.lastProcessed }

// Epochs returns the epochs that the server starts with.
func (s *Survivor) Epochs() (accepted, current uint64) {
	return s.node.acceptedEpoch, s.node.currentEpoch
}

// Notes returns the names of the places in the protocol that recovery passed
// through, such as "current-epoch-adopted".
func (s *Survivor) Notes() []string { return notesIn(s.node.out) }

// Beats reports whether the vote of s beats that of t (R-FLE-11).
func (s *Survivor) Beats(t *Survivor) bool {
	return s.node.beats(s.node.selfVote(), t.node.selfVote())
}

// Elect returns whose vote beats all others among servers that look for a
// leader at the same time, or nil if their voters are no quorum (R-FLE-11,
// R-FLE-12). One that begins later may be left out if there is a quorum without
// it.
func Elect(among []*Survivor) *Survivor {
	var present nodes.Set
	var best *Survivor
	for _, s := range among {
		if s.node.observes() {
			continue
		}
		present = present.With(s.ID())
		if best == nil || s.Beats(best) {
			best = s
		}
	}
	if best == nil || !best.node.cfg.voters.decides(present) {
		return nil
	}
	return best
}

// NextEpoch returns the epoch that s proposes as the leader of others, if it
// hears those first who have promised most (R-DISC-5).
func (s *Survivor) NextEpoch(others []*Survivor) uint64 {
	n := *s.node
	n.out = new(nodes.Out)
	n.leader = leader{}
	n.proposeEpoch(n.cfg.id, n.acceptedEpoch)
	others = slices.Clone(others)
	slices.SortStableFunc(others, func(a, b *Survivor) int { return cmp.Compare(b.node.acceptedEpoch, a.node.acceptedEpoch) })
	for _, o := range others {
		n.proposeEpoch(o.ID(), o.node.acceptedEpoch)
	}
	return n.leader.epoch
}

// Joining says how a learner is brought to the history of a leader.
type Joining struct {
	Mode string // "DIFF", "TRUNC" or "SNAP"
	// Zxid is where a TRUNC cuts, what a DIFF names, or the image of a SNAP.
	Zxid Zxid
	// FromDisk are sent out of the leader's log files, and then FromMemory.
	FromDisk, FromMemory []Zxid
	// Notes name the places in the protocol that led to the decision.
	Notes []string
}

// Bring decides how s, as the leader, brings another to its history
// (R-SYNC-L-3).
func (s *Survivor) Bring(learner *Survivor) Joining {
	n := *s.node
	n.out = new(nodes.Out)
	t := n.chooseTransfer(learner.Last())
	j := Joining{
		Mode:       [...]string{syncDiff: "DIFF", syncTrunc: "TRUNC", syncSnap: "SNAP"}[t.mode],
		Zxid:       t.zxid,
		FromDisk:   zxidsOf(t.fromDisk),
		FromMemory: zxidsOf(t.fromMemory),
		Notes:      notesIn(n.out),
	}
	if t.mode == syncSnap {
		j.Zxid = t.upTo
	}
	return j
}

func zxidsOf(txns []*Txn) []Zxid {
	var zxids []Zxid
	for _, t := range txns {
		zxids = append(zxids, t.Zxid)
	}
	return zxids
}

func notesIn(out *nodes.Out) []string {
	var names []string
	for _, e := range out.Effects() {
		if e.Kind == nodes.EffectNote {
			names = append(names, e.Text)
		}
	}
	return names
}
