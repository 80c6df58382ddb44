package scenarios

import (
	"cmp"
	"slices"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
)

// faultKinds are the keys that say what a fault does.
var faultKinds = []string{"partition", "cut", "heal", "crash", "machine-crash", "restart", "pause", "resume"}

// fault checks one fault.
func (c *inspector) fault(n *node, f *Fault) {
	c.beforeEnd(n, "at", f.At, "this fault")
	kind, ok := c.oneOf(n, "a fault", "does", faultKinds)
	if len(n.present("at", "when")) == 0 {
		c.report(n, "this fault has no time; add \"at: 10s\"")
	}
	if f.When != nil {
		c.when(n.value("when"), f.When)
	}
	if !ok {
		return
	}
	target := n.value(kind)
	switch kind {
	case "partition":
		c.partition(target, f.Partition)
	case "cut":
		c.cut(target, f.Cut)
	default:
		c.who(target, f.target(), "leader", "follower", "followers", "everyone")
	}
	if n.key("for") == nil {
		return
	}
	switch kind {
	case "heal", "restart", "resume":
		c.report(n.key("for"), "%s is not undone; leave out for", kind)
	default:
		if f.For == 0 {
			c.report(n.value("for"), "a fault that lasts no time does nothing")
		}
	}
}

// when checks a trigger.
func (c *inspector) when(n *node, w *When) {
	event := n.value("event")
	if event.kind == scalar && !slices.Contains(eventNames, string(w.Event)) {
		c.report(event, "%s", Unknown("event", string(w.Event), eventNames))
	}
	if w.Message != "" && w.Event != "send" && w.Event != "deliver" {
		c.report(n.at("message"), "only send and deliver have a message")
	}
	if w.Fresh && w.Event == "view" {
		c.report(n.at("fresh"), "view is not about a transaction; leave out fresh")
	}
	if n.value("count").kind == scalar && w.Count == 0 {
		c.report(n.value("count"), "count begins at 1")
	}
	c.who(n.value("server"), w.Server, "leader", "follower", "followers", "everyone")
}

// partition checks that the sides are two or more and have nothing in common.
func (c *inspector) partition(n *node, sides []Who) {
	if len(sides) == 1 {
		c.report(n, "a partition has two sides or more: [[s1, s2], [s3]] or [leader, others]")
	}
	for i, side := range sides {
		at := n.at(i)
		c.who(at, side, "leader", "follower", "followers", "others")
		for j, name := range side {
			for _, other := range sides[:i] {
				c.disjoint(at.at(j), name, other)
			}
		}
	}
}

// cut checks that a cut has two ends that have nothing in common.
func (c *inspector) cut(n *node, cut *Cut) {
	if c.r.within(n) {
		return
	}
	a, b := "between", "and"
	if n.key("from") != nil || n.key("to") != nil {
		a, b = "from", "to"
	}
	if len(n.keys) != 2 || len(n.present(a, b)) != 2 {
		c.report(n, "a cut has two ends: {between: s1, and: s2}, or one way {from: s1, to: s2}")
		return
	}
	ends := map[string]Who{"between": cut.Between, "and": cut.And, "from": cut.From, "to": cut.To}
	c.who(n.value(a), ends[a], "leader", "follower", "followers", "everyone")
	c.who(n.value(b), ends[b], "leader", "follower", "followers", "others")
	for i, name := range ends[b] {
		c.disjoint(n.value(b).at(i), name, ends[a])
	}
}

// disjoint reports a name on one side that is, or has servers, on another.
func (c *inspector) disjoint(n *node, name string, other Who) {
	mine := c.s.members(name)
	for _, theirs := range other {
		switch {
		case name == theirs:
			c.report(n, "%s is on two sides", name)
			return
		case c.s.members(theirs).Len() > 0 && mine&c.s.members(theirs) != 0:
			c.report(n, "%s is on two sides: it is in %s too", (mine & c.s.members(theirs)).Min(), theirs)
			return
		}
	}
}

// change is a point in the life of servers that the file fixes.
type change struct {
	at     time.Duration
	kind   faults.Kind
	target Who
	n      *node // where the file says so; nil for the end of a "for"
}

// lifetimes follows which servers are up, and reports a crash of one that is
// down or a restart of one that is not. It stops at the first fault whose time
// or servers only the run can tell.
func (c *inspector) lifetimes() {
	if !c.settled || c.r.within(c.root.at("faults")) {
		return
	}
	var down [nodes.MaxServers + 1]string // why
	for _, boot := range c.s.Boot {
		for id := range c.s.members(boot.Server).All() {
			down[id] = "it starts at " + boot.At.String()
		}
	}
	for _, change := range c.changes() {
		if slices.ContainsFunc(change.target, func(name string) bool { return role(name) != faults.NoRole }) {
			return
		}
		for i, name := range change.target {
			c.live(change, i, name, &down)
		}
	}
}

// live has one of the servers or sites of a change go down or come up.
func (c *inspector) live(change change, i int, name string, down *[nodes.MaxServers + 1]string) {
	_, single := nodes.ParseID(name) // part of a site may well be down
	single = single && change.n != nil
	for id := range c.s.members(name).All() {
		switch {
		case change.kind == faults.Restart:
			if single && down[id] == "" {
				c.report(change.n.at(i), "%s is up at %s", id, change.at)
			}
			down[id] = ""
		case down[id] != "":
			if single {
				c.report(change.n.at(i), "%s is down at %s; %s", id, change.at, down[id])
			}
		case change.kind != faults.Pause:
			down[id] = "it crashes at " + change.at.String()
		}
	}
}

// changes returns the starts, crashes and pauses of the file in the order of
// time. A trigger strikes servers that only the run can tell, like a role.
func (c *inspector) changes() []change {
	var changes []change
	for _, boot := range c.s.Boot {
		changes = append(changes, change{at: boot.At, kind: faults.Restart, target: Who{boot.Server}})
	}
	for i := range c.s.Faults {
		f := &c.s.Faults[i]
		target := f.target()
		if target == nil || f.Resume != nil {
			continue
		}
		if f.When != nil {
			target = Who{faults.Leader.String()}
		}
		n := c.root.at("faults", i, f.kind().String())
		changes = append(changes, change{f.At, f.kind(), target, n})
		if f.For > 0 && f.Pause == nil {
			changes = append(changes, change{f.At + f.For, faults.Restart, target, nil})
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	return changes
}
