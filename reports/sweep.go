package reports

import (
	"math"
	"strconv"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// Sweep is what a scenario came to with one setting at several values.
type Sweep struct {
	Title   string   // of the picture
	Caption string   // what it was made from
	Param   string   // the setting
	Values  []string // what it was set to
	Columns []Column // what was measured
}

// Column is one thing that was measured, with each value.
type Column struct {
	Name    string
	Figures []float64 // not a number where there was nothing to measure
	Texts   []string  // the figures as they are written
}

// The measures of a panel.
const (
	panelWidth  = 11 * vg.Centimeter
	panelHeight = 6 * vg.Centimeter
	panelsWide  = 2
	sweepHead   = 1.3 * vg.Centimeter
)

// Sweeps draws one panel for each column, side by side: what is compared has
// different units, and panels of their own instead of several axes.
func Sweeps(s *Sweep) *Picture {
	rows := (len(s.Columns) + panelsWide - 1) / panelsWide
	columns := min(len(s.Columns), panelsWide)
	return &Picture{
		width: vg.Length(columns) * panelWidth, height: sweepHead + vg.Length(rows)*panelHeight,
		draw: func(sh *sheet) {
			sh.write(sh.style(10, true, ink), 12, sh.Max.Y-12, s.Title)
			sh.write(sh.label(faint), 12, sh.Max.Y-25, s.Caption)
			for i := range s.Columns {
				x := sh.Min.X + vg.Length(i%panelsWide)*panelWidth
				top := sh.Max.Y - sweepHead - vg.Length(i/panelsWide)*panelHeight
				sh.panel(s, &s.Columns[i], rect(x+30, top-panelHeight+34, x+panelWidth-18, top-40))
			}
		},
	}
}

// panel draws a column: a point for each value, its figure above it, and a line
// through them to lead the eye. All axes begin at zero.
func (s *sheet) panel(of *Sweep, c *Column, box vg.Rectangle) {
	s.write(s.style(8.5, true, ink), box.Min.X, box.Max.Y+24, c.Name)
	s.line(pen(0.7, faint), box.Min.X, box.Min.Y, box.Max.X, box.Min.Y)
	under := s.label(faint)
	under.XAlign = text.XCenter
	s.write(under, (box.Min.X+box.Max.X)/2, box.Min.Y-25, of.Param)

	highest := 0.0
	for _, f := range c.Figures {
		if !math.IsNaN(f) {
			highest = max(highest, f)
		}
	}
	for _, share := range []vg.Length{0.5, 1} {
		y := box.Min.Y + share*(box.Max.Y-box.Min.Y)
		s.line(pen(0.4, rule), box.Min.X, y, box.Max.X, y)
	}
	var before *vg.Point
	var points []vg.Point
	for i, f := range c.Figures {
		at := vg.Point{X: box.Min.X + (vg.Length(i)+0.5)/vg.Length(len(c.Figures))*(box.Max.X-box.Min.X), Y: box.Min.Y}
		sty := s.label(ink)
		sty.XAlign = text.XCenter
		s.write(sty, at.X, box.Min.Y-10, s.fits(sty, (box.Max.X-box.Min.X)/vg.Length(len(c.Figures))-2, of.Values[i], strconv.Itoa(i+1)))
		if math.IsNaN(f) {
			s.write(under, at.X, box.Min.Y+8, "none")
			points, before = append(points, vg.Point{}), nil
			continue
		}
		if highest > 0 {
			at.Y += vg.Length(f/highest) * (box.Max.Y - box.Min.Y)
		}
		if before != nil {
			s.line(pen(1.2, leaderFill), before.X, before.Y, at.X, at.Y)
		}
		points, before = append(points, at), &at
	}
	for i, at := range points {
		if math.IsNaN(c.Figures[i]) {
			continue
		}
		s.disc(leaderFill, at, 2.4)
		sty := s.label(ink)
		sty.XAlign = text.XCenter
		half := sty.Width(c.Texts[i]) / 2
		s.fill(rect(at.X-half-1, at.Y+4.5, at.X+half+1, at.Y+12), white)
		s.write(sty, at.X, at.Y+8.5, c.Texts[i])
	}
}
