package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.yaml
var libraryFiles embed.FS

// Entry is a scenario of the library.
type Entry struct {
	Name  string
	About string // the first sentence of its story
}

// Library returns the scenarios that are part of zabsim, by name.
func Library() []Entry {
	var entries []Entry
	for _, name := range libraryNames() {
		s, err := loadLibrary(name)
		if err != nil {
			panic(fmt.Sprintf("scenario %s of the library: %v", name, err)) // a broken build
		}
		entries = append(entries, Entry{name, s.Summary()})
	}
	return entries
}

// Summary returns the first sentence of the story.
func (s *Scenario) Summary() string {
	about := strings.Join(strings.Fields(s.About), " ")
	if first, _, more := strings.Cut(about, ". "); more {
		return first + "."
	}
	return about
}

func libraryNames() []string {
	files, err := fs.Glob(libraryFiles, "*.yaml")
	if err != nil {
		panic(err) // the pattern is well-formed
	}
	for i := range files {
		files[i] = strings.TrimSuffix(files[i], ".yaml")
	}
	return files
}

func loadLibrary(name string) (*Scenario, error) {
	source, err := libraryFiles.ReadFile(name + ".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s; for a file write its path, ./%s.yaml", Unknown("scenario", name, libraryNames()), name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading scenario %s of the library: %w", name, err)
	}
	return Parse(name+".yaml", source)
}
