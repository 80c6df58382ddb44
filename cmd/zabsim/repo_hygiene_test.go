package main

import (
	"bytes"
	"encoding/json"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repoRoot is the root of the repository, seen from this package.
const repoRoot = "../.."

// maxDirect bounds the modules that go.mod asks for directly.
const maxDirect = 12

func TestGoFilesAreFormatted(t *testing.T) {
	files := 0
	err := filepath.WalkDir(repoRoot, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != repoRoot && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		files++
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		formatted, err := format.Source(source)
		if err != nil {
			return err
		}
		if !bytes.Equal(source, formatted) {
			t.Errorf("gofmt would change %s", name)
		}
		return nil
	})
	if err != nil || files < 50 {
		t.Fatalf("looked at %d files: %v", files, err)
	}
}

func TestFewDirectDependencies(t *testing.T) {
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = repoRoot
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	if len(direct) == 0 || len(direct) > maxDirect {
		t.Errorf("%d direct dependencies, at most %d are allowed: %s", len(direct), maxDirect, strings.Join(direct, " "))
	}
}
