package zkdata

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// Prediction is what comes of it when some servers are started together, and
// nobody writes before all of them have joined.
type Prediction struct {
	Among nodes.Set
	// Leader is 0 if there will be none; Why says why.
	Leader nodes.ID
	Why    string
	Epoch  uint64 // the new leader's
	Joins  []Join // of the others, by id
}

// Join is how a server joins the leader.
type Join struct {
	Server nodes.ID
	zab.Joining
	// Fails says why the server does not start; the rest is empty then.
	Fails string
	// Discards are the transactions the server would give up.
	Discards []Run
	// Warnings say where ZooKeeper is known to go wrong from here on.
	Warnings []string
}

var errNoQuorum = errors.New("too few voters start for a quorum")

// Predict says who leads among some servers and how the others join.
func (e *Ensemble) Predict(among nodes.Set) Prediction {
	p := Prediction{Among: among}
	var starting []*zab.Survivor
	for id := range among.All() {
		if s, err := e.Survivor(id); err == nil {
			starting = append(starting, s)
		}
	}
	leader := zab.Elect(starting)
	if leader == nil {
		p.Why = errNoQuorum.Error()
		return p
	}
	p.Leader = leader.ID()
	p.Epoch = leader.NextEpoch(slices.DeleteFunc(starting, func(s *zab.Survivor) bool { return s == leader }))
	history := HistoryOf(e.server(p.Leader), leader.Last(), e.Servers)
	for id := range among.Without(p.Leader).All() {
		j := Join{Server: id}
		if learner, err := e.Survivor(id); err != nil {
			j.Fails = err.Error()
		} else {
			j.Joining = leader.Bring(learner)
			j.judge(e.server(id), learner.Last(), &history)
		}
		p.Joins = append(p.Joins, j)
	}
	return p
}

// judge finds out what the learner gives up, and whether it ends up with the
// leader's history.
func (j *Join) judge(learner *Server, last zab.Zxid, leader *History) {
	base, _ := learner.Base()
	var given, kept []zab.Zxid
	for _, entry := range learner.inForce() {
		switch {
		case j.Mode == "TRUNC" && entry.Zxid > j.Zxid, j.Mode == "SNAP" && (leader.lacks(entry.Zxid) || entry.Zxid > leader.end()):
			given = append(given, entry.Zxid)
		case j.Mode != "SNAP" && leader.lacks(entry.Zxid):
			kept = append(kept, entry.Zxid)
		}
	}
	j.Discards = runs(given)
	if len(kept) > 0 {
		j.warn("%v keeps %v, which the leader does not have", j.Server, list(runs(kept)))
	}
	if j.Mode == "TRUNC" && base.Zxid > j.Zxid {
		j.warn("%v is to be cut back to %v, but %s has later changes in it: ZooKeeper keeps it (ZOOKEEPER-1549)", j.Server, j.Zxid, base.Name)
	}
	j.judgeSent(last, leader)
}

// judgeSent looks at the transactions that the leader sends: those of its log
// files need not be the history it stands for (ZOOKEEPER-2846, S-9).
func (j *Join) judgeSent(last zab.Zxid, leader *History) {
	if j.Mode == "TRUNC" {
		last = j.Zxid
	}
	var dead []zab.Zxid
	for _, z := range slices.Concat(j.FromDisk, j.FromMemory) {
		if leader.lacks(z) {
			dead = append(dead, z)
		}
		if gap := gapBefore(last, z); gap.Len() > 0 {
			j.warn("%v would miss %v, which the leader's log leaves out (ZOOKEEPER-2846)", j.Server, gap)
		}
		last = z
	}
	if len(dead) > 0 {
		j.warn("%v would be sent %v, which did not survive (ZOOKEEPER-2846)", j.Server, list(runs(dead)))
	}
}

func (j *Join) warn(format string, args ...any) {
	j.Warnings = append(j.Warnings, fmt.Sprintf(format, args...))
}

// Majorities returns the sets of the servers that can elect a leader: all of
// them, all but one, all but two and so on. all is false if there would be more
// than most and the smaller ones are left out.
func (e *Ensemble) Majorities(most int) (sets []nodes.Set, all bool) {
	present := e.Present()
	for level := []nodes.Set{present}; ; level = smaller(level, present) {
		level = slices.DeleteFunc(level, func(s nodes.Set) bool { return !s.Majority(e.Voters) })
		switch {
		case len(level) == 0:
			return sets, true
		case len(sets)+len(level) > most:
			return sets, false
		}
		sets = append(sets, level...)
	}
}

// smaller returns the sets that lack one server more. Each comes once: servers
// are taken out in the order of their ids.
func smaller(level []nodes.Set, present nodes.Set) []nodes.Set {
	var made []nodes.Set
	for _, set := range level {
		out := present &^ set
		for id := range set.All() {
			if id > out.Max() {
				made = append(made, set.Without(id))
			}
		}
	}
	return made
}
