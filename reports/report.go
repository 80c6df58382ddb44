package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Success prints the one line of a run that went as expected. took is how long
// it took in real time.
func Success(w io.Writer, r *Run, took time.Duration) error {
	h := r.header
	start := fmt.Sprintf("ok    %s  %-5s  seed %d   ", h.Scenario, h.Protocol.Name, h.Seed)
	if len(r.Findings) > 0 {
		_, err := fmt.Fprintf(w, "%sviolates %s, as expected\n", start, r.Findings[0].Property)
		return err
	}
	_, err := fmt.Fprintf(w, "%s%v   %s events  %s committed  trace %s  (%.2fs)\n",
		start, r.Duration, Grouped(r.Events), Grouped(r.committed), r.trace(), took.Seconds())
	return err
}

// Hint is a line below a report: where to look, or a command to type.
type Hint struct{ Label, Text string }

// Failure prints what broke, how it came to this, and the hints: how to see it
// again. The last of them is where the eye falls. Of a witness it prints what that
// shows.
func Failure(w io.Writer, r *Run, f *Finding, hints ...Hint) error {
	verdict := "FAIL"
	switch {
	case f.Inconclusive:
		verdict = "INCONCLUSIVE"
	case f.Shown:
		verdict = "ok"
	}
	var b bytes.Buffer
	at := "at event "
	if !r.Untimed {
		at = "at " + seconds(f.Time) + ", event "
	}
	fmt.Fprintf(&b, "%s  %s  %s%s\n\n", verdict, r.name(), at, Grouped(f.Seq))
	fmt.Fprintf(&b, "  %s: %s\n", f.Property, f.Message)
	for _, d := range f.Details {
		fmt.Fprintf(&b, "    %s\n", d)
	}
	s := tell(r, f)
	if len(s.lines) > 0 {
		fmt.Fprintf(&b, "\n  How it came to this (%d of %s events)\n", s.events, Grouped(r.Events))
		s.print(&b)
	}
	if s.leftOut > 0 {
		fmt.Fprintf(&b, "    %s left out\n", plural(s.leftOut, "lesser event"))
	}
	if r.forgotten > 0 {
		fmt.Fprintf(&b, "    of the events before %s only role changes, faults, commits and clients' operations were recorded\n", Grouped(r.since))
	}
	b.WriteByte('\n')
	for _, h := range hints {
		fmt.Fprintf(&b, "  %-9s  %s\n", h.Label, h.Text)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// print prints a story in columns: when, who, what, and what else was so.
func (s *story) print(b *bytes.Buffer) {
	var who, text int
	for _, l := range s.lines {
		who = max(who, utf8.RuneCountInString(l.who))
		text = max(text, utf8.RuneCountInString(l.text))
	}
	text = min(text, 60) // one long line must not push the last column off the screen
	for _, l := range s.lines {
		line := fmt.Sprintf("  %9s  %-*s  %-*s  %s", l.when, who, l.who, text, l.text, l.aside)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
