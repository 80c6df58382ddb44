package scenarios

import (
	"cmp"
	"slices"
	"time"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
)

// The roles that faults and triggers can name; those of the other end of a link
// have others in place of everyone.
var (
	anyRole   = []string{"leader", "follower", "followers", "longest-log", "shortest-log", "everyone"}
	otherRole = []string{"leader", "follower", "followers", "longest-log", "shortest-log", "others"}
)

// fault checks one fault.
func (c *inspector) fault(n *node, f *Fault) {
	c.beforeEnd(n, "at", f.At, "this fault")
	kind, ok := c.oneOf(n, "a fault", "does", faultKinds())
	if len(n.present("at", "when")) == 0 {
		c.report(n, "this fault has no time; add \"at: 10s\"")
	}
	if f.When != nil {
		c.when(n.value("when"), f.When, f.At)
	}
	if !ok {
		return
	}
	target := n.value(kind)
	anyRole, otherRole := anyRole, otherRole
	if f.When != nil {
		anyRole, otherRole = append(slices.Clip(anyRole), "itself"), append(slices.Clip(otherRole), "itself")
	}
	switch kind {
	case "partition":
		c.partition(target, f.Partition, otherRole, false)
	case "bridge":
		c.partition(target, f.Bridge, otherRole, true)
	case "cut", "reset", "latency", "bandwidth", "loss", "duplicate", "reorder", "hold":
		c.ends(target, kind, f.ends(), anyRole)
	case "slow", "slow-disk", "rot", "drift", "jump":
		c.who(target.value("servers"), f.target(), anyRole...)
	case "copy":
		c.who(target.value("to"), f.target(), anyRole...)
	default:
		c.who(target, f.target(), anyRole...)
	}
	c.faultDetails(target, f)
	c.lasting(n, kind, f)
}

// mostRepeats bounds how often a fault is repeated.
const mostRepeats = 10_000

// lasting checks how long and how often a fault strikes, and what goes with
// some faults only.
func (c *inspector) lasting(n *node, kind string, f *Fault) {
	switch kind {
	case "heal", "restart", "resume", "reset", "wipe", "copy", "backup", "restore", "rot", "jump":
		if n.key("for") != nil {
			c.report(n.key("for"), "%s is not undone; leave out for", kind)
		}
	default:
		if n.key("for") != nil && f.For == 0 {
			c.report(n.value("for"), "a fault that lasts no time does nothing")
		}
	}
	if f.Torn && kind != "machine-crash" {
		c.report(n.key("torn"), "torn goes with machine-crash, not with %s", kind)
	}
	if f.Wake != "" && kind != "pause" && kind != "resume" {
		c.report(n.key("wake"), "wake goes with pause or resume, not with %s", kind)
	}
	if r := f.Repeat; r != nil {
		at := n.value("repeat")
		switch {
		case f.When != nil:
			c.report(n.key("repeat"), "a trigger pulls once; leave out repeat or when")
		case c.r.within(at):
		case r.Times < 2:
			c.report(at.at("times"), "a fault that is repeated strikes at least 2 times")
		case r.Times > mostRepeats:
			c.report(at.at("times"), "a fault can strike at most %d times", mostRepeats)
		case r.Every == 0:
			c.report(at.at("every"), "no time passes between one and the next")
		case time.Duration(r.Times-1) > (c.s.Duration-f.At)/r.Every && c.s.Duration >= f.At:
			c.report(at.at("times"), "after %d times the run is over", 1+(c.s.Duration-f.At)/r.Every)
		case r.Every <= f.For:
			c.report(at.at("every"), "it would strike again before it is undone: every is %s, for is %s", r.Every, f.For)
		}
	}
}

// faultDetails checks what some kinds of faults have inside.
func (c *inspector) faultDetails(n *node, f *Fault) {
	switch {
	case c.r.within(n):
	case f.Latency != nil && f.For > 0 && f.Latency.Grow > f.For:
		c.report(n.at("grow"), "it grows for %s and is undone after %s", f.Latency.Grow, f.For)
	case f.Bandwidth != nil && f.Bandwidth.Bytes == 0:
		c.report(n.at("bytes"), "a link on which nothing passes is a cut; write cut")
	case f.odds() != nil:
		c.lossy(n, f)
	case f.Hold != nil:
		c.channel(n.value("on"), f.Hold.On)
		for i, name := range f.Hold.Messages {
			c.ofProtocol(n.at("messages", i), "message", name, messageNames)
		}
	case f.Copy != nil:
		c.known(n.value("from"), f.Copy.From)
		c.disjoint(n.value("from"), f.Copy.From, f.Copy.To)
	case f.Rot != nil:
		if p := c.words.protocol(c.s.Protocol); p != nil && !slices.Contains(p.Files, f.Rot.File) {
			c.report(n.value("file"), "%s", Unknown("file of "+p.Name, f.Rot.File, p.Files))
		}
	}
}

// lossy checks that a channel can lose messages at all.
func (c *inspector) lossy(n *node, f *Fault) {
	i, ok := c.channel(n.value("on"), f.odds().On)
	if !ok {
		return
	}
	switch spec := c.words.protocol(c.s.Protocol).Channels[i]; {
	case spec.Mode == nodes.Stream:
		c.report(n.value("on"), "%s is a stream: like TCP it loses, repeats and reorders nothing while it is up; use cut, reset or latency", spec.Name)
	case f.odds().Rate == 0:
		c.report(n.value("rate"), "a rate of 0 does nothing")
	}
}

// channel checks the name of a channel and returns its place.
func (c *inspector) channel(n *node, name string) (int, bool) {
	p := c.words.protocol(c.s.Protocol)
	if p == nil || n.kind != scalar {
		return 0, false
	}
	i := slices.Index(channelNames(p), name)
	if i < 0 {
		c.report(n, "%s", Unknown("channel of "+p.Name, name, channelNames(p)))
	}
	return i, i >= 0
}

// mostOfAKind bounds how often a kind of fault strikes in a swarm.
const mostOfAKind = 100

// swarm checks what a plan is drawn from.
func (c *inspector) swarm(n *node, s *Swarm) {
	c.beforeEnd(n, "until", s.Until, "the end of the swarm")
	if until := n.value("until"); until.kind == scalar && s.Until < s.From+time.Second {
		c.report(until, "there is no time for faults between %s and %s", s.From, s.Until)
	}
	if most := n.value("most"); most.kind == scalar && s.Most == 0 {
		c.report(most, "a fault that strikes 0 times does nothing")
	} else if s.Most > mostOfAKind {
		c.report(most, "%d faults of a kind are too many for a run; the most is %d", s.Most, mostOfAKind)
	}
	for i, name := range s.Kinds {
		at := n.at("kinds", i)
		kinds := kindNames(faults.SwarmKinds(true))
		switch {
		case !slices.Contains(kinds, name):
			c.report(at, "%s", Unknown("kind of fault in a swarm", name, kinds))
		case !s.Overload && !slices.Contains(kindNames(faults.SwarmKinds(false)), name):
			c.report(at, "no protocol promises to survive %s; add overload: true to see what happens", name)
		}
	}
	c.distinct(n.at("kinds"), s.Kinds)
	if voters := (c.s.serverSet() &^ c.s.selector(c.s.Observers).Set).Len(); s.Rot && voters < 3 {
		c.report(n.value("rot"), "disks of a minority rot, and of %d voters there is none", voters)
	}
}

// fork checks a moment from which on another seed counts.
func (c *inspector) fork(n *node, i int) {
	f := &c.s.Forks[i]
	c.beforeEnd(n, "at", f.At, "this fork")
	switch {
	case n.value("seed").kind == scalar && f.Seed == 0:
		c.report(n.value("seed"), "seeds begin at 1")
	case i > 0 && n.value("at").kind == scalar && f.At <= c.s.Forks[i-1].At:
		c.report(n.value("at"), "forks come in the order of time; the one before is at %s", c.s.Forks[i-1].At)
	}
}

func kindNames(kinds []faults.Kind) []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return names
}

// partition checks that the sides are two or more and have nothing in common,
// unless they are those of a bridge.
func (c *inspector) partition(n *node, sides []Who, roles []string, overlap bool) {
	if len(sides) == 1 && overlap {
		c.report(n, "a bridge has two sides or more: [[s1, s2, s3], [s3, s4, s5]]")
	} else if len(sides) == 1 {
		c.report(n, "a partition has two sides or more: [[s1, s2], [s3]] or [leader, others]")
	}
	for i, side := range sides {
		at := n.at(i)
		c.who(at, side, roles...)
		if overlap {
			continue
		}
		for j, name := range side {
			for _, other := range sides[:i] {
				c.disjoint(at.at(j), name, other)
			}
		}
	}
}

// ends checks that what is about links has two ends that have nothing in common.
func (c *inspector) ends(n *node, kind string, ends *Cut, anyRole []string) {
	if c.r.within(n) {
		return
	}
	a, b := "between", "and"
	if n.key("from") != nil || n.key("to") != nil {
		a, b = "from", "to"
	}
	if len(n.present("between", "and", "from", "to")) != 2 || len(n.present(a, b)) != 2 {
		c.report(n, "a %s has two ends: {between: s1, and: s2}, or one way {from: s1, to: s2}", kind)
		return
	}
	if kind == "reset" && a == "from" {
		c.report(n.key(a), "both ends of a connection are told; write {between: s1, and: s2}")
	}
	names := map[string]Who{"between": ends.Between, "and": ends.And, "from": ends.From, "to": ends.To}
	c.who(n.value(a), names[a], anyRole...)
	c.who(n.value(b), names[b], otherRole...)
	for i, name := range names[b] {
		c.disjoint(n.value(b).at(i), name, names[a])
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
// time. A trigger strikes servers that only the run can tell, like a role, and so
// does what is optional.
func (c *inspector) changes() []change {
	var changes []change
	for _, boot := range c.s.Boot {
		changes = append(changes, change{at: boot.At, kind: faults.Restart, target: Who{boot.Server}})
	}
	for i := range c.s.Faults {
		f := &c.s.Faults[i]
		target := f.target()
		switch {
		case f.DiskFail != nil || f.DiskFull != nil || f.Rot != nil: // who gives up then is for the protocol to say
			target = Who{faults.Leader.String()}
		case f.Crash == nil && f.MachineCrash == nil && f.Restart == nil && f.Pause == nil:
			continue
		}
		if f.When != nil || f.Optional {
			target = Who{faults.Leader.String()}
		}
		n := c.root.at("faults", i, f.kind().String())
		again := cmp.Or(f.Repeat, &Repeat{Times: 1})
		at := f.At
		for range min(again.Times, mostRepeats) {
			if at > c.s.Duration {
				break
			}
			changes = append(changes, change{at, f.kind(), target, n})
			if f.For > 0 && f.Pause == nil {
				changes = append(changes, change{at + f.For, faults.Restart, target, nil})
			}
			at += max(again.Every, 1)
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	return changes
}
