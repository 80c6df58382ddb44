package reports

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// entry is one entry of the legend: a swatch as wide as swatchWidth and what it
// means.
type entry struct {
	text string
	draw func(s *sheet, box vg.Rectangle)
}

const swatchWidth = 16

// legend explains what occurs in the picture, in one line, and nothing else.
func (p *plan) legend(s *sheet) {
	entries, style := p.entries(), s.label(ink)
	blank := s.Max.X - s.Min.X
	for _, e := range entries {
		blank -= swatchWidth + 4 + style.Width(e.text)
	}
	gap := min(16, blank/vg.Length(max(1, len(entries)-1)))
	x, y := s.Min.X, s.Min.Y+4
	for _, e := range entries {
		e.draw(s, rect(x, y-4, x+swatchWidth, y+4))
		s.write(style, x+swatchWidth+4, y, e.text)
		x += swatchWidth + 4 + style.Width(e.text) + gap
	}
}

func (p *plan) entries() []entry {
	var roles [nodes.Observing + 1]bool
	var idle, paused, down bool
	for _, b := range p.bars {
		roles[b.role] = true
		idle = idle || !b.serving && (b.role == nodes.Leading || b.role == nodes.Following)
		paused = paused || b.paused
		down = down || b.role == nodes.Down && b.to-b.from > p.end/200 // a boot takes an instant
	}
	var out []entry
	add := func(occurs bool, text string, draw func(*sheet, vg.Rectangle)) {
		if occurs {
			out = append(out, entry{text, draw})
		}
	}
	fill := func(c color.Color) func(*sheet, vg.Rectangle) {
		return func(s *sheet, box vg.Rectangle) { s.fill(box, c) }
	}
	middle := func(box vg.Rectangle) vg.Length { return (box.Min.Y + box.Max.Y) / 2 }
	add(roles[nodes.Leading], "leader", fill(leaderFill))
	add(roles[nodes.Following], "follower", fill(followerFill))
	add(roles[nodes.Observing], "observer", func(s *sheet, box vg.Rectangle) { s.outline(box, pen(1.1, leaderFill)) })
	add(roles[nodes.Looking], "looking", func(s *sheet, box vg.Rectangle) {
		box.Max.Y -= 2
		s.fill(box, lookingFill)
		s.hatch(box, pen(0.6, withAlpha(ink, 130)))
	})
	add(idle, "not serving yet", func(s *sheet, box vg.Rectangle) {
		box.Max.Y -= 3
		s.fill(rect(box.Min.X, box.Min.Y, box.Min.X+8, box.Max.Y), leaderFill)
		s.fill(rect(box.Min.X+8, box.Min.Y, box.Max.X, box.Max.Y), followerFill)
	})
	add(down, "down", func(s *sheet, box vg.Rectangle) {
		s.line(pen(0.9, ink, 3, 2.5), box.Min.X, middle(box), box.Max.X, middle(box))
	})
	add(paused, "paused", func(s *sheet, box vg.Rectangle) { s.outline(box, pen(0.8, ink, 2, 2)) })
	add(len(p.commits) > 0, "commit", func(s *sheet, box vg.Rectangle) {
		s.triangle(commitFill, vg.Point{X: box.Max.X - 5, Y: middle(box) - 3}, 6)
	})
	p.arrowEntries(add)
	p.callEntries(add)
	add(len(p.run.Findings) > 0, "violation", func(s *sheet, box vg.Rectangle) {
		s.verdict(vg.Point{X: box.Max.X - 6, Y: middle(box)})
	})
	return out
}

func (p *plan) arrowEntries(add func(bool, string, func(*sheet, vg.Rectangle))) {
	var plain, answer, lost, held bool
	for _, a := range p.arrows {
		switch {
		case a.lost:
			lost = true
		case a.held():
			held = true
		case a.answer:
			answer = true
		default:
			plain = true
		}
	}
	across := func(sty draw.LineStyle) func(*sheet, vg.Rectangle) {
		return func(s *sheet, box vg.Rectangle) {
			y := (box.Min.Y + box.Max.Y) / 2
			s.arrow(sty, vg.Point{X: box.Min.X, Y: y}, vg.Point{X: box.Max.X, Y: y})
		}
	}
	add(plain, "message", across(pen(0.7, arrowInk)))
	add(answer, "answer", across(pen(0.5, answerInk)))
	add(lost, "lost", func(s *sheet, box vg.Rectangle) {
		y := (box.Min.Y + box.Max.Y) / 2
		s.line(pen(0.6, lostInk, 2, 1.5), box.Min.X, y, box.Max.X-2, y)
		s.cross(pen(0.8, lostInk), vg.Point{X: box.Max.X - 2, Y: y}, 1.8)
	})
	add(held, "held up", func(s *sheet, box vg.Rectangle) {
		s.stopped(vg.Point{X: box.Max.X - 5, Y: box.Min.Y}, box.Max.Y-box.Min.Y)
	})
}

func (p *plan) callEntries(add func(bool, string, func(*sheet, vg.Rectangle))) {
	var done, failed, open bool
	for _, c := range p.calls {
		unknown := c.open || c.result == trace.Unknown
		open = open || unknown
		failed = failed || !unknown && c.result == trace.Failed
		done = done || !unknown && c.result == trace.OK
	}
	box := func(c callBox) func(*sheet, vg.Rectangle) {
		return func(s *sheet, b vg.Rectangle) {
			(&grid{sheet: s}).drawCall(&c, rect(b.Min.X+4, b.Min.Y, b.Max.X, b.Max.Y))
		}
	}
	add(done, "answered", box(callBox{result: trace.OK}))
	add(failed, "failed", box(callBox{result: trace.Failed}))
	add(open, "outcome unknown", box(callBox{open: true}))
}
