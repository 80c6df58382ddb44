package zab

import "github.com/zabsim/zabsim/nodes"

// Status implements [nodes.Node].
func (n *Node) Status() nodes.Status {
	s := nodes.Status{
		Role:    n.role,
		Serving: n.serving(),
		Epoch:   n.currentEpoch,
		Phase:   n.phase.String(),
		Logged:  n.files.last().Position(),
		History: n.db.replica.History,
	}
	switch n.role {
	case nodes.Leading:
		s.Leader = n.cfg.id
		if n.leader.stage > writingAcceptedEpoch {
			s.Epoch = n.leader.epoch
		}
	case nodes.Following, nodes.Observing:
		s.Leader = n.learner.leader
		if n.learner.epoch != 0 {
			s.Epoch = n.learner.epoch
		}
	}
	return s
}
