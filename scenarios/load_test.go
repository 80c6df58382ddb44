package scenarios

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// TestBroken loads files that are wrong in one way or several and compares
// what zabsim says with the text beside them.
func TestBroken(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) < 45 {
		t.Fatalf("found %d broken files, want 45 or more (%v)", len(files), err)
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

func TestLibraryLoads(t *testing.T) {
	for _, name := range libraryNames() {
		s, err := Load(name, nil)
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
			continue
		}
		if s.Name != name {
			t.Errorf("%s.yaml calls itself %s", name, s.Name)
		}
		if s.Summary() == "" || len(s.Properties.Sometimes) == 0 {
			t.Errorf("%s has no story, or could pass by testing nothing", name)
		}
		source, _ := libraryFiles.ReadFile(name + ".yaml")
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

// requireRoundTrip fails unless what WriteTo writes loads to an equal scenario.
func requireRoundTrip(t *testing.T, s *Scenario) {
	t.Helper()
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
