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

// NewSurvivor lets a server recover (R-DUR-3 to R-DUR-5, R-DUR-11). The error
// says, in ZooKeeper's words, why it does not start. Only the zxids are
// replayed, not what the transactions did.
func NewSurvivor(r *Remains, voters nodes.Set, options *Options) (*Survivor, error) {
	n := New(nodes.Config{ID: r.ID, Voters: voters, Options: options})
	n.out = new(nodes.Out)
	n.files.snapshots = []*Snapshot{r.image()}
	for _, t := range r.log() {
		n.files.add(t)
	}
	n.db.lastProcessed = n.files.last()
	replayed := n.files.after(r.Snapshot)
	n.db.committedLog = replayed[max(0, len(replayed)-n.cfg.CommitLogCount):]
	n.loadEpochs(r.Disk())
	for _, e := range n.out.Effects() {
		if e.Kind == nodes.EffectExit {
			return nil, errors.New(e.Text)
		}
	}
	return &Survivor{n}, nil
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
	var voters []*Node
	for _, s := range among {
		voters = append(voters, s.node)
	}
	best := strongest(voters)
	if best == nil {
		return nil
	}
	return among[slices.Index(voters, best)]
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
