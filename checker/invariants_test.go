package checker

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestInvariantsAreJudged: each of the invariants has a property that judges
// it, and names it among its sources if it has a number.
func TestInvariantsAreJudged(t *testing.T) {
	table, err := os.ReadFile("testdata/invariants.txt")
	if err != nil {
		t.Fatal(err)
	}
	judged := map[string]bool{}
	for line := range strings.Lines(string(table)) {
		id, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		if id == "" || id == "#" {
			continue
		}
		judged[id] = true
		for i, name := range strings.Split(names, ",") {
			p, err := ByName(strings.TrimSpace(name), Params{})
			if err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			if i == 0 && strings.HasPrefix(id, "INV-") && !cites(p.Source, id) {
				t.Errorf("%s is said to be judged by %s, which cites %q", id, p.Name, p.Source)
			}
		}
	}
	for i := 1; i <= 29; i++ {
		if id := fmt.Sprintf("INV-%d", i); !judged[id] {
			t.Errorf("nothing is said of %s", id)
		}
	}
}

func cites(source, id string) bool {
	for word := range strings.FieldsFuncSeq(source, func(r rune) bool { return strings.ContainsRune(" ,;()", r) }) {
		if word == id {
			return true
		}
	}
	return false
}
