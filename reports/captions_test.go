package reports

import (
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/sim/trace"
)

// captioned is a run with captions: one at the time of a fault, one in the
// middle of what its violation came from, one that is too long, and one after
// the end.
func captioned() *Run {
	r := stageBully()
	long := strings.Repeat("This goes on and on, ", 20)
	r.header.Captions = []trace.Caption{
		{At: 8 * time.Second, Text: "The line is cut."},
		{At: 9500 * time.Millisecond, Text: "Both sides have a leader."},
		{At: 10 * time.Second, Text: long},
		{At: r.Duration + time.Second, Text: "Nobody sees this."},
	}
	return r
}

// TestCaptionsStandInTheStory: between the events, before what happens at the
// same time.
func TestCaptionsStandInTheStory(t *testing.T) {
	r := captioned()
	text := strings.Join(strings.Fields(failure(t, r, &r.Findings[0], "")), " ")
	for _, want := range []string{
		" 8.000s note The line is cut. 8.000s fault ",
		" leads s5 still leads 9.500s note Both sides have a leader. 10.000s note This goes ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Nobody") {
		t.Errorf("a caption from after the violation:\n%s", text)
	}
	r.Untimed = true
	if text := failure(t, r, &r.Findings[0], ""); strings.Contains(text, "The line is cut.") {
		t.Errorf("captions have times, and this run has none:\n%s", text)
	}
}

// TestCaptionsStandBelowTheTimeline: with their numbers, which are on the axis
// too, and in room of their own.
func TestCaptionsStandBelowTheTimeline(t *testing.T) {
	plain, r := Timeline(stageBully()), captioned()
	with := Timeline(r)
	if grown := with.height - plain.height; grown != 3*captionHeight {
		t.Errorf("three captions take %v points", grown)
	}
	count := map[string]int{}
	for _, box := range textBoxes(with) {
		count[box.text]++
		if strings.HasPrefix(box.text, "This goes on") && strings.HasSuffix(box.text, " ...") {
			count["shortened"]++
		}
	}
	for text, want := range map[string]int{"The line is cut.": 1, "Both sides have a leader.": 1, "Nobody sees this.": 0, "shortened": 1, "1": 2, "2": 2, "3": 2, "4": 0} {
		if count[text] != want {
			t.Errorf("%q stands there %d times, want %d", text, count[text], want)
		}
	}
}
