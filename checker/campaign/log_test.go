package campaign

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lines writes a journal of a few lines and returns its file and its text.
func lines(t *testing.T) (path, text string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "log")
	j, err := createJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"a", "b", "c"} {
		if err := j.append(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, string(written)
}

// reopen returns the lines of a journal after it was opened again and got one
// more.
func reopen(path string) (string, error) {
	j, err := openJournal(path, func([]byte) error { return nil })
	if err != nil {
		return "", err
	}
	if err := j.append("new"); err != nil {
		return "", err
	}
	var all []string
	_, err = openJournal(path, func(line []byte) error {
		all = append(all, string(line))
		return nil
	})
	return strings.Join(all, " "), err
}

// Whatever part of the last line a crash leaves, the lines before it are there
// and more can follow.
func TestJournalLosesOnlyWhatWasBeingWritten(t *testing.T) {
	path, text := lines(t)
	last := strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n") + 1
	for cut := last; cut <= len(text); cut++ {
		if err := os.WriteFile(path, []byte(text[:cut]), 0o666); err != nil {
			t.Fatal(err)
		}
		want := `"a" "b" "new"`
		if cut == len(text) {
			want = `"a" "b" "c" "new"`
		}
		if got, err := reopen(path); got != want || err != nil {
			t.Errorf("%d of %d bytes: %s, %v; want %s", cut, len(text), got, err, want)
		}
	}
}

// What no crash leaves is damage, and is not passed over.
func TestJournalSeesDamage(t *testing.T) {
	path, text := lines(t)
	first := strings.Index(text, "\n")
	for i := range text {
		damaged := []byte(text)
		damaged[i] ^= 1
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := reopen(path)
		switch {
		case i < first && (err == nil || !strings.Contains(err.Error(), "log:1: the checksum is wrong")):
			t.Errorf("byte %d: %v", i, err)
		case i > first && i < strings.LastIndex(text[:len(text)-1], "\n") && err == nil:
			t.Errorf("byte %d: not noticed", i)
		}
	}
}
