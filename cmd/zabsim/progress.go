package main

import (
	"fmt"
	"io"
	"time"

	"github.com/zabsim/zabsim/reports"
)

// progress is the line on stderr that says how far something long is. On a terminal
// it is redrawn; elsewhere a plain line appears now and then, so that the logs
// of continuous integration stay readable.
type progress struct {
	w      io.Writer // nil: say nothing
	redraw bool
	line   func(now time.Time) string
	last   time.Time
}

const (
	redrawEvery = 200 * time.Millisecond
	printEvery  = 10 * time.Second
)

// newProgress says how far something is that began at a time.
func newProgress(w io.Writer, began time.Time, line func(now time.Time) string) *progress {
	return &progress{w: w, redraw: isTerminal(w), line: line, last: began}
}

func (p *printer) progress(t *tally) *progress {
	if p.quiet || p.verbose { // nothing to say, or a line for every seed anyway
		return &progress{}
	}
	return newProgress(p.stderr, t.began, t.progress)
}

// show prints the line if the last one is old enough.
func (b *progress) show() {
	if b.w == nil {
		return
	}
	every := printEvery
	if b.redraw {
		every = redrawEvery
	}
	now := time.Now()
	if now.Sub(b.last) < every {
		return
	}
	b.last = now
	if b.redraw {
		fmt.Fprintf(b.w, "\r\x1b[K%s", b.line(now))
		return
	}
	fmt.Fprintln(b.w, b.line(now))
}

// progress returns "run  zab  00:12   4,211 of 10,000 seeds  362/s   0 failed   16s to go".
func (t *tally) progress(now time.Time) string {
	elapsed := now.Sub(t.began)
	total := uint64(t.job.seeds.count())
	rate := float64(t.runs) / elapsed.Seconds()
	left := time.Duration(float64(total-t.runs) / rate * float64(time.Second))
	return fmt.Sprintf("run  %s  %s  %02d:%02d   %s of %s seeds  %.0f/s   %s failed   %v to go",
		t.job.scenario.Name, t.job.protocol, int(elapsed.Minutes()), int(elapsed.Seconds())%60,
		reports.Grouped(t.runs), reports.Grouped(total), rate, reports.Grouped(t.failed), left.Round(time.Second))
}

// clear takes the line away.
func (b *progress) clear() {
	if b.redraw {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
