package reports

import (
	"fmt"
	"image/color"
	"time"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// drawCuts draws the partitions among the scenes.
func (c *closeup) drawCuts() {
	l := newLinks(c.run.header.Voters | c.run.header.Observers)
	for i, e := range c.scenes {
		switch e.kind {
		case trace.Cut:
			l.cut(time.Duration(i), e.what.(*sides))
		case trace.Heal:
			l.heal(time.Duration(i), e.what.(*sides))
		}
	}
	for _, b := range l.bands(time.Duration(len(c.scenes))) {
		x0, x1 := c.x(int(b.from)), min(c.x(int(b.to)), c.right())
		c.s.fill(rect(x0, c.floor, x1, c.top+stripHeight), partitionBand)
		c.s.line(pen(0.7, partitionEdge), x0, c.floor, x0, c.top+stripHeight)
		c.s.writeFree(c.s.label(ink), x0+3, c.top+6, b.text, color.Transparent)
	}
}

// drawLanes draws each server's lane in the colour of what the server is, and
// the times below.
func (c *closeup) drawLanes() {
	s, name := c.s, c.s.style(8, true, ink)
	for _, l := range c.lanes {
		y := c.y[l.server]
		s.write(name, s.Min.X, y, l.server.String())
		s.write(s.label(faint), s.Min.X+name.Width(l.server.String()+" "), y, l.site)
		from, status := c.left, c.run.statusAt(l.server, c.scenes[0].seq-1)
		for i, e := range c.scenes {
			if next := c.run.statusAt(l.server, e.seq); !next.SameView(&status) {
				c.drawStretch(status, from, c.x(i), y)
				from, status = c.x(i), next
			}
		}
		c.drawStretch(status, from, c.right(), y)
	}
	for _, client := range c.clients {
		y, _ := c.height(&event{kind: trace.Invoke, what: &call{client: client}})
		s.write(s.label(ink), s.Min.X, y, c.run.header.ClientName(client))
		s.line(pen(0.6, faint), c.left, y, c.right(), y)
	}
	c.drawTimes()
}

// drawTimes writes the times under the lanes, each where it is first.
func (c *closeup) drawTimes() {
	s := c.s
	s.line(pen(0.6, faint), c.left, c.floor, c.right(), c.floor)
	style := s.label(faint)
	style.XAlign = text.XCenter
	for i, e := range c.scenes {
		if when := c.run.when(e); i == 0 || when != c.run.when(c.scenes[i-1]) {
			if s.writeFree(style, c.x(i), c.floor-8, when, color.Transparent) {
				s.line(pen(0.6, faint), c.x(i), c.floor, c.x(i), c.floor-3)
			}
		}
	}
}

// drawStretch draws the lane of a server from one scene to the next.
func (c *closeup) drawStretch(st nodes.Status, from, to, y vg.Length) {
	const half = 3
	box := rect(from, y-half, to, y+half)
	switch ground, _ := barColours(st.Role); st.Role {
	case nodes.Down:
		c.s.line(pen(0.9, ink, 3, 2.5), from, y, to, y)
	case nodes.Observing:
		c.s.line(pen(1.1, leaderFill), from, y+half, to, y+half)
		c.s.line(pen(1.1, leaderFill), from, y-half, to, y-half)
	case nodes.Looking:
		box.Max.Y = y
		c.s.fill(box, ground)
		c.s.hatch(box, pen(0.5, withAlpha(ink, 130)))
	default:
		if !st.Serving {
			box.Max.Y = y
		}
		c.s.fill(box, ground)
	}
}

// statusAt returns what a server said of itself after the event of that
// number.
func (r *Recording) statusAt(id nodes.ID, seq uint64) nodes.Status {
	i := r.index(seq + 1)
	for i--; i >= 0; i-- {
		if e := &r.events[i]; e.server == id {
			switch e.kind {
			case trace.View:
				return e.what.(*view).after
			case trace.Crash, trace.MachineCrash, trace.Exit, trace.Panic:
				return nodes.Status{}
			}
		}
	}
	return nodes.Status{}
}

// ends returns where the message that e delivers was sent and where it
// arrived, if both are among the scenes.
func (c *closeup) ends(e *event) (send *event, from, to vg.Point, ok bool) {
	if e.kind != trace.Deliver {
		return nil, from, to, false
	}
	send = c.run.cause(e)
	if send == nil {
		return nil, from, to, false
	}
	i, ok := c.column[send.seq]
	from = vg.Point{X: c.x(i), Y: c.y[send.server]}
	to = vg.Point{X: c.x(c.column[e.seq]), Y: c.y[e.server]}
	gap := vg.Length(4)
	if to.Y < from.Y {
		gap = -gap
	}
	from.Y += gap
	to.Y -= gap
	return send, from, to, ok
}

func (c *closeup) drawMessage(e *event) {
	if _, from, to, ok := c.ends(e); ok {
		c.s.arrow(pen(0.8, arrowInk), from, to)
	}
}

// labelMessage writes what a message says beside its arrow, where there is
// room.
func (c *closeup) labelMessage(e *event) {
	send, from, to, ok := c.ends(e)
	if !ok {
		return
	}
	style := c.s.label(ink)
	for _, part := range []vg.Length{0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8} {
		x, y := from.X+(to.X-from.X)*part, from.Y+(to.Y-from.Y)*part
		if c.onLane(y) {
			continue
		}
		for _, align := range []text.XAlignment{text.XCenter, text.XLeft, text.XRight} {
			style.XAlign = align
			if c.s.writeFree(style, x-3*(2*vg.Length(align)+1), y, send.printed(), withAlpha(white, 215)) {
				return
			}
		}
	}
}

// onLane reports whether text at that height would cover a server's lane.
func (c *closeup) onLane(y vg.Length) bool {
	for _, l := range c.lanes {
		if d := y - c.y[l.server]; d > -8 && d < 8 {
			return true
		}
	}
	return false
}

// drawScene marks an event at its server or client.
func (c *closeup) drawScene(i int, e *event) {
	y, ok := c.height(e)
	if !ok || c.caption(e) == "" {
		return
	}
	at := vg.Point{X: c.x(i), Y: y}
	if e.kind == trace.Commit {
		at.Y += 3.5 + c.lift(i)
		c.s.triangle(commitFill, at, 6)
		c.s.occupy(rect(at.X-3, at.Y, at.X+3, at.Y+6))
		return
	}
	c.s.disc(white, at, 2.4)
	c.s.ring(pen(1, ink), at, 2.4)
	c.s.occupy(rect(at.X-3, at.Y-3, at.X+3, at.Y+3))
}

// lift is how much higher than usual something stands over the verdict.
func (c *closeup) lift(i int) vg.Length {
	if i == c.last {
		return 4
	}
	return 0
}

// labelScene says what happened, where there is room above or below.
func (c *closeup) labelScene(i int, e *event) {
	y, ok := c.height(e)
	words := c.caption(e)
	if !ok || words == "" {
		return
	}
	x, above, below := c.x(i), y+9+c.lift(i), y-9
	if e.kind == trace.Commit {
		above += 5
	}
	style := c.s.label(ink)
	for _, at := range []vg.Length{above, below, above + 8.6, below - 8.6} {
		for _, align := range []text.XAlignment{text.XCenter, text.XRight, text.XLeft} {
			style.XAlign = align
			if c.s.writeFree(style, x-4*(2*vg.Length(align)+1), at, words, withAlpha(white, 215)) {
				return
			}
		}
	}
}

// caption says what happened at a server in a few words; messages are said by
// their arrows.
func (c *closeup) caption(e *event) string {
	switch e.kind {
	case trace.Send, trace.Deliver:
		return ""
	case trace.View:
		v := e.what.(*view)
		if v.before.Epoch != v.after.Epoch && v.before.Role == v.after.Role {
			return fmt.Sprintf("%s %d > %d", c.run.header.Protocol.Epoch, v.before.Epoch, v.after.Epoch)
		}
		return c.run.change(e)
	case trace.Commit:
		return "commits " + e.what.(*commit).pos.String()
	case trace.Request:
		return c.run.asks(e.what.(*call))
	case trace.Crash, trace.MachineCrash:
		return downBecause[e.kind]
	case trace.Pause, trace.Resume:
		return e.kind.String()
	default:
		return c.run.words(e)
	}
}
