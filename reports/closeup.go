package reports

import (
	"cmp"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// maxScenes bounds the events of a close-up: as many as fit side by side.
const maxScenes = 30

// Sizes of the close-up, in points.
const (
	closeLane   = 46.0 // height of a server's lane
	clientLane  = 30.0 // height of a client's
	widestScene = 110.0
	sceneMargin = 26.0 // before the first and after the last event
)

// Closeup draws the events that led to a violation, or to what a witness shows, one
// beside the other: further right is later, but not to scale, since what matters often
// happens within milliseconds and counterexamples of the model checker have no times
// at all.
func Closeup(r *Run, f *Finding) *Picture {
	t := past(r, f)
	c := &closeup{run: r, finding: f, lanes: lanes(r.header), column: map[uint64]int{}}
	c.scenes, c.leftOut = t.scenes()
	for i, e := range c.scenes {
		c.column[e.seq] = i
		if t.evidence[e.seq] || len(t.evidence) == 0 {
			c.last = i
		}
	}
	c.clients = callers(c.scenes)
	height := headHeight + stripHeight + vg.Length(len(c.lanes))*closeLane + vg.Length(len(c.clients))*clientLane + axisHeight + 2*edge
	return &Picture{width: pageWidth, height: height, draw: c.draw}
}

// scenes returns the events that a close-up shows, in order: those of the
// story and the deliveries of its messages, the weightiest if they are too
// many. leftOut is how many those leave out.
func (t *teller) scenes() (shown []*event, leftOut int) {
	deliveries := t.deliveries()
	for _, b := range t.beats() {
		events := slices.Clone(b.events)
		for _, e := range b.events {
			if d := deliveries[e.seq]; d != nil {
				events = append(events, d)
			}
		}
		if leftOut > 0 || len(shown)+len(events) > maxScenes {
			leftOut += len(events)
			continue
		}
		shown = append(shown, events...)
	}
	slices.SortFunc(shown, func(a, b *event) int { return cmp.Compare(a.seq, b.seq) })
	return slices.Compact(shown), leftOut
}

// deliveries returns the deliveries that are part of the story, by what was
// sent.
func (t *teller) deliveries() map[uint64]*event {
	by := map[uint64]*event{}
	for i := range t.events {
		if e := &t.events[i]; e.kind == trace.Deliver && t.chosen[e.seq] {
			by[e.seq-uint64(e.back)] = e
		}
	}
	return by
}

// callers returns the clients among the scenes, in order.
func callers(scenes []*event) []nodes.ClientID {
	var out []nodes.ClientID
	for _, e := range scenes {
		if client := caller(e); client != 0 && !slices.Contains(out, client) {
			out = append(out, client)
		}
	}
	slices.Sort(out)
	return out
}

// caller returns the client that e happened to, or 0 if it happened elsewhere.
func caller(e *event) nodes.ClientID {
	if e.kind == trace.Invoke || e.kind == trace.Return {
		return e.what.(*call).client
	}
	return 0
}

// closeup is what the close-up shows: one column for each scene.
type closeup struct {
	run     *Run
	finding *Finding
	lanes   []lane
	clients []nodes.ClientID // those with a lane of their own
	scenes  []*event
	column  map[uint64]int // by sequence number
	last    int            // the column of the last piece of evidence
	leftOut int

	s     *sheet
	left  vg.Length
	step  vg.Length // from column to column
	top   vg.Length // of the lanes
	floor vg.Length
	y     [nodes.MaxServers + 1]vg.Length
}

func (c *closeup) draw(s *sheet) {
	s.Canvas = draw.Crop(s.Canvas, edge, -edge, edge, -edge)
	c.s = s
	c.place()
	c.drawHead()
	if len(c.scenes) == 0 {
		return // the Recording has forgotten them
	}
	c.drawCuts()
	c.drawLanes()
	for _, e := range c.scenes {
		c.drawMessage(e)
	}
	// The verdict first: no label may hide it.
	at := vg.Point{X: c.x(c.last), Y: c.top + 6}
	mark := violationFill
	if c.finding.Shown {
		mark = commitFill
	}
	s.line(pen(2, mark), at.X, c.floor, at.X, c.top+stripHeight)
	if c.finding.Server != 0 {
		at.Y = c.y[c.finding.Server]
	} else if y, ok := c.height(c.scenes[c.last]); ok {
		at.Y = y
	}
	s.occupy(rect(at.X-6, at.Y-6, at.X+6, at.Y+6))
	for i, e := range c.scenes {
		c.drawScene(i, e)
	}
	for i, e := range c.scenes {
		c.labelScene(i, e)
	}
	for _, e := range c.scenes {
		c.labelMessage(e)
	}
	if c.finding.Shown {
		s.shown(at)
	} else {
		s.verdict(at)
	}
}

func (c *closeup) place() {
	s := c.s
	c.top = s.Max.Y - headHeight - stripHeight
	for i, l := range c.lanes {
		c.y[l.server] = c.top - (vg.Length(i)+0.5)*closeLane
		c.left = max(c.left, s.style(8, true, ink).Width(l.server.String()+" ")+s.label(faint).Width(l.site))
	}
	for _, client := range c.clients {
		c.left = max(c.left, s.label(ink).Width(c.run.header.ClientName(client)))
	}
	c.left += s.Min.X + 8
	c.floor = c.top - vg.Length(len(c.lanes))*closeLane - vg.Length(len(c.clients))*clientLane
	c.step = min(widestScene, (s.Max.X-c.left-2*sceneMargin)/vg.Length(max(1, len(c.scenes)-1)))
}

// height returns where an event happened: on the lane of its server or client.
// ok is false for what happened to neither.
func (c *closeup) height(e *event) (y vg.Length, ok bool) {
	if i := slices.Index(c.clients, caller(e)); i >= 0 {
		return c.floor + (vg.Length(len(c.clients)-i)-0.5)*clientLane, true
	}
	return c.y[e.server], e.server != 0
}

// x returns where the i-th scene is.
func (c *closeup) x(i int) vg.Length { return c.left + sceneMargin + vg.Length(i)*c.step }

// right returns the end of the lanes.
func (c *closeup) right() vg.Length { return c.x(len(c.scenes)-1) + sceneMargin }

func (c *closeup) drawHead() {
	s := c.s
	title := s.style(10, true, ink)
	s.write(title, s.Min.X, s.Max.Y-5, c.run.name())
	verdict, colour := "violates ", violationText
	if c.finding.Shown {
		verdict, colour = "shows ", ink
	}
	s.write(s.style(10, true, colour), s.Min.X+title.Width(c.run.name())+14, s.Max.Y-5, verdict+c.finding.Property)
	facts := []string{plural(len(c.scenes), "event") + " that led to it, in order but not to scale"}
	if c.leftOut > 0 {
		facts = append(facts, plural(c.leftOut, "lesser one")+" left out")
	}
	facts = append(facts, "trace "+c.run.trace())
	if c.run.Version != "" {
		facts = append(facts, "zabsim "+c.run.Version)
	}
	s.write(s.label(faint), s.Min.X, s.Max.Y-17.5, strings.Join(facts, "  ·  "))
}
