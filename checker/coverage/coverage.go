// Package coverage counts what executions have put to the test, and names what
// they have not: a campaign without a violation says little about a state that
// no run of it was ever in.
//
// What can be counted is a [Point]. A [Run] is a trace.Observer that counts the
// points of one execution; [Counts] adds up many:
//
//	run := coverage.NewRun(header)
//	world := sim.New(config, seed, run)
//	sim.Run(world, 30*time.Second, nil)
//	counts.Add(run)
//
// Then [Counts.Of] lists what was hit, [Counts.Never] what was not, of all that
// could have been, and [Counts.Untried] the faults that never struck a server
// which was at a certain point of the protocol. What an execution does depends on
// none of it.
package coverage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Group is a kind of points.
type Group uint8

// The groups, in brackets the fields of [Point] that they use.
const (
	// Fault: a fault of this kind struck. Where one fault strikes servers one by
	// one, each counts [Name].
	Fault Group = iota
	// Note: a server reached this place in its protocol [Name].
	Note
	// Stage: a server was in this stage, in one or more runs [Stage].
	Stage
	// Crash: a server died, by a fault, that was in this stage [Stage].
	Crash
	// Restart: a server came back; Stage is that of the leader of the newest epoch
	// then, "nobody leads" if there was none [Stage].
	Restart
	// Moment: a server was in this stage, and what it had received last was a
	// message of this kind, in one or more runs [Stage, Message].
	Moment
	// Cell: a fault of this kind struck a server at this moment. One of links
	// strikes the servers at both ends [Stage, Message, Name].
	Cell

	groups
)

var groupNames = [groups]string{"fault", "note", "stage", "crash", "restart", "moment", "cell"}

// String returns "fault", "note", "stage", "crash", "restart", "moment" or
// "cell".
func (g Group) String() string { return groupNames[g] }

// Point is something that a run may or may not come across.
type Point struct {
	Group   Group
	Stage   string // role and phase of a server: "leading, discovery"
	Message string // kind of a message: "ACKEPOCH"
	Name    string // of a note, or of a kind of fault
}

// String returns the point without its group: "sync-trunc", "leading,
// discovery", "leading, discovery; ACKEPOCH; crash".
func (p Point) String() string {
	parts := slices.DeleteFunc([]string{p.Stage, p.Message, p.Name}, func(s string) bool { return s == "" })
	return strings.Join(parts, "; ")
}

// MarshalText returns the group and the rest: "cell: leading, discovery;
// ACKEPOCH; crash". It makes Point a key of JSON objects.
func (p Point) MarshalText() ([]byte, error) {
	return []byte(p.Group.String() + ": " + p.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (p *Point) UnmarshalText(text []byte) error {
	group, rest, _ := strings.Cut(string(text), ": ")
	g := slices.Index(groupNames[:], group)
	parts := strings.Split(rest, "; ")
	*p = Point{Group: Group(max(g, 0))}
	fields := p.fields()
	if g < 0 || len(parts) != len(fields) {
		return fmt.Errorf("%q is no point of coverage", text)
	}
	for i := range fields {
		*fields[i] = parts[i]
	}
	return nil
}

// fields returns those that mean something.
func (p *Point) fields() []*string {
	switch p.Group {
	case Fault, Note:
		return []*string{&p.Name}
	case Moment:
		return []*string{&p.Stage, &p.Message}
	case Cell:
		return []*string{&p.Stage, &p.Message, &p.Name}
	default:
		return []*string{&p.Stage}
	}
}

// Compare orders points by group, stage, message and name.
func (p Point) Compare(q Point) int {
	return cmp.Or(cmp.Compare(p.Group, q.Group), cmp.Compare(p.Stage, q.Stage),
		cmp.Compare(p.Message, q.Message), cmp.Compare(p.Name, q.Name))
}

// Hits is how often something was hit.
type Hits struct {
	Runs  uint64 `json:"runs"`  // in which it was
	Times uint64 `json:"times"` // in all of them; of stages and moments it is Runs
}

// Counts is what was hit in some runs. The zero value is that of none.
type Counts struct {
	Runs uint64         `json:"runs"`
	Hits map[Point]Hits `json:"hits"`
}

// Add adds what one run has hit and returns the points that none had hit before,
// in order.
func (c *Counts) Add(r *Run) (fresh []Point) { return c.Merge(r.Counts()) }

// Merge adds what other runs have hit and returns the points that are new.
func (c *Counts) Merge(other *Counts) (fresh []Point) {
	if c.Hits == nil {
		c.Hits = map[Point]Hits{}
	}
	c.Runs += other.Runs
	for p, h := range other.Hits {
		sum, known := c.Hits[p]
		if !known {
			fresh = append(fresh, p)
		}
		c.Hits[p] = Hits{sum.Runs + h.Runs, sum.Times + h.Times}
	}
	slices.SortFunc(fresh, Point.Compare)
	return fresh
}

// Of returns the points of a group that were hit, in order.
func (c *Counts) Of(g Group) []Point {
	var points []Point
	for p := range maps.Keys(c.Hits) {
		if p.Group == g {
			points = append(points, p)
		}
	}
	slices.SortFunc(points, Point.Compare)
	return points
}
