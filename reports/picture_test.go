package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"github.com/zabsim/zabsim/checker"
)

func TestTimelineLooksAsAgreed(t *testing.T) {
	goldenPicture(t, "split.png", Timeline(stageSplit(0)))
}

func TestCloseupLooksAsAgreed(t *testing.T) {
	r := stageBully()
	goldenPicture(t, "bully-closeup.png", Closeup(r, &r.Findings[0]))
}

func TestPicturesHaveTheSameBytesEachTime(t *testing.T) {
	for _, format := range []string{"png", "svg"} {
		a := render(t, Timeline(stageRough(30*time.Second)), format)
		b := render(t, Timeline(stageRough(30*time.Second)), format)
		if !bytes.Equal(a, b) {
			t.Errorf("two %ss of one run differ", format)
		}
	}
}

func TestSVGIsWellFormedAndNamesItsFonts(t *testing.T) {
	svg := render(t, Timeline(stageRough(75*time.Second)), "svg")
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"sans-serif", "三地  zab  seed 42"} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("no %q", want)
		}
	}
}

func TestCharactersTheFontLacks(t *testing.T) {
	run := stageRough(30 * time.Second)
	for format, want := range map[string][]string{
		"png": {`the font has no glyph for "三地": drawn as ?`},
		"svg": nil, // left to the fonts of the reader
	} {
		got, err := Timeline(run).Write(io.Discard, format)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: warnings %q, error %v; want %q", format, got, err, want)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := Timeline(stageSplit(0)).Write(io.Discard, "gif"); err == nil || !strings.Contains(err.Error(), "png and svg") {
		t.Errorf("error %v", err)
	}
}

// TestNothingIsClippedOrWrittenOver finds where each text of the pictures
// stands, from what they draw.
func TestNothingIsClippedOrWrittenOver(t *testing.T) {
	bully := stageBully()
	for name, p := range map[string]*Picture{
		"split":         Timeline(stageSplit(0)),
		"bully":         Timeline(bully),
		"captions":      Timeline(captioned()),
		"rough":         Timeline(stageRough(30 * time.Second)),
		"long":          Timeline(stageRough(75 * time.Second)),
		"bully closeup": Closeup(bully, &bully.Findings[0]),
	} {
		boxes := textBoxes(p)
		if len(boxes) < 20 {
			t.Errorf("%s: only %d texts", name, len(boxes))
		}
		for i, a := range boxes {
			if a.Min.X < 0 || a.Min.Y < 0 || a.Max.X > p.width || a.Max.Y > p.height {
				t.Errorf("%s: %q is clipped", name, a.text)
			}
			for _, b := range boxes[:i] {
				if a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y {
					t.Errorf("%s: %q and %q overlap", name, a.text, b.text)
				}
			}
		}
	}
}

// textBox is a text and where it stands, without the blank above and below the
// letters.
type textBox struct {
	vg.Rectangle
	text string
}

func textBoxes(p *Picture) []textBox {
	var rec recorder.Canvas
	s := newSheet(draw.NewCanvas(&rec, p.width, p.height))
	p.draw(s)
	var boxes []textBox
	for _, a := range rec.Actions {
		if f, ok := a.(*recorder.FillString); ok {
			sty := s.style(f.Size, f.Font.Weight > 0, ink)
			boxes = append(boxes, textBox{rect(f.Point.X, f.Point.Y, f.Point.X+sty.Width(f.String), f.Point.Y+0.7*f.Size), f.String})
		}
	}
	return boxes
}

// A close-up of a violation whose evidence a Recording has forgotten is empty,
// and one without evidence shows what each server did last.
func TestCloseupWithoutEvidence(t *testing.T) {
	r := stageSplit(0)
	gone := Finding{Violation: &checker.Violation{Property: "agreement", Evidence: []uint64{1 << 40}}}
	if n := len(textBoxes(Closeup(r, &gone))); n != 3 {
		t.Errorf("%d texts without an event", n)
	}
	stuck := Finding{Violation: &checker.Violation{Property: "converged"}, Seq: r.Events}
	var words strings.Builder
	for _, b := range textBoxes(Closeup(r, &stuck)) {
		words.WriteString(b.text + "\n")
	}
	if !strings.Contains(words.String(), "follows s3 in epoch 2") {
		t.Errorf("no last change of role in\n%s", words.String())
	}
}
