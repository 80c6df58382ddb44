package zab

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// An election in one step, for those who are not interested in elections: what
// servers would decide if all of them looked for a leader at the same time, and
// heard of each other whatever there is to hear. It is one of the outcomes that
// fast leader election can have. Others come of votes that are out of date, of a
// server that is late, and of two quorums that decide at the same time; discovery
// has to be right in spite of them, and to see that takes elections by messages.

// elect implements [nodes.Protocol.Elect].
func elect(heard []nodes.Node) (leader nodes.ID, electors nodes.Set) {
	var looking, settled []*Node
	for _, h := range heard {
		switch n := h.(*Node); {
		case n.role != nodes.Looking:
			settled = append(settled, n)
		case n.fle.running:
			looking = append(looking, n)
		}
	}
	if len(settled) > 0 {
		leader = established(settled)
	} else if best := strongest(looking); best != nil {
		leader = best.cfg.id
		looking = slices.DeleteFunc(looking, (*Node).observes)
	}
	for _, n := range looking {
		electors = electors.With(n.cfg.id)
	}
	if leader == 0 || electors == 0 {
		return 0, 0
	}
	return leader, electors
}

// strongest returns the server whose vote beats those of all others, nil if the
// voters among them are no quorum (R-FLE-11, R-FLE-12).
func strongest(among []*Node) *Node {
	var present nodes.Set
	var best *Node
	for _, n := range among {
		if n.observes() {
			continue
		}
		present = present.With(n.cfg.id)
		if best == nil || n.beats(n.selfVote(), best.selfVote()) {
			best = n
		}
	}
	if best == nil || !best.cfg.voters.decides(present) {
		return nil
	}
	return best
}

// established returns the leader that a server which is late finds: one of whom
// a quorum says that it follows it, and which says so itself (R-FLE-15,
// R-FLE-16).
func established(settled []*Node) nodes.ID {
	for _, l := range settled {
		if l.role != nodes.Leading {
			continue
		}
		supporters := nodes.SetOf(l.cfg.id)
		for _, n := range settled {
			if n.role == nodes.Following && n.learner.leader == l.cfg.id {
				supporters = supporters.With(n.cfg.id)
			}
		}
		if l.cfg.voters.decides(supporters) {
			return l.cfg.id
		}
	}
	return 0
}

// elected ends such an election.
func (n *Node) elected(leader nodes.ID) {
	if n.role == nodes.Looking && n.fle.running {
		n.note("elected", "")
		n.finishElection(vote{leader: leader})
	}
}
