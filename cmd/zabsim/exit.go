package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/zabsim/zabsim/reports/rundir"
)

// exitCode is what the program ends with.
type exitCode int

// The exit codes. They are small because people script "if !"; which property
// and which seed is in the output of --json.
const (
	exitOK               exitCode = 0
	exitViolated         exitCode = 1
	exitUsage            exitCode = 2
	exitInconclusive     exitCode = 3
	exitNotDeterministic exitCode = 4
	exitBug              exitCode = 70
	exitInterrupted      exitCode = 130
)

var exitCodes = []struct {
	code    exitCode
	meaning string
}{
	{exitOK, "everything as expected (including an expected violation)"},
	{exitViolated, "a property was violated, or an expected violation did not occur"},
	{exitUsage, "bad usage, a bad scenario file, or a file that cannot be read or written"},
	{exitInconclusive, "inconclusive: a limit was reached first, what must happen sometimes did not, or linearizability came back unknown"},
	{exitNotDeterministic, "not deterministic: a run did not come out the same when it was repeated"},
	{exitBug, "a bug in zabsim itself"},
	{exitInterrupted, "interrupted, after writing what was found"},
}

// explainExitCodes prints the table of exit codes.
func explainExitCodes(w io.Writer) error {
	for _, e := range exitCodes {
		fmt.Fprintf(w, "%4d  %s\n", e.code, e.meaning)
	}
	_, err := fmt.Fprintln(w, "\n--allow-inconclusive turns 3 into 0.")
	return err
}

// ending is an error that asks for an exit code of its own. Any other error
// ends the program with exitUsage.
type ending struct {
	code exitCode
	err  error // nil: all has been said already
}

func (e *ending) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *ending) Unwrap() error { return e.err }

// finish says what went wrong, if that was not said yet, and returns the exit
// code for it.
func finish(err error, stderr io.Writer) exitCode {
	if err == nil {
		return exitOK
	}
	code, message := exitUsage, err
	if e := (*ending)(nil); errors.As(err, &e) {
		code, message = e.code, e.err
	}
	if message != nil {
		fmt.Fprintln(stderr, message)
		annotate(message, stderr)
	}
	return code
}

// internalError is a panic of zabsim itself, with where it happened. A panic in
// the code of a protocol is none: the simulator reports it as a violation of
// no-panic.
type internalError struct {
	cause any
	stack []byte
}

// Error implements error: what happened and our own part of the stack.
func (e *internalError) Error() string {
	return fmt.Sprintf("zabsim: internal error: %v\n%sThis is a bug in zabsim; the command line that led to it is all one needs to repeat it.",
		e.cause, e.frames())
}

// maxFrames bounds the stack that is shown.
const maxFrames = 6

// frames returns the innermost frames of our own code, one a line.
func (e *internalError) frames() string {
	_, raised, _ := strings.Cut(string(e.stack), "\npanic(")
	lines := strings.Split(raised, "\n")
	var b strings.Builder
	shown := 0
	for i := 2; i+1 < len(lines) && shown < maxFrames; i += 2 {
		if strings.HasPrefix(lines[i], rundir.Module) || strings.HasPrefix(lines[i], "main.") {
			at, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " ")
			fmt.Fprintf(&b, "  at %s\n", at)
			shown++
		}
	}
	return b.String()
}

// guard runs f and turns a panic into an error that ends with exitBug.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &ending{exitBug, &internalError{r, debug.Stack()}}
		}
	}()
	return f()
}
