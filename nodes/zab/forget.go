package zab

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// What a server remembers of the stages it has left. ZooKeeper's objects keep such
// things until they are collected; nothing reads them. In a model checker they
// make one state look like several: which quorum promised the epoch, for
// instance, is told apart for as long as the leader leads.

// Forget implements [nodes.Forgetful].
func (n *Node) Forget() {
	n.forgetElection()
	n.leader.forget()
	n.learner.forget()
	n.db.forget()
}

// forgetElection lets go of what an election leaves behind. The round is no part
// of that: the next election goes on from there (R-FLE-3).
func (n *Node) forgetElection() {
	e := &n.fle
	mayBeDisloyal := n.role == nodes.Leading && n.leader.stage == choosingEpoch // R-FLE-22
	if !e.finalizing && !mayBeDisloyal {
		e.supporters = 0
	}
	if !e.running {
		e.interval = 0
	}
	if n.role != nodes.Looking && !n.observes() { // observers look again before they vote anew (R-STATE-4)
		e.proposal = vote{}
	}
	if n.cfg.oracle {
		n.currentVote = ballot{} // nobody asks for it
	}
}

// forget lets go of who took the leader past the stages that it has left.
func (l *leader) forget() {
	if l.stage > choosingEpoch {
		l.connecting, l.impatient = 0, false
	}
	if l.stage > awaitingEpochAcks {
		l.electing, l.summary = 0, summary{}
	}
	if l.started {
		l.synced = 0
	}
	for i := range l.handlers {
		if h := &l.handlers[i]; h.stage >= expectsNewLeaderAck {
			h.ack = summary{}
		}
	}
}

// forget lets go of how the learner came to the stage it is in.
func (l *learner) forget() {
	if l.stage > connecting {
		l.tries = 0
	}
	if l.stage > registered {
		l.promises, l.lastLogged = false, 0
	}
	if l.stage > acknowledged {
		l.fromNothing = false
		if !l.image { // nothing to be saved, nothing in memory that is not on disk
			l.mode = noSync
		}
	}
	if l.stage >= synced {
		l.truncTo = 0
	}
	if l.stage == following {
		l.toLog = false
	}
}

// forget lets go of deliveries that were announced in an earlier role.
func (d *database) forget() {
	d.unannounced = slices.DeleteFunc(slices.Clone(d.unannounced), func(u delivery) bool { return u.history.Len <= d.announced })
}
