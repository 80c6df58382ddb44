package models

import (
	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
)

// Properties implements [explore.Model]: the ten invariants of the
// specification.
func (z Zab) Properties() []explore.Property[ZabState] {
	always := func(name string, holds func(ZabState) bool) explore.Property[ZabState] {
		return explore.Property[ZabState]{Name: name, Kind: checker.Always, Holds: holds}
	}
	return []explore.Property[ZabState]{
		always("ShouldNotBeTriggered", func(s ZabState) bool { return s.Wrong == 0 }),
		always("Leadership1", ZabState.leadership1),
		always("Leadership2", ZabState.leadership2),
		always("PrefixConsistency", ZabState.prefixConsistency),
		always("Integrity", ZabState.integrity),
		always("Agreement", ZabState.agreement),
		always("TotalOrder", ZabState.totalOrder),
		always("LocalPrimaryOrder", ZabState.localPrimaryOrder),
		always("GlobalPrimaryOrder", ZabState.globalPrimaryOrder),
		always("PrimaryIntegrity", ZabState.primaryIntegrity),
	}
}

// leadership1: at most one server is established in an epoch.
func (s ZabState) leadership1() bool {
	established := func(p *ZabServer) bool { return p.Role == leading && p.Phase >= synchronization }
	for i := range s.Servers {
		for j := range i {
			p, q := &s.Servers[i], &s.Servers[j]
			if established(p) && established(q) && p.Current == q.Current {
				return false
			}
		}
	}
	return true
}

// leadership2: at most one server ever was.
func (s ZabState) leadership2() bool {
	for _, l := range s.Leaders {
		if l&(l-1) != 0 {
			return false
		}
	}
	return true
}

// prefixConsistency: what two servers have committed is equal as far as both
// have come.
func (s ZabState) prefixConsistency() bool {
	for i := range s.Servers {
		for j := range i {
			p, q := &s.Servers[i], &s.Servers[j]
			for k := range min(p.Committed, q.Committed) {
				if !p.History.at(int(k)).same(q.History.at(int(k))) {
					return false
				}
			}
		}
	}
	return true
}

// integrity: what a follower delivers was proposed.
func (s ZabState) integrity() bool {
	for i := range s.Servers {
		p := &s.Servers[i]
		for k := range p.delivered() {
			proposed := false
			for _, e := range s.Proposed {
				proposed = proposed || e != 0 && proposal(e).same(p.History.at(k))
			}
			if !proposed {
				return false
			}
		}
	}
	return true
}

// delivered returns how many transactions a follower has delivered.
func (p *ZabServer) delivered() int {
	if p.Role != following {
		return 0
	}
	return int(p.Committed)
}

// proposal returns the transaction of an entry of ZabState.Proposed.
func proposal(entry uint16) txn { return txn(entry-1) & (1<<9 - 1) << 6 }

// place returns where a transaction stands among the committed ones, or -1.
func (p *ZabServer) place(t txn) int {
	for k := range int(p.Committed) {
		if p.History.at(k).same(t) {
			return k
		}
	}
	return -1
}

// agreement: of two transactions delivered by two followers, one is delivered
// by both.
func (s ZabState) agreement() bool {
	for i := range s.Servers {
		for j := range i {
			p, q := &s.Servers[i], &s.Servers[j]
			for a := range p.delivered() {
				for b := range q.delivered() {
					if q.place(p.History.at(a)) < 0 && p.place(q.History.at(b)) < 0 {
						return false
					}
				}
			}
		}
	}
	return true
}

// totalOrder: whoever delivers b delivers before it what others delivered
// before b.
func (s ZabState) totalOrder() bool {
	for i := range s.Servers {
		for j := range s.Servers {
			p, q := &s.Servers[i], &s.Servers[j]
			if i == j || p.Committed < 2 || q.Committed < 2 {
				continue
			}
			for b := 1; b < int(p.Committed); b++ {
				at := q.place(p.History.at(b))
				if at < 0 {
					continue
				}
				for a := range b {
					if before := q.place(p.History.at(a)); before < 0 || before >= at {
						return false
					}
				}
			}
		}
	}
	return true
}

// localPrimaryOrder: of two transactions that a leader proposed in an epoch,
// whoever delivers the later one delivers the earlier one before it. The
// specification asks this of some pair only, and any transaction is a pair
// with itself, so that there it can never fail; here it is asked of each.
func (s ZabState) localPrimaryOrder() bool {
	for k, e := range s.Proposed {
		for _, later := range s.Proposed[k+1:] {
			if later == 0 || later>>11 != e>>11 {
				break // by another leader, or in another epoch
			}
			for i := range s.Servers {
				p := &s.Servers[i]
				if at := p.place(proposal(later)); p.Committed >= 2 && at >= 0 {
					if before := p.place(proposal(e)); before < 0 || before >= at {
						return false
					}
				}
			}
		}
	}
	return true
}

// globalPrimaryOrder: transactions are delivered in the order of their epochs.
func (s ZabState) globalPrimaryOrder() bool {
	for i := range s.Servers {
		p := &s.Servers[i]
		for k := 1; k < int(p.Committed); k++ {
			if p.History.at(k).zxid().epoch() < p.History.at(k-1).zxid().epoch() {
				return false
			}
		}
	}
	return true
}

// primaryIntegrity: a leader that serves has delivered all of earlier epochs
// that its followers have.
func (s ZabState) primaryIntegrity() bool {
	for i := range s.Servers {
		p := &s.Servers[i]
		if p.Role != leading || p.Phase != broadcast {
			continue
		}
		for j := range s.Servers {
			f := &s.Servers[j]
			if !p.Learners.has(j) || f.Leader != uint8(i+1) || f.Phase != broadcast {
				continue
			}
			for k := range f.delivered() {
				if t := f.History.at(k); t.zxid().epoch() < int(p.Current) && p.place(t) < 0 {
					return false
				}
			}
		}
	}
	return true
}
