package zab

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRules: testdata/rules.txt says of every rule of the protocol whether the
// code has it, and whether a test sees to it; and that is so.
func TestRules(t *testing.T) {
	listed := map[string]bool{}
	code, tests := cited(t, false), cited(t, true)
	text, err := os.ReadFile("testdata/rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		rule, fate, _ := strings.Cut(strings.TrimSpace(line), " ")
		if rule == "" || rule[0] == '#' {
			continue
		}
		fate, why, _ := strings.Cut(strings.TrimSpace(fate), ": ")
		if listed[rule] {
			t.Errorf("%s stands there twice", rule)
		}
		listed[rule] = true
		switch {
		case fate != "tested" && why == "":
			t.Errorf("%s: %q without a reason", rule, fate)
		case fate == "tested" && !tests[rule]:
			t.Errorf("%s: no test names it", rule)
		case fate == "code" && tests[rule]:
			t.Errorf("%s: a test names it; say so", rule)
		case fate != "left out" && !code[rule]:
			t.Errorf("%s: no code names it", rule)
		case fate == "left out" && code[rule]:
			t.Errorf("%s is left out, but code names it", rule)
		}
	}
	for rule := range code {
		if !listed[rule] {
			t.Errorf("the code cites %s, which is no rule", rule)
		}
	}
}

// families are the sections of rules.
var families = regexp.MustCompile(`R-(STATE|DUR|ZXID|CNX|FLE|LEG|P0|DISC|SYNC-L|SYNC-F|QV|BC|TMO|OBS|CLI|RCFG)-(\d+)( to R-[A-Z0-9-]+-(\d+))?`)

// talk is files that name rules and implement none.
var talk = []string{"doc.go", "catalogue.go", "catalogue_learner.go", "profile.go"}

// cited returns the rules that the code, or the tests, of this package, of package
// network, of clients and of what is replicated for them name: "R-FLE-10", "R-P0-1 to R-P0-5", and TestR_FLE_10.
func cited(t *testing.T, tests bool) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, pattern := range []string{"*.go", "../../network/*.go", "../../sim/*.go", "../app/*.go", "../app/znode/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") != tests || slices.Contains(talk, name) {
				continue
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range families.FindAllStringSubmatch(strings.ReplaceAll(string(source), "_", "-"), -1) {
				first, _ := strconv.Atoi(m[2])
				last := first
				if m[4] != "" {
					last, _ = strconv.Atoi(m[4])
				}
				for i := first; i <= last; i++ {
					found["R-"+m[1]+"-"+strconv.Itoa(i)] = true
				}
			}
		}
	}
	return found
}
