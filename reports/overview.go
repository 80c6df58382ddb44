package reports

import (
	"fmt"
	"strings"
	"time"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// Sizes of the overview, in points. It is 30 cm wide and 11 cm high for five
// servers and two clients: at 96 dpi 1134 x 416 pixels, which fits a README and
// A4 on its side.
const (
	pageWidth    = 30 * vg.Centimeter
	pageHeight   = 11 * vg.Centimeter
	serverHeight = 1.8 * vg.Centimeter // of each server above five
	clientHeight = 15.0                // of each client
	clientsTaken = 2 * clientHeight    // of the page height
	headHeight   = 33.0                // title and caption
	stripHeight  = 12.0                // labels of bands, above the lanes
	axisHeight   = 15.0
	legendHeight = 16.0
	edge         = 10.0 // left blank all around
)

// A run longer than longRun is drawn in rows of rowSpan each: squeezed, nobody
// could read it.
const (
	longRun = 60 * time.Second
	rowSpan = 30 * time.Second
)

// maxClients bounds the client lanes, maxArrows the arrows of a row; with more
// than manyArrows they are drawn faintly.
const (
	maxClients = 8
	maxArrows  = 500
	manyArrows = 250
)

// Timeline draws the whole run to scale: a lane for each server with what it
// was when, the messages between them, faults, commits and clients'
// operations.
func Timeline(r *Run) *Picture {
	rows := 1
	if r.Duration > longRun {
		rows = int((r.Duration + rowSpan - 1) / rowSpan)
	}
	p := &plan{run: r, timeline: overview(r), lanes: lanes(r.header)}
	clients := min(len(r.header.Clients), maxClients)
	body := pageHeight - clientsTaken - headHeight - stripHeight - axisHeight - legendHeight - 2*edge
	body += vg.Length(max(0, len(p.lanes)-5)) * serverHeight
	p.laneHeight = body / vg.Length(len(p.lanes))
	p.rowHeight = stripHeight + body + vg.Length(clients)*clientHeight + axisHeight
	p.rowHeight = max(p.rowHeight, pageHeight-headHeight-legendHeight-2*edge) // without clients the lanes keep the page
	if clients < 2 {
		p.laneHeight = (p.rowHeight - stripHeight - vg.Length(clients)*clientHeight - axisHeight) / vg.Length(len(p.lanes))
	}
	return &Picture{
		width:  pageWidth,
		height: headHeight + vg.Length(rows)*p.rowHeight + p.captionsHeight() + legendHeight + 2*edge,
		draw:   func(s *sheet) { p.draw(s, rows) },
	}
}

// plan is what all rows of an overview share.
type plan struct {
	*timeline
	run        *Run
	lanes      []lane
	laneHeight vg.Length
	rowHeight  vg.Length
}

// draw draws head, rows and legend.
func (p *plan) draw(s *sheet, rows int) {
	s.Canvas = draw.Crop(s.Canvas, edge, -edge, edge, -edge)
	span := max(p.end, time.Millisecond)
	if len(p.run.Findings) > 0 {
		span += span / 40 // room for a mark at the very end
	}
	if rows > 1 {
		span = rowSpan
	}
	top := s.Max.Y - headHeight
	left := s.Min.X + p.labelWidth(s)
	drawn := 0
	for i := range rows {
		g := &grid{
			plan: p, sheet: s, left: left, right: s.Max.X - 4, top: top - vg.Length(i)*p.rowHeight,
			from: time.Duration(i) * span, to: time.Duration(i+1) * span,
		}
		g.place()
		drawn += g.draw()
	}
	p.head(s, drawn)
	p.drawCaptions(s)
	p.legend(s)
}

// head writes the title and, under it, what the picture is of and what it
// leaves out. A figure that does not say where it comes from cannot be trusted
// later.
func (p *plan) head(s *sheet, drawn int) {
	title := s.style(10, true, ink)
	s.write(title, s.Min.X, s.Max.Y-5, p.run.name())
	if n := len(p.run.Findings); n > 0 {
		x := s.Min.X + title.Width(p.run.name()) + 14
		s.write(s.style(10, true, violationText), x, s.Max.Y-5, "violates "+p.run.Findings[0].Property)
	}
	facts := []string{
		p.run.Duration.String() + " of virtual time",
		Grouped(p.run.Events) + " events",
		Grouped(p.run.committed) + " committed",
		"trace " + p.run.trace(),
	}
	if p.run.Version != "" {
		facts = append(facts, "zabsim "+p.run.Version)
	}
	facts = append(facts, p.leftOut(drawn)...)
	s.write(s.label(faint), s.Min.X, s.Max.Y-17.5, strings.Join(facts, "  ·  "))
}

// leftOut says what the picture does not show.
func (p *plan) leftOut(drawn int) []string {
	var out []string
	if p.heartbeats > 0 {
		out = append(out, "heartbeats not shown")
	}
	if n := len(p.arrows); drawn < n {
		out = append(out, fmt.Sprintf("%s of %s messages drawn", Grouped(uint64(drawn)), Grouped(uint64(n))))
	}
	if n := len(p.run.header.Clients); n > maxClients {
		out = append(out, fmt.Sprintf("%d of %d clients drawn", maxClients, n))
	}
	if p.run.forgotten > 0 {
		out = append(out, "messages before event "+Grouped(p.run.since)+" not recorded")
	}
	return out
}

func (p *plan) labelWidth(s *sheet) vg.Length {
	var width vg.Length
	for _, l := range p.lanes {
		width = max(width, s.style(8, true, ink).Width(l.server.String()+" ")+s.label(faint).Width(l.site))
	}
	for _, c := range p.run.header.Clients {
		width = max(width, s.label(ink).Width(c))
	}
	return width + 8
}

// grid is one row of the overview: it knows where times and servers are.
type grid struct {
	*plan
	*sheet
	left, right vg.Length
	top         vg.Length // of the row
	laneTop     vg.Length // of the lanes
	floor       vg.Length // lower end of the lanes, upper end of the axis
	from, to    time.Duration
	y           [nodes.MaxServers + 1]vg.Length // middle of a server's bar
	half        vg.Length                       // half the height of a bar
}

// place works out where the lanes are.
func (g *grid) place() {
	g.laneTop = g.top - stripHeight
	g.half = min(0.16*g.laneHeight, 7)
	for i, l := range g.lanes {
		// A little below the middle: commits have their track above the bar.
		g.y[l.server] = g.laneTop - (vg.Length(i)+0.56)*g.laneHeight
	}
	g.floor = g.laneTop - vg.Length(len(g.lanes))*g.laneHeight - vg.Length(g.clients())*clientHeight
}

func (g *grid) clients() int { return min(len(g.run.header.Clients), maxClients) }

// clientY returns the middle of a client's lane.
func (g *grid) clientY(c nodes.ClientID) vg.Length {
	return g.laneTop - vg.Length(len(g.lanes))*g.laneHeight - (vg.Length(c)-0.5)*clientHeight
}

// x returns where a time is.
func (g *grid) x(t time.Duration) vg.Length {
	return g.left + (g.right-g.left)*vg.Length(float64(t-g.from)/float64(g.to-g.from))
}

// span returns where a span of time is, cut to the row, and whether any of it
// is in the row.
func (g *grid) span(from, to time.Duration) (x0, x1 vg.Length, ok bool) {
	if to < g.from || from > min(g.to, g.end) {
		return 0, 0, false
	}
	return g.x(max(from, g.from)), g.x(min(to, g.to)), true
}

// draw draws the row from back to front and returns how many arrows it drew.
// Arrows go behind the bars: in front they would cross out the labels.
func (g *grid) draw() int {
	g.taken = []vg.Rectangle{rect(g.Min.X, g.floor, g.left, g.top)} // the names of the lanes
	g.drawBands()
	g.drawAxis()
	arrows := g.drawArrows()
	g.drawRules()
	for _, b := range g.bars {
		g.drawBar(&b)
	}
	g.drawLaneLabels()
	g.drawFindings()
	g.drawCaptionMarks()
	g.drawCalls()
	g.drawCommits()
	return arrows
}

func (g *grid) drawAxis() {
	y := g.floor
	g.line(pen(0.6, faint), g.left, y, g.x(min(g.to, max(g.end, g.from))), y)
	step := tickStep(g.to - g.from)
	style := g.label(faint)
	style.XAlign = text.XCenter
	for t := (g.from + step - 1) / step * step; t <= min(g.to, g.end); t += step {
		x := g.x(t)
		g.line(pen(0.4, rule), x, g.laneTop, x, y)
		g.line(pen(0.6, faint), x, y, x, y-3)
		g.write(style, x, y-8.5, t.String())
	}
}

// tickStep returns the smallest round step that makes at most ten of a span.
func tickStep(span time.Duration) time.Duration {
	for step := time.Millisecond; ; step *= 10 {
		for _, k := range []time.Duration{1, 2, 5} {
			if span <= 10*k*step {
				return k * step
			}
		}
	}
}

// drawLaneLabels names the lanes and draws thin rules between sites.
func (g *grid) drawLaneLabels() {
	name := g.style(8, true, ink)
	for i, l := range g.lanes {
		y := g.y[l.server]
		g.write(name, g.Min.X, y, l.server.String())
		g.write(g.label(faint), g.Min.X+name.Width(l.server.String()+" "), y, l.site)
		if i > 0 && g.lanes[i-1].site != l.site {
			y := g.laneTop - vg.Length(i)*g.laneHeight
			g.line(pen(0.5, rule), g.Min.X, y, g.right, y)
		}
	}
	if g.clients() > 0 {
		y := g.laneTop - vg.Length(len(g.lanes))*g.laneHeight
		g.line(pen(0.5, rule), g.Min.X, y, g.right, y)
	}
	for i := range g.clients() {
		g.write(g.label(ink), g.Min.X, g.clientY(nodes.ClientID(i+1)), g.run.header.Clients[i])
	}
}

// lane is a server's lane.
type lane struct {
	server nodes.ID
	site   string
}

// lanes returns the lanes from top to bottom: servers grouped by site, the
// highest site and server first. Servers without a site come last.
func lanes(h *trace.Header) []lane {
	var out []lane
	rest := h.Voters | h.Observers
	for left := rest; left != 0; {
		id := left.Max()
		group := nodes.SetOf(id)
		site := h.SiteOf(id)
		for other := range left.All() {
			if h.SiteOf(other) == site {
				group = group.With(other)
			}
		}
		left &^= group
		for ; group != 0; group = group.Without(group.Max()) {
			out = append(out, lane{group.Max(), site})
		}
	}
	return out
}
