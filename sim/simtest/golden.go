package simtest

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/zabsim/zabsim/scenarios"
)

// Golden runs a scenario and compares what happened with a file: who led, what
// went wrong, and what clients were told, in order. Properties do not say that a
// payment survived; this does. Like [Run] it fails the test if something is
// violated.
//
// If the test has a flag -update, and it is set, the file is written anew: read
// it before you keep it. A test gets the flag by
//
//	var _ = flag.Bool("update", false, "write golden files anew")
func Golden(t TB, file string, s *scenarios.Scenario, opts ...Option) {
	t.Helper()
	got := []byte(Story(t, s, opts...))
	if isSet("update") {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatalf("%v", err)
		}
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatalf("%v", err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
	if !bytes.Equal(got, want) {
		t.Errorf("%s is another story now:\n%s", file, firstDifference(got, want))
	}
}

// firstDifference returns the first line that differs in the two forms, and the
// line before it.
func firstDifference(got, want []byte) string {
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	i := 0
	for i < len(a) && i < len(b) && bytes.Equal(a[i], b[i]) {
		i++
	}
	var text bytes.Buffer
	line := func(mark string, lines [][]byte, at int) {
		if at >= 0 && at < len(lines) {
			text.WriteString(mark)
			text.Write(lines[at])
			text.WriteByte('\n')
		}
	}
	line("  ", a, i-1)
	line("- ", b, i)
	line("+ ", a, i)
	return text.String()
}
