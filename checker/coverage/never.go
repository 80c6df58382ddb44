package coverage

import (
	"slices"

	"github.com/zabsim/zabsim/faults"
	"github.com/zabsim/zabsim/nodes"
)

// Never returns what could have been hit in runs of a protocol and was not, in
// order: the kinds of faults given, the notes that need nothing special (see
// [nodes.Note]); and, if servers crashed at all, crashes in stages that were
// reached.
func (c *Counts) Never(p *nodes.Protocol, kinds []faults.Kind) []Point {
	var could []Point
	for _, k := range kinds {
		could = append(could, Point{Group: Fault, Name: k.String()})
	}
	for _, n := range p.Notes {
		if n.Only == "" {
			could = append(could, Point{Group: Note, Name: n.Name})
		}
	}
	if len(c.Of(Crash)) > 0 {
		for _, s := range c.Of(Stage) {
			could = append(could, Point{Group: Crash, Stage: s.Stage})
		}
	}
	could = slices.DeleteFunc(could, func(p Point) bool { return c.Hits[p].Runs > 0 })
	slices.SortFunc(could, Point.Compare)
	return could
}

// Row is how many moments of one stage a kind of fault has struck at.
type Row struct {
	Stage, Fault string
	Tried        int // moments at which it struck
	Moments      int // that there were
}

// Untried returns the cells that were never hit: of each moment that a server
// was at, the kinds of faults that never struck it there, though they struck
// somewhere. rows sums that up by stage and kind.
func (c *Counts) Untried() (cells []Point, rows []Row) {
	moments := c.Of(Moment)
	for _, f := range c.Of(Fault) {
		for _, s := range c.Of(Stage) {
			row := Row{Stage: s.Stage, Fault: f.Name}
			for _, m := range moments {
				if m.Stage != s.Stage {
					continue
				}
				row.Moments++
				cell := Point{Group: Cell, Stage: m.Stage, Message: m.Message, Name: f.Name}
				if c.Hits[cell].Runs > 0 {
					row.Tried++
				} else {
					cells = append(cells, cell)
				}
			}
			rows = append(rows, row)
		}
	}
	slices.SortFunc(cells, Point.Compare)
	return cells, rows
}

// FailureBound returns the largest probability of a run to fail that fits to so
// many runs of which none did, with 95% confidence: the rule of three (Hanley
// and Lippman-Hand, JAMA 1983). It is 1 if there were too few to say anything.
func FailureBound(clean uint64) float64 {
	if clean < 3 {
		return 1
	}
	return 3 / float64(clean)
}
