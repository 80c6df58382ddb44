package main

import (
	"errors"
	"strings"
	"testing"
)

func TestFinish(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		code   exitCode
		stderr string
	}{
		{"nothing", nil, exitOK, ""},
		{"plain", errors.New("no such file"), exitUsage, "no such file\n"},
		{"said already", &ending{exitViolated, nil}, exitViolated, ""},
		{"with code", &ending{exitNotDeterministic, errors.New("differs")}, exitNotDeterministic, "differs\n"},
	} {
		var stderr strings.Builder
		if code := finish(c.err, &stderr); code != c.code || stderr.String() != c.stderr {
			t.Errorf("%s: exit %d with %q, want %d with %q", c.name, code, stderr.String(), c.code, c.stderr)
		}
	}
}

func TestPanicIsAShortMessage(t *testing.T) {
	err := guard(func() error {
		var s []int
		return errors.New(string(rune(s[len(s)])))
	})
	var stderr strings.Builder
	if code := finish(err, &stderr); code != exitBug {
		t.Errorf("exit %d, want %d", code, exitBug)
	}
	said := stderr.String()
	if !strings.Contains(said, "internal error: runtime error: index out of range") || !strings.Contains(said, "exit_test.go:") {
		t.Errorf("the message does not say what happened and where:\n%s", said)
	}
	if lines := strings.Count(said, "\n"); lines > maxFrames+2 {
		t.Errorf("the message has %d lines:\n%s", lines, said)
	}
}
