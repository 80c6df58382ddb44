package reports

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Picture is a drawing that is ready to be written.
type Picture struct {
	width, height vg.Length
	draw          func(*sheet)
}

// dpi is twice what screens once had: sharp when a page shows it at half size.
const dpi = 192

// Write writes the picture as "png" or "svg". The warnings name characters
// that the font lacks; a PNG shows a question mark instead of each (the font
// would leave a hole), an SVG leaves them to the fonts of its reader.
func (p *Picture) Write(w io.Writer, format string) (warnings []string, err error) {
	switch format {
	case "png":
		c := vgimg.NewWith(vgimg.UseWH(p.width, p.height), vgimg.UseDPI(dpi))
		s := newSheet(draw.New(c))
		p.draw(s)
		_, err = vgimg.PngCanvas{Canvas: c}.WriteTo(w)
		return s.warnings(), err
	case "svg":
		c := vgsvg.New(p.width, p.height)
		s := newSheet(draw.New(c))
		s.anyRune = true
		p.draw(s)
		var text bytes.Buffer
		if _, err = c.WriteTo(&text); err != nil {
			return nil, err
		}
		// Arial has the widths of Liberation Sans, for readers without the latter.
		_, err = w.Write(bytes.ReplaceAll(text.Bytes(), []byte("font-family:Liberation Sans;"),
			[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")))
		return nil, err
	}
	return nil, fmt.Errorf("no picture format %q; there are png and svg", format)
}

// sheet is a canvas with the pen strokes that the pictures are made of.
type sheet struct {
	draw.Canvas
	fonts   text.Plain
	anyRune bool // the reader has fonts of its own
	lacking []rune
	taken   []vg.Rectangle // by labels
}

func newSheet(c draw.Canvas) *sheet {
	s := &sheet{Canvas: c, fonts: text.Plain{Fonts: font.NewCache(liberation.Collection())}}
	s.fill(c.Rectangle, white)
	return s
}

func (s *sheet) warnings() []string {
	if len(s.lacking) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the font has no glyph for %q: drawn as ?", string(s.lacking))}
}

// style is a way to write: size, weight, colour.
func (s *sheet) style(size vg.Length, bold bool, c color.Color) draw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, Handler: s.fonts, YAlign: text.YCenter}
}

// label is the style of most text.
func (s *sheet) label(c color.Color) draw.TextStyle { return s.style(7.5, false, c) }

// printable returns txt with a question mark for each character that the font
// lacks.
func (s *sheet) printable(sty draw.TextStyle, txt string) string {
	if s.anyRune {
		return txt
	}
	face := s.fonts.Fonts.Lookup(sty.Font, sty.Font.Size)
	var buf sfnt.Buffer
	out := []rune(txt)
	for i, r := range out {
		if glyph, err := face.Face.GlyphIndex(&buf, r); err != nil || glyph == 0 {
			s.lack(r)
			out[i] = '?'
		}
	}
	return string(out)
}

func (s *sheet) lack(r rune) {
	if !slices.Contains(s.lacking, r) {
		s.lacking = append(s.lacking, r)
	}
}

// write writes txt with its middle at y and its left end, middle or right end
// at x, as the style says.
func (s *sheet) write(sty draw.TextStyle, x, y vg.Length, txt string) {
	const raise = 0.1 // gonum centres the line with its gap; letters then stand low
	s.FillText(sty, vg.Point{X: x, Y: y + raise*sty.Font.Size}, s.printable(sty, txt))
}

// fits returns the first of the texts that is not wider than width, or "".
func (s *sheet) fits(sty draw.TextStyle, width vg.Length, txts ...string) string {
	for _, txt := range txts {
		if sty.Width(s.printable(sty, txt)) <= width {
			return txt
		}
	}
	return ""
}

// writeFree writes txt, one end at x as the style says, if the place is free.
// It reports whether it was. A ground hides what is behind the text.
func (s *sheet) writeFree(sty draw.TextStyle, x, y vg.Length, txt string, ground color.Color) bool {
	w := sty.Width(s.printable(sty, txt))
	x += vg.Length(sty.XAlign) * w
	sty.XAlign = text.XLeft
	box := rect(x-1.5, y-4.2, x+w+1.5, y+4.2)
	if box.Min.X < s.Min.X || box.Max.X > s.Max.X || !s.take(box) {
		return false
	}
	s.fill(box, ground)
	s.write(sty, x, y, txt)
	return true
}

// take takes a place for a label, if it is free.
func (s *sheet) take(box vg.Rectangle) bool {
	for _, other := range s.taken {
		if box.Min.X < other.Max.X && other.Min.X < box.Max.X && box.Min.Y < other.Max.Y && other.Min.Y < box.Max.Y {
			return false
		}
	}
	s.taken = append(s.taken, box)
	return true
}

// occupy takes a place whether it is free or not: marks stand where they must.
func (s *sheet) occupy(box vg.Rectangle) { s.taken = append(s.taken, box) }

func rect(x0, y0, x1, y1 vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}
}

func corners(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}

func (s *sheet) fill(r vg.Rectangle, c color.Color) { s.FillPolygon(c, corners(r)) }

func (s *sheet) outline(r vg.Rectangle, sty draw.LineStyle) {
	p := corners(r)
	s.StrokeLines(sty, append(p, p[0]))
}

// pen is a solid line, or a dashed one.
func pen(width vg.Length, c color.Color, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Width: width, Color: c, Dashes: dashes}
}

func (s *sheet) line(sty draw.LineStyle, x0, y0, x1, y1 vg.Length) {
	s.StrokeLine2(sty, x0, y0, x1, y1)
}

// hatch draws slanted strokes over a rectangle.
func (s *sheet) hatch(r vg.Rectangle, sty draw.LineStyle) {
	const gap = 5
	h := r.Max.Y - r.Min.Y
	for x := r.Min.X - h; x < r.Max.X; x += gap {
		// The stroke from (x, bottom) to (x+h, top), cut at the sides.
		from, to := max(x, r.Min.X), min(x+h, r.Max.X)
		if from < to {
			s.line(sty, from, r.Min.Y+from-x, to, r.Min.Y+to-x)
		}
	}
}

// arrow draws a line with a head at its end.
func (s *sheet) arrow(sty draw.LineStyle, from, to vg.Point) {
	s.StrokeLines(sty, []vg.Point{from, to})
	along, across, ok := axes(from, to)
	if !ok {
		return
	}
	size := 2.4 + 2*sty.Width
	back := vg.Point{X: to.X - along.X*size, Y: to.Y - along.Y*size}
	half := size * 0.42
	s.FillPolygon(sty.Color, []vg.Point{
		to,
		{X: back.X + across.X*half, Y: back.Y + across.Y*half},
		{X: back.X - across.X*half, Y: back.Y - across.Y*half},
	})
}

// axes returns unit vectors along and across the way between two points.
func axes(from, to vg.Point) (along, across vg.Point, ok bool) {
	d := vg.Point{X: to.X - from.X, Y: to.Y - from.Y}
	n := vg.Length(math.Hypot(float64(d.X), float64(d.Y)))
	if n == 0 {
		return d, d, false
	}
	return vg.Point{X: d.X / n, Y: d.Y / n}, vg.Point{X: -d.Y / n, Y: d.X / n}, true
}

// cross draws an x.
func (s *sheet) cross(sty draw.LineStyle, at vg.Point, half vg.Length) {
	s.line(sty, at.X-half, at.Y-half, at.X+half, at.Y+half)
	s.line(sty, at.X-half, at.Y+half, at.X+half, at.Y-half)
}

// triangle draws a filled triangle that points down to at.
func (s *sheet) triangle(c color.Color, at vg.Point, size vg.Length) {
	s.FillPolygon(c, []vg.Point{at, {X: at.X - size/2, Y: at.Y + size}, {X: at.X + size/2, Y: at.Y + size}})
}

// verdict draws the mark of a violation: a cross in a circle.
func (s *sheet) verdict(at vg.Point) {
	const radius = 5.5
	s.disc(white, at, radius)
	s.ring(pen(1.6, violationFill), at, radius)
	s.cross(pen(1.6, violationFill), at, radius*0.55)
}

// shown draws the mark of what a witness shows: a dot in a circle.
func (s *sheet) shown(at vg.Point) {
	const radius = 5.5
	s.disc(white, at, radius)
	s.ring(pen(1.6, commitFill), at, radius)
	s.disc(commitFill, at, radius*0.45)
}

func (s *sheet) disc(c color.Color, at vg.Point, radius vg.Length) {
	s.SetColor(c)
	s.Fill(circle(at, radius))
}

func (s *sheet) ring(sty draw.LineStyle, at vg.Point, radius vg.Length) {
	s.SetLineStyle(sty)
	s.Stroke(circle(at, radius))
}

func circle(at vg.Point, radius vg.Length) vg.Path {
	var p vg.Path
	p.Move(vg.Point{X: at.X + radius, Y: at.Y})
	p.Arc(at, radius, 0, 2*math.Pi)
	p.Close()
	return p
}
