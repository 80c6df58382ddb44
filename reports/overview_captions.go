package reports

import (
	"strconv"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/zabsim/zabsim/sim/trace"
)

const (
	captionHeight = 11.0 // of each caption, between the axis and the legend
	captionRadius = 4.3  // of the disc with its number
)

// captions returns those that are shown: what comes after the end of the run
// did not happen.
func (p *plan) captions() []trace.Caption {
	var shown []trace.Caption
	for _, c := range p.run.header.Captions {
		if c.At <= p.end {
			shown = append(shown, c)
		}
	}
	return shown
}

func (p *plan) captionsHeight() vg.Length { return vg.Length(len(p.captions())) * captionHeight }

// drawCaptions writes the captions below the lanes, by number: at their places
// there is no room for sentences.
func (p *plan) drawCaptions(s *sheet) {
	y := s.Min.Y + legendHeight + p.captionsHeight() - captionHeight/2
	time := s.label(faint)
	time.XAlign = text.XRight
	for i, c := range p.captions() {
		s.number(i+1, vg.Point{X: s.Min.X + captionRadius, Y: y})
		s.write(time, s.Min.X+40, y, c.At.String())
		s.write(s.label(ink), s.Min.X+46, y, s.shortened(s.label(ink), s.Max.X-s.Min.X-46, c.Text))
		y -= captionHeight
	}
}

// shortened returns as many of the words of a text as are not wider than width.
func (s *sheet) shortened(sty draw.TextStyle, width vg.Length, txt string) string {
	short := txt
	for sty.Width(s.printable(sty, short)) > width {
		words := strings.Fields(strings.TrimSuffix(short, " ..."))
		short = strings.Join(words[:len(words)-1], " ") + " ..."
	}
	return short
}

// drawCaptionMarks draws the numbers of the captions on the axis.
func (g *grid) drawCaptionMarks() {
	for i, c := range g.captions() {
		if c.At < g.from || c.At >= g.to {
			continue
		}
		g.number(i+1, vg.Point{X: g.x(c.At), Y: g.floor})
	}
}

// number draws a number in a disc.
func (s *sheet) number(n int, at vg.Point) {
	s.disc(ink, at, captionRadius)
	style := s.style(6.5, true, white)
	style.XAlign = text.XCenter
	s.write(style, at.X, at.Y, strconv.Itoa(n))
}
