package main

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/all"
)

// An interrupted campaign says what it found, how to go on, and exits 130.
func TestFuzzIsInterrupted(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	var stdout, stderr strings.Builder
	out := t.TempDir()
	code := execute(ctx, []string{"fuzz", "lost-proposal", "--seed", "1", "--out", out}, &stdout, &stderr)
	if want := "interrupted; zabsim fuzz --resume " + out + "/fuzz-lost-proposal-zab-1 goes on\n"; code != int(exitInterrupted) || stderr.String() != want {
		t.Errorf("exit %d with %q on stderr, want %d with %q", code, stderr.String(), exitInterrupted, want)
	}
	if !strings.Contains(stdout.String(), "runs from seed 1 ") {
		t.Errorf("no summary:\n%s", stdout.String())
	}
}

// What a campaign finds is run twice before it is reported, and what a worker's
// panic says reaches the user.
func TestFuzzEndsBadly(t *testing.T) {
	p := &all.Protocols[0]
	original := p.New
	defer func() { p.New = original }()
	var made atomic.Uint64
	for _, c := range []struct {
		new    func(nodes.Config) nodes.Node
		code   exitCode
		stderr string
	}{
		{
			func(c nodes.Config) nodes.Node { return &forgetful{original(c), made.Add(1)} },
			exitNotDeterministic, "not deterministic: seed 1 gave trace ",
		},
		{func(nodes.Config) nodes.Node { panic("no such node") }, exitBug, "internal error: no such node"},
	} {
		p.New = c.new
		var stdout, stderr strings.Builder
		code := execute(t.Context(), []string{
			"fuzz", "lost-proposal", "--defect", "skip-trunc", "--seed", "1", "--seeds", "3", "--out", t.TempDir(),
		}, &stdout, &stderr)
		if code != int(c.code) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("exit %d with %q, want %d with %q", code, stderr.String(), c.code, c.stderr)
		}
	}
}
