package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/checker/explore/servers"
)

// report says what came of a search, to people and, if asked to, to programs.
func (x *exploration) report(cmd *cobra.Command, r *result) (code exitCode, err error) {
	people := cmd.OutOrStdout()
	if x.flags.json {
		people = cmd.ErrOrStderr()
	}
	var run *recording
	var shown []witness
	if found := x.failed(r); found != nil {
		if run, err = x.reporter(found)(people, r, found); err != nil {
			return exitOK, err
		}
		code = run.code()
	} else {
		if shown, err = x.witnesses(r); err != nil {
			return exitOK, err
		}
		fmt.Fprint(people, x.summary(r, shown))
		code = x.unviolated(r)
	}
	if x.flags.json {
		err = newLines(cmd.OutOrStdout()).Encode(x.line(r, run, shown, code))
	}
	return code, err
}

// unviolated returns the exit code of a search that found no violation.
func (x *exploration) unviolated(r *result) exitCode {
	switch {
	case x.spared(r) != "":
		return exitViolated
	case r.Verdict == explore.Complete && neverShown(r) == nil, x.flags.allowInconclusive:
		return exitOK
	}
	return exitInconclusive
}

// spared returns the property that the scenario expects to be violated, if all was
// visited and it holds.
func (x *exploration) spared(r *result) string {
	expected := x.scenario.Expect.Violates(x.protocol)
	if f := r.Finding(expected); f != nil && f.Answer == explore.Holds && f.Kind == checker.Always {
		return expected
	}
	return ""
}

// reporter returns what tells of a violation.
func (x *exploration) reporter(found *finding) func(io.Writer, *result, *finding) (*recording, error) {
	switch {
	case found.Property == servers.Recovers:
		return x.reportTrap
	case found.Property == explore.NoDeadlock:
		return x.reportDeadlock
	case found.Kind == checker.Eventually:
		return x.reportLasso
	}
	return x.reportFailure
}

// failed returns the first property that was violated, or nil. That something never
// happens is no violation.
func (x *exploration) failed(r *result) *finding {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Answer == explore.Fails && f.Kind != checker.Sometimes {
			return f
		}
	}
	return nil
}
