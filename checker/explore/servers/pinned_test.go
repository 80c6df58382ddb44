package servers_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "with -explore.long: write the tables in testdata anew")

// pinned is a table in testdata of what searches find. Those that take long are
// compared with their rows in long runs only.
type pinned struct {
	file  string
	known []string // its rows, as they are
	found []string
}

// pin opens a table. The first row is the names of the columns.
func pin(t *testing.T, name, columns string) *pinned {
	t.Helper()
	p := &pinned{file: filepath.Join("testdata", name)}
	b, err := os.ReadFile(p.file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	p.known = strings.Split(string(b), "\n")
	p.row(t, columns)
	return p
}

// row compares a row that was found with the table.
func (p *pinned) row(t *testing.T, row string) {
	t.Helper()
	row = strings.TrimRight(row, " ")
	p.found = append(p.found, row)
	if !*update && !slices.Contains(p.known, row) {
		t.Errorf("%s does not have what was found now:\n%s", p.file, row)
	}
}

// like returns the row of the table that begins so, or "".
func (p *pinned) like(start string) string {
	if i := slices.IndexFunc(p.known, func(row string) bool { return strings.HasPrefix(row, start) }); i >= 0 {
		return p.known[i]
	}
	return ""
}

// close writes the table anew if that is asked for and all rows were found.
func (p *pinned) close(t *testing.T) {
	t.Helper()
	if *update && *long {
		if err := os.WriteFile(p.file, []byte(strings.Join(p.found, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
