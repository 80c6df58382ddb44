package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/all"
)

// lines calls seen for every line that is written to it.
type lines struct {
	bytes.Buffer
	seen func(line string)
}

func (l *lines) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		l.seen(line)
	}
	return l.Buffer.Write(text)
}

// An interrupted campaign finishes what it is at, says what it found and exits
// 130.
func TestInterrupt(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	done := 0
	stdout := &lines{seen: func(line string) {
		if strings.HasPrefix(line, "ok    seed") {
			if done++; done == 3 {
				interrupt()
			}
		}
	}}
	var stderr strings.Builder
	code := execute(ctx, []string{"run", "lost-proposal", "--seeds", "1-1000000", "-v", "-o", t.TempDir()}, stdout, &stderr)
	if code != int(exitInterrupted) || stderr.String() != "interrupted\n" {
		t.Errorf("exit %d with %q on stderr, want %d", code, stderr.String(), exitInterrupted)
	}
	want := fmt.Sprintf("  stopped     after %d of 1,000,000 seeds\n", done)
	if !strings.Contains(stdout.String(), want) {
		t.Errorf("the summary does not say %q:\n%s", want, stdout.String())
	}
}

// forgetful is a node that depends on more than its inputs: how many nodes were
// made before it in this process.
type forgetful struct {
	nodes.Node
	number uint64
}

func (n *forgetful) Status() nodes.Status {
	s := n.Node.Status()
	s.Epoch += n.number
	return s
}

func (n *forgetful) Clone() nodes.Node { return &forgetful{n.Node.Clone(), n.number} }

// A failure is run twice before it is reported. One that comes out differently
// is reported as what it is.
func TestNotDeterministic(t *testing.T) {
	p := &all.Protocols[0]
	original := p.New
	defer func() { p.New = original }()
	var made atomic.Uint64
	p.New = func(c nodes.Config) nodes.Node { return &forgetful{original(c), made.Add(1)} }

	for _, seeds := range []string{"1", "1-20"} {
		var stdout, stderr strings.Builder
		code := execute(t.Context(), []string{
			"run", "shanghai-guangzhou", "--defect", "commit-on-minority", "--seeds", seeds, "-o", t.TempDir(),
		}, &stdout, &stderr)
		if code != int(exitNotDeterministic) || !strings.HasPrefix(stderr.String(), "not deterministic: shanghai-guangzhou  zab  seed 1 gave trace ") {
			t.Errorf("seeds %s: exit %d with %q, want %d", seeds, code, stderr.String(), exitNotDeterministic)
		}
	}

	p.New = original
	code := execute(t.Context(), []string{
		"run", "shanghai-guangzhou", "--defect", "commit-on-minority", "-q", "-o", t.TempDir(),
	}, &strings.Builder{}, &strings.Builder{})
	if code != int(exitViolated) {
		t.Errorf("with the protocol as it is: exit %d, want %d", code, exitViolated)
	}
}

// What a worker's panic says reaches the user, and no run directory is left
// half-written.
func TestPanicInsideARun(t *testing.T) {
	p := &all.Protocols[0]
	original := p.New
	defer func() { p.New = original }()
	p.New = func(nodes.Config) nodes.Node { panic("no such node") }

	for _, seeds := range []string{"1", "1-3"} {
		out := t.TempDir()
		var stderr strings.Builder
		code := execute(t.Context(), []string{"run", "lost-proposal", "--seeds", seeds, "-o", out}, &strings.Builder{}, &stderr)
		if code != int(exitBug) || !strings.Contains(stderr.String(), "internal error: no such node") {
			t.Errorf("seeds %s: exit %d with %q, want %d", seeds, code, stderr.String(), exitBug)
		}
		left, err := filepath.Glob(filepath.Join(out, "*"))
		hidden, err2 := filepath.Glob(filepath.Join(out, ".*"))
		if err != nil || err2 != nil || len(left)+len(hidden) > 0 {
			t.Errorf("seeds %s: left %v %v", seeds, left, hidden)
		}
	}
}
