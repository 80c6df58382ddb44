package scenarios

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed *.yaml
var libraryFiles embed.FS

// themes are what the scenarios of the library are about, in the order of
// lists.
var themes = []string{"elections", "quorums", "crashes", "partitions", "timing", "disks", "clients", "campaigns"}

// Entry is a scenario of the library, or a variant of one.
type Entry struct {
	Name  string // "three-data-centres", "three-data-centres/site-lost"
	Theme string // one of the themes
	About string // the first sentence of its story
}

// Library returns the scenarios that are part of zabsim by theme and name, each
// followed by its variants.
func Library() []Entry { return slices.Clone(libraryEntries()) }

var libraryEntries = sync.OnceValue(func() []Entry {
	var entries []Entry
	for _, name := range libraryFileNames() {
		s, err := loadLibrary(name)
		if err != nil {
			panic(fmt.Sprintf("scenario %s of the library: %v", name, err)) // a broken build
		}
		entries = append(entries, Entry{name, s.Theme, s.Summary()})
		for _, v := range s.Variants {
			entries = append(entries, Entry{v.Name, v.Theme, v.Summary()})
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Compare(slices.Index(themes, a.Theme), slices.Index(themes, b.Theme))
	})
	return entries
})

// Summary returns the first sentence of the story.
func (s *Scenario) Summary() string {
	about := strings.Join(strings.Fields(s.About), " ")
	if first, _, more := strings.Cut(about, ". "); more {
		return first + "."
	}
	return about
}

func libraryFileNames() []string {
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
		return nil, fmt.Errorf("%s (for a file write its path, ./%s.yaml)", Unknown("scenario", name, libraryFileNames()), name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading scenario %s of the library: %w", name, err)
	}
	return Parse(name+".yaml", source)
}
