package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad looks for files that make the loader panic, that it calls bad
// without saying why, or that it reads differently once it has written them.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"*.yaml", "testdata/broken/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(source))
		}
	}
	f.Fuzz(func(t *testing.T, source string) {
		s, err := Parse("fuzz.yaml", []byte(source))
		if err == nil {
			requireRoundTrip(t, s)
			if _, _, err := s.Compile("", 1); err != nil {
				t.Errorf("a scenario that loads does not compile: %v", err)
			}
			return
		}
		var problems Problems
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("the error is no list of problems: %v", err)
		}
		for i, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" || strings.Contains(p.Message, "%!") && !strings.Contains(source, "%") {
				t.Errorf("a problem without a place or words: %+v", p)
			}
			if i > 0 && problems[i-1].Line > p.Line {
				t.Errorf("line %d comes after line %d", p.Line, problems[i-1].Line)
			}
		}
	})
}
