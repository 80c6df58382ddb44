package main

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/sim/trace"
)

func newDiff() *cobra.Command {
	var out string
	var ignoreTimes bool
	cmd := &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show where two runs first differ",
		Long: "Compare the traces of two run directories, event by event, and show where they first part, with\n" +
			"what was before and what comes after in each. Exit code 1 says that they differ.",
		Example: "  zabsim diff zabsim-out/mixed-zab-1 zabsim-out/mixed-zab-2 --ignore-times",
		Args:    exactly(2, "two runs"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var sides [2]*traceFile
			for i, run := range args {
				if run == "last" {
					run = lastOf(out)
				}
				var err error
				if sides[i], err = openTrace(run); err != nil {
					return err
				}
				defer sides[i].close()
			}
			return diff(cmd.OutOrStdout(), sides[0], sides[1], ignoreTimes)
		},
	}
	cmd.Flags().BoolVar(&ignoreTimes, "ignore-times", false, "compare what happens, not when")
	outFlag(cmd, &out)
	return cmd
}

// traceFile is the trace of a run, read event by event.
type traceFile struct {
	name   string
	header *trace.FileHeader
	next   func() (*trace.Line, error, bool)
	close  func()
}

func openTrace(dir string) (*traceFile, error) {
	file, err := os.Open(filepath.Join(dir, "trace.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("%s is not a run directory: %w", dir, err)
	}
	t, err := readTrace(dir, file)
	if err != nil {
		file.Close()
		return nil, err
	}
	stop := t.close
	t.close = func() { stop(); file.Close() }
	return t, nil
}

func readTrace(name string, r io.Reader) (*traceFile, error) {
	header, lines, err := trace.Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := &traceFile{name: name, header: header}
	t.next, t.close = iter.Pull2(lines)
	return t, nil
}

// contextLines is how many events are shown before the place where two traces
// part, and after it on each side.
const contextLines = 4

// diff compares two traces and shows where they part.
func diff(w io.Writer, a, b *traceFile, ignoreTimes bool) error {
	text, same, err := firstDifference(a, b, ignoreTimes)
	if err != nil {
		return err
	}
	if ha, hb := about(a.header), about(b.header); ha != hb {
		fmt.Fprintf(w, "%s is %s\n%s is %s\n", a.name, ha, b.name, hb)
	}
	fmt.Fprint(w, text)
	if !same {
		return &ending{code: exitViolated}
	}
	return nil
}

func about(h *trace.FileHeader) string {
	return fmt.Sprintf("%s  %s  seed %d", h.Scenario, h.Protocol, h.Seed)
}

// firstDifference says in words where two traces part.
func firstDifference(a, b *traceFile, ignoreTimes bool) (text string, same bool, err error) {
	var before []*trace.Line
	for {
		la, err := a.line()
		if err != nil {
			return "", false, err
		}
		lb, err := b.line()
		if err != nil {
			return "", false, err
		}
		if la == nil && lb == nil {
			n := uint64(0)
			if len(before) > 0 {
				n = before[len(before)-1].Seq
			}
			return fmt.Sprintf("the same %s\n", counted(n, "event")), true, nil
		}
		if la == nil || lb == nil || !equalLines(*la, *lb, ignoreTimes) {
			text, err := parting(before, a, la, b, lb)
			return text, false, err
		}
		if before = append(before, la); len(before) > contextLines {
			before = before[1:]
		}
	}
}

// line returns the next event, or nil after the last.
func (t *traceFile) line() (*trace.Line, error) {
	l, err, more := t.next()
	switch {
	case !more:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	return l, nil
}

func equalLines(a, b trace.Line, ignoreTimes bool) bool {
	if ignoreTimes {
		a.Time, b.Time = 0, 0
	}
	// A fault of the plan knows the event that made it strike; the same fault
	// out of a schedule does not.
	a.Cause, b.Cause = 0, 0
	same := sameView(a.Before, b.Before) && sameView(a.After, b.After)
	a.Before, a.After, b.Before, b.After = nil, nil, nil, nil
	return same && a == b
}

func sameView(a, b *trace.LineView) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// parting shows the last common events and the first ones of each side.
func parting(before []*trace.Line, a *traceFile, la *trace.Line, b *traceFile, lb *trace.Line) (string, error) {
	var text strings.Builder
	at := uint64(1)
	if len(before) > 0 {
		at = before[len(before)-1].Seq + 1
	}
	fmt.Fprintf(&text, "they part at event %d\n", at)
	for _, l := range before {
		fmt.Fprintf(&text, "    %s\n", dated(l))
	}
	for _, side := range []struct {
		mark  string
		trace *traceFile
		line  *trace.Line
	}{{"<", a, la}, {">", b, lb}} {
		fmt.Fprintf(&text, "%s %s\n", side.mark, side.trace.name)
		if side.line == nil {
			fmt.Fprintf(&text, "%s   ends here\n", side.mark)
		}
		for i := 0; side.line != nil && i < contextLines; i++ {
			fmt.Fprintf(&text, "%s   %s\n", side.mark, dated(side.line))
			var err error
			if side.line, err = side.trace.line(); err != nil {
				return "", err
			}
		}
	}
	return text.String(), nil
}

// dated returns an event in words, with its number and time.
func dated(l *trace.Line) string {
	return fmt.Sprintf("%6d %10s  %s", l.Seq, seconds(l.Time), eventWords(l))
}

// firstDifference says where the trace of a replay parts from the one that was
// recorded.
func (k *kept) firstDifference() (string, error) {
	_, header, err := k.scenario.Compile(k.opts.Protocol, k.opts.Seed)
	if err != nil {
		return "", err
	}
	recorded, err := openTrace(k.dir)
	if err != nil {
		return "", err
	}
	defer recorded.close()
	recorded.name = "recorded"
	var text bytes.Buffer
	lines := trace.NewWriter(&text, header)
	opts := k.opts
	opts.Observers = []trace.Observer{lines}
	if _, _, err := k.scenario.Replay(k.schedule, opts, nil); err != nil {
		return "", err
	}
	if err := lines.Flush(); err != nil {
		return "", err
	}
	now, err := readTrace("now", &text)
	if err != nil {
		return "", err
	}
	defer now.close()
	where, same, err := firstDifference(recorded, now, false)
	if same {
		return "", err
	}
	return where, err
}
