package reports

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/cmpimg"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares text with a golden file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	want := goldenFile(t, name, []byte(got))
	if got != string(want) {
		t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
	}
}

// goldenPicture compares a picture with a golden file, with some tolerance:
// arm64 rounds the odd pixel differently.
func goldenPicture(t *testing.T, name string, p *Picture) {
	t.Helper()
	got := render(t, p, strings.TrimPrefix(filepath.Ext(name), "."))
	want := goldenFile(t, name, got)
	same, err := cmpimg.EqualApprox("png", got, want, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	if !same {
		failed := filepath.Join(t.ArtifactDir(), name)
		if err := os.WriteFile(failed, got, 0o666); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s looks different now; run with -artifacts and look at %s", name, failed)
	}
}

func goldenFile(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return want
}

func render(t *testing.T, p *Picture, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := p.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
