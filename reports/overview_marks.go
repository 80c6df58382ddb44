package reports

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// drawBands draws the times when links were cut, over all lanes, each with its
// label at the top. Bands that overlap get their labels one above the other.
func (g *grid) drawBands() {
	style := g.label(ink)
	for _, b := range g.bands {
		x0, x1, ok := g.span(b.from, b.to)
		if !ok {
			continue
		}
		g.fill(rect(x0, g.floor, x1, g.top), partitionBand)
		for _, x := range []vg.Length{x0, x1} {
			g.line(pen(0.7, partitionEdge), x, g.floor, x, g.top)
		}
		for y := g.top - 6; y > g.laneTop-20; y -= 9 {
			txt := g.fits(style, max(x1, g.right)-x0-6, b.text, "partition")
			if txt != "" && g.take(rect(x0+2, y-4.2, x0+4+style.Width(txt), y+4.2)) {
				g.write(style, x0+3, y, txt)
				break
			}
		}
	}
}

// drawArrows draws the messages and returns how many. Where several would
// cover each other only the first is drawn: a burst of an election is a few
// points wide.
func (g *grid) drawArrows() int {
	type place struct {
		from, to           nodes.ID
		answer, lost, held bool
		x                  int
	}
	var seen map[place]bool
	var chosen []arrow
	for width := vg.Length(2); seen == nil || len(chosen) > maxArrows; width *= 1.5 {
		seen, chosen = map[place]bool{}, chosen[:0]
		for _, a := range g.arrows {
			if a.sent < g.from || a.sent >= g.to {
				continue
			}
			p := place{a.from, a.to, a.answer, a.lost, a.held(), int(g.x(a.sent) / width)}
			if !seen[p] {
				seen[p] = true
				chosen = append(chosen, a)
			}
		}
	}
	for _, a := range chosen {
		g.drawArrow(&a, len(chosen) > manyArrows)
	}
	return len(chosen)
}

// drawArrow draws a message; faintly if there are many, so that the bars stay
// what one sees first.
func (g *grid) drawArrow(a *arrow, many bool) {
	from := vg.Point{X: g.x(a.sent), Y: g.y[a.from]}
	to := vg.Point{X: g.x(min(a.got, g.to)), Y: g.y[a.to]}
	// It begins and ends at the edges of the bars.
	toEdge, stub := g.half, 0.3*g.laneHeight
	if to.Y < from.Y {
		toEdge, stub = -toEdge, -stub
	}
	slope := (to.X - from.X) / (to.Y - from.Y)
	start := vg.Point{X: from.X + slope*toEdge, Y: from.Y + toEdge}
	end := vg.Point{X: to.X - slope*toEdge, Y: to.Y - toEdge}
	switch {
	case a.lost:
		// Where it died nobody knows: it does not reach the next lane.
		g.line(pen(0.6, lostInk, 2, 1.5), from.X, start.Y, from.X, start.Y+stub)
		g.cross(pen(0.8, lostInk), vg.Point{X: from.X, Y: start.Y + stub}, 1.8)
	case a.held():
		// Drawn all the way across the picture it would hide the rest.
		g.stopped(vg.Point{X: from.X, Y: start.Y}, stub)
		if a.got <= g.to {
			g.arrow(pen(0.5, answerInk, 1.5, 1.5), vg.Point{X: to.X, Y: end.Y - stub}, vg.Point{X: to.X, Y: end.Y})
		}
	case a.answer || many:
		g.arrow(pen(0.5, answerInk), start, end)
	default:
		g.arrow(pen(0.7, arrowInk), start, end)
	}
}

// stopped draws the beginning of a message that is held up: a dotted stub that
// ends at a bar.
func (s *sheet) stopped(at vg.Point, stub vg.Length) {
	s.line(pen(0.5, answerInk, 1.5, 1.5), at.X, at.Y, at.X, at.Y+stub)
	s.line(pen(0.9, arrowInk), at.X-1.8, at.Y+stub, at.X+1.8, at.Y+stub)
}

// drawBar draws a stretch of a server's life. A server that does not serve has
// a lower bar, one that is down has none.
func (g *grid) drawBar(b *bar) {
	x0, x1, ok := g.span(b.from, b.to)
	if !ok || x1 <= x0 && b.to < g.end {
		return
	}
	y := g.y[b.server]
	box := rect(x0, y-g.half, max(x1, x0+0.6), y+g.half)
	ground, letters := barColours(b.role)
	style := g.label(letters)
	style.XAlign = text.XCenter
	switch {
	case b.role == nodes.Down:
		g.line(pen(0.9, ink, 3, 2.5), x0, y, x1, y)
	case b.paused:
		g.fill(box, white)
		g.outline(box, pen(0.8, ink, 2, 2))
	case b.role == nodes.Observing:
		g.fill(box, white)
		g.outline(box, pen(1.1, leaderFill))
	default:
		if !b.serving {
			box.Max.Y = y + g.half*0.4
		}
		g.fill(box, ground)
		if b.role == nodes.Looking {
			g.hatch(box, pen(0.6, withAlpha(ink, 130)))
		}
		if x1-x0 > 1 { // between many short ones nothing else would be left
			g.line(pen(0.5, white), x0, box.Min.Y, x0, box.Max.Y)
		}
	}
	txt := g.fits(style, x1-x0-4, barTexts(b, g.run.header.Protocol.Epoch)...)
	if txt == "" {
		return
	}
	middle, width := (box.Min.Y+box.Max.Y)/2, style.Width(txt)
	if b.role == nodes.Looking || b.role == nodes.Down {
		if b.role == nodes.Down {
			ground = withAlpha(white, 230)
		}
		g.fill(rect((x0+x1-width)/2-2, box.Min.Y, (x0+x1+width)/2+2, box.Max.Y), ground)
	}
	g.write(style, (x0+x1)/2, middle, txt)
}

func barColours(r nodes.Role) (ground, letters color.NRGBA) {
	switch r {
	case nodes.Leading:
		return leaderFill, white
	case nodes.Following:
		return followerFill, ink
	case nodes.Looking:
		return lookingFill, ink
	default:
		return white, ink
	}
}

// barTexts returns what a bar may say, longest first. epoch is the protocol's
// word for one, "" if it has none.
func barTexts(b *bar, epoch string) []string {
	word, number := "", ""
	if epoch != "" {
		word, number = fmt.Sprintf(", %s %d", epoch, b.epoch), fmt.Sprintf(" %d", b.epoch)
	}
	switch {
	case b.role == nodes.Down && b.why != "":
		return []string{"down: " + b.why, b.why}
	case b.role == nodes.Down:
		return []string{"down"}
	case b.paused:
		return []string{"paused"}
	case b.role == nodes.Looking:
		return []string{"looking"}
	case b.role == nodes.Leading && !b.serving:
		return []string{"not yet leading" + word}
	case b.role == nodes.Leading:
		return []string{"LEADER" + word, "LEADER" + number, "LEADER"}
	case b.role == nodes.Observing:
		return []string{"observes " + b.leader.String() + word, "observes " + b.leader.String()}
	case !b.serving:
		return []string{"joins " + b.leader.String() + word, "joins " + b.leader.String()}
	default:
		return []string{"follows " + b.leader.String() + word, b.leader.String() + word}
	}
}

// drawCommits draws the marks of commits on a track above the leader's bar:
// on the bar they would collide with its text.
func (g *grid) drawCommits() {
	var marks []mark
	for _, c := range g.commits {
		if c.at >= g.from && c.at <= g.to {
			marks = append(marks, c)
		}
	}
	// All places are taken before the first label is written: a label must
	// not hide a mark.
	for _, c := range marks {
		x, y := g.x(c.at), g.y[c.server]+g.half+1.5
		g.occupy(rect(x-3, y, x+3, y+6))
		g.triangle(commitFill, vg.Point{X: x, Y: y}, 6)
	}
	for _, c := range marks {
		g.writeFree(g.label(ink), g.x(c.at)+5, g.y[c.server]+g.half+5, c.pos.String(), withAlpha(white, 215))
	}
}

// drawCalls draws clients' operations: solid if answered, hollow if failed,
// open to the right if nobody knows what became of them.
func (g *grid) drawCalls() {
	for pass := range 2 { // boxes first: no label may hide one
		for _, c := range g.calls {
			x0, x1, ok := g.span(c.from, c.to)
			if !ok || int(c.client) > g.clients() {
				continue
			}
			y := g.clientY(c.client)
			box := rect(x0, y-3.5, max(x1, x0+2.5), y+3.5)
			if pass == 0 {
				g.occupy(rect(box.Min.X, box.Min.Y-0.7, box.Max.X, box.Max.Y+0.7))
				g.drawCall(&c, box)
				continue
			}
			g.labelCall(&c, box)
		}
	}
}

// labelCall writes an operation beside its box, where there is room: with its
// result if possible.
func (g *grid) labelCall(c *callBox, box vg.Rectangle) {
	right := g.label(ink)
	left := right
	left.XAlign = text.XRight
	y := (box.Min.Y + box.Max.Y) / 2
	for _, txt := range []string{c.text, c.op} {
		if g.writeFree(right, box.Max.X+3, y, txt, color.Transparent) || g.writeFree(left, box.Min.X-3, y, txt, color.Transparent) {
			return
		}
	}
}

func (g *grid) drawCall(c *callBox, box vg.Rectangle) {
	line := pen(0.9, ink)
	switch {
	case c.open || c.result == trace.Unknown:
		g.fill(box, white)
		p := corners(box)
		g.StrokeLines(line, []vg.Point{p[2], p[3], p[0], p[1]})
	case c.result == trace.Failed:
		g.fill(box, white)
		g.outline(box, line)
	default:
		g.fill(box, ink)
	}
}

// drawRules draws a rule over all lanes at each violation, a heavy one at the
// first. It is behind the bars, whose text one wants to read just there.
func (g *grid) drawRules() {
	for i, f := range g.run.Findings {
		if f.Time < g.from || f.Time > g.to {
			continue
		}
		style := pen(0.9, violationFill, 3, 2)
		if i == 0 {
			style = pen(2, violationFill)
		}
		x := g.x(f.Time)
		g.line(style, x, g.floor, x, g.top)
		g.occupy(rect(x-1, g.floor, x+1, g.top))
	}
}

// drawFindings draws the mark of each violation on its server's lane, and
// names it at the top.
func (g *grid) drawFindings() {
	for _, f := range g.run.Findings {
		if f.Time < g.from || f.Time > g.to {
			continue
		}
		at := vg.Point{X: g.x(f.Time), Y: g.top - 6}
		if f.Server != 0 {
			at.Y = g.y[f.Server]
		}
		g.occupy(rect(at.X-6, at.Y-6, at.X+6, at.Y+6))
		g.verdict(at)
	}
	style := g.style(7.5, true, violationText)
	for _, f := range g.run.Findings {
		x := g.x(f.Time)
		if f.Time < g.from || f.Time > g.to || g.writeFree(style, x+8, g.top-6, f.Property, color.Transparent) {
			continue
		}
		style.XAlign = text.XRight
		g.writeFree(style, x-8, g.top-6, f.Property, color.Transparent)
		style.XAlign = text.XLeft
	}
}
