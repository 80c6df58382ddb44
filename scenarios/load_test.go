package scenarios

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestBroken loads files that are wrong in one way or several and compares
// what zabsim says with the text beside them.
func TestBroken(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) < 90 {
		t.Fatalf("found %d broken files, want 90 or more (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(filepath.Base(file), source)
			if err == nil {
				t.Fatal("it loads")
			}
			compareGolden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

// compareGolden compares got with a golden file, or writes it with -update.
func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", file, got, want)
	}
}

// libraryNames returns the names of the library's scenarios and their variants.
func libraryNames() []string {
	var names []string
	for _, e := range Library() {
		names = append(names, e.Name)
	}
	return slices.Sorted(slices.Values(names))
}

func TestLibraryLoads(t *testing.T) {
	for _, name := range libraryNames() {
		s, err := Load(name, nil)
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
			continue
		}
		if s.Name != name {
			t.Errorf("%s calls itself %s", name, s.Name)
		}
		if s.Summary() == "" || len(s.Properties.Sometimes) == 0 || len(s.Notes) == 0 && s.Swarm == nil {
			t.Errorf("%s has no story or no notes, or could pass by testing nothing", name)
		}
		if !slices.Contains(themes, s.Theme) {
			t.Errorf("%s has the theme %q; there are %v", name, s.Theme, themes)
		}
		file, _, _ := strings.Cut(name, "/")
		source, _ := libraryFiles.ReadFile(file + ".yaml")
		if line, _, _ := strings.Cut(string(source), "\n"); line != "# yaml-language-server: $schema=scenario.schema.json" {
			t.Errorf("%s.yaml begins with %q, which tells editors of no schema", name, line)
		}
	}
}

func TestLoadFinds(t *testing.T) {
	source, err := libraryFiles.ReadFile("shanghai-guangzhou.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"dir/mine.yaml": {Data: source}}
	for _, test := range []struct{ name, failure string }{
		{"shanghai-guangzhou", ""},
		{"dir/mine.yaml", ""},
		{"dir/other.yaml", "there is no file dir/other.yaml"},
		{"shanghai-guangzou", `unknown scenario "shanghai-guangzou"; did you mean "shanghai-guangzhou"?`},
		{"..", `unknown scenario ".."`},
	} {
		_, err := Load(test.name, files)
		if test.failure == "" && err != nil || test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
			t.Errorf("Load(%q): %v, want %q", test.name, err, test.failure)
		}
	}
}

func TestWriteToLoadsBack(t *testing.T) {
	for _, name := range libraryNames() {
		s, err := Load(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		requireRoundTrip(t, s)
	}
}

// requireRoundTrip fails unless what WriteTo writes loads to an equal scenario,
// but for what are scenarios of their own.
func requireRoundTrip(t *testing.T, s *Scenario) {
	t.Helper()
	alone := *s
	s = &alone
	s.Variants, s.Sweep = nil, nil
	written := writeString(t, s)
	again, err := Parse("written.yaml", []byte(written))
	if err != nil {
		t.Fatalf("what WriteTo wrote does not load:\n%v", err)
	}
	if !reflect.DeepEqual(s, again) {
		t.Errorf("what WriteTo wrote is another scenario:\n%s", written)
	}
}

func writeString(t interface{ Fatal(...any) }, s *Scenario) string {
	var text strings.Builder
	if _, err := s.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestReadmeMapsTheLibrary: every scenario of the library stands in the
// README with its idea, and nothing else does.
func TestReadmeMapsTheLibrary(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, library, _ := strings.Cut(string(readme), "\n## The library\n")
	linked := map[string]bool{}
	for _, match := range regexp.MustCompile(`\]\(([^)]*)\.yaml\)`).FindAllStringSubmatch(library, -1) {
		linked[match[1]] = true
	}
	for _, name := range libraryFileNames() {
		if !linked[name] {
			t.Errorf("README.md does not say what %s shows", name)
		}
		delete(linked, name)
	}
	for name := range linked {
		t.Errorf("README.md maps %s, which is not there", name)
	}
	for _, name := range libraryNames() {
		file, variant, _ := strings.Cut(name, "/")
		if variant != "" && !strings.Contains(library, "`/"+variant+"`") && !strings.Contains(library, "("+file+".yaml) and its variants") {
			t.Errorf("README.md does not say what %s shows", name)
		}
	}
}
