package zab

import (
	"cmp"
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// vote names a server and says what it has.
type vote struct {
	leader nodes.ID
	zxid   Zxid
	epoch  uint64
}

// beats is the total order on votes: the newest epoch, then the newest
// transaction, then the highest id; nobody votes for a server without weight
// (R-FLE-11). Where votes carry no epoch it is 0 in all of them.
func (n *Node) beats(v, w vote) bool {
	switch {
	case n.cfg.has(electByID):
		return v.leader > w.leader
	case n.cfg.has(looseVoteOrder):
		return v.epoch > w.epoch || v.epoch == w.epoch && v.zxid > w.zxid || v.zxid == w.zxid && v.leader > w.leader
	case n.cfg.has(voteWithoutEpoch):
		v.epoch = w.epoch
	}
	if !n.cfg.voters.electable(v.leader) {
		return false
	}
	return cmp.Or(
		cmp.Compare(v.epoch, w.epoch),
		cmp.Compare(v.zxid, w.zxid),
		cmp.Compare(v.leader, w.leader),
	) > 0
}

// ballot is a vote as it was heard from a server.
type ballot struct {
	from nodes.ID
	vote
	round uint64
	state nodes.Role // of the voter when it said so
	// format says that the ballot carries ZooKeeper's message format version.
	// Those kept in recvset do not, which is why votes of settled servers in the
	// same round are compared by leader alone (S-19).
	format bool
}

// agrees is ZooKeeper's equality of votes (R-FLE-17): exact while anybody is
// looking; among settled servers, whose zxid and round may differ because they
// joined the leader at different times, by leader and epoch.
func (b ballot) agrees(c ballot) bool {
	switch {
	case b.state == nodes.Looking || c.state == nodes.Looking:
		return b.vote == c.vote && b.round == c.round
	case b.format != c.format:
		return b.leader == c.leader
	default:
		return b.leader == c.leader && b.epoch == c.epoch
	}
}

// ballots holds the newest ballot of each server, in the order of their ids.
type ballots []ballot

// put records a ballot in place of its sender's older one.
func (bs *ballots) put(b ballot) {
	i, found := bs.find(b.from)
	if found {
		(*bs)[i] = b
		return
	}
	*bs = slices.Insert(*bs, i, b)
}

func (bs ballots) find(id nodes.ID) (int, bool) {
	return slices.BinarySearchFunc(bs, id, func(b ballot, id nodes.ID) int { return cmp.Compare(b.from, id) })
}

// stateOf returns what id said it was, or Down if it was not heard.
func (bs ballots) stateOf(id nodes.ID) nodes.Role {
	if i, found := bs.find(id); found {
		return bs[i].state
	}
	return nodes.Down
}

// agreeing returns the servers whose ballots agree with b (R-FLE-12).
func (bs ballots) agreeing(b ballot) nodes.Set {
	var s nodes.Set
	for _, c := range bs {
		if c.agrees(b) {
			s = s.With(c.from)
		}
	}
	return s
}

// votesFor returns the servers that voted for exactly v, in whatever round.
func (bs ballots) votesFor(v vote) nodes.Set {
	var s nodes.Set
	for _, b := range bs {
		if b.vote == v {
			s = s.With(b.from)
		}
	}
	return s
}
