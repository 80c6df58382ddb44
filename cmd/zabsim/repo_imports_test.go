package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/zabsim/zabsim"

// importRule says what the packages that match a pattern may import besides
// the standard library. Patterns are paths below the module, in the syntax of
// path.Match; one that ends in /... matches everything below as well.
type importRule struct {
	pkg     string
	ours    string // patterns, separated by blanks
	foreign string // modules, separated by blanks
}

// importRules are tried from the top; the first whose pattern matches counts.
// A package that matches none is a violation: whoever adds one decides here
// what it may know of.
var importRules = []importRule{
	{"nodes", "", ""},
	{"nodes/nodestest", "nodes nodes/app/... sim sim/...", "pgregory.net/rapid"},
	{"nodes/app/apptest", "nodes nodes/app", "pgregory.net/rapid"},
	{"nodes/app/...", "nodes nodes/app nodes/app/internal/*", ""},
	{"nodes/all", "nodes nodes/*", ""},
	{"nodes/zab/zkdata", "nodes nodes/zab", ""},
	{"nodes/zab/zkdata/zkdatatest", "", ""},
	{"nodes/*", "nodes", ""}, // a protocol: no other protocol, no simulator
	{"network", "nodes sim/choice", ""},
	{"faults", "nodes network sim/choice", ""},
	// For the tests of others, and in nobody's way: it may know of all but the command line.
	{"sim/simtest", "nodes nodes/... network faults sim sim/... checker checker/... scenarios scenarios/gen reports reports/rundir", "pgregory.net/rapid"},
	{"sim/choice", "nodes", ""},
	{"sim/...", "nodes network faults sim/*", ""},
	{"checker", "nodes nodes/app nodes/app/bank nodes/app/kv nodes/app/znode sim/trace checker/internal/*", ""},
	{"checker/cputime", "", ""},
	{"checker/internal/search", "", "github.com/anishathalye/porcupine"},
	{"checker/history", "nodes checker/internal/*", ""},
	{"checker/campaign", "nodes faults sim sim/* checker checker/* scenarios", "golang.org/x/sync"},
	{"checker/explore", "nodes checker sim/choice", ""}, // the engine knows no servers
	{"checker/explore/exploretest", "checker/explore", ""},
	{"checker/explore/servers", "nodes network faults sim sim/* checker checker/explore", ""},
	{"checker/*", "nodes network faults sim sim/* checker checker/* checker/explore/servers", ""},
	{
		"scenarios", "nodes nodes/all nodes/zab nodes/app nodes/app/bank nodes/app/kv nodes/app/znode network faults sim sim/* checker checker/explore/servers checker/measure scenarios/recipes",
		"github.com/goccy/go-yaml github.com/santhosh-tekuri/jsonschema/v6 github.com/agnivade/levenshtein",
	},
	{"scenarios/recipes", "nodes nodes/app nodes/app/znode sim sim/choice sim/trace", ""},
	{"scenarios/gen", "nodes nodes/all faults scenarios", "pgregory.net/rapid"},
	{"scenarios/incident", "nodes nodes/zab nodes/zab/zkdata nodes/app nodes/app/znode scenarios", ""},
	{"scenarios/conformance", "nodes nodes/* nodes/app/... network faults sim sim/* checker scenarios", ""},
	{"reports/rundir", "nodes sim sim/choice sim/trace checker scenarios reports", ""},
	{"reports", "nodes nodes/app sim/trace checker", "gonum.org/v1/plot golang.org/x/image"},
	{"cmd/zabsim", "...", "github.com/spf13/cobra github.com/agnivade/levenshtein golang.org/x/sync golang.org/x/term"},
}

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Export     string // file with its export data
	Standard   bool
	Imports    []string
}

func TestImportRules(t *testing.T) {
	packages := listPackages(t, module+"/...")
	ours := 0
	for _, p := range packages {
		if isOurs(p.ImportPath) {
			ours++
		}
	}
	if ours < 10 {
		t.Fatalf("go list found %d packages of this module; that cannot be all", ours)
	}
	for _, v := range importViolations(importRules, packages) {
		t.Error(v)
	}
}

// The rules must be able to fail: each planted import breaks one.
func TestImportRulesCatch(t *testing.T) {
	for _, c := range []struct{ pkg, imports, want string }{
		{"nodes", "sim/choice", "nodes may not import sim/choice"},
		{"nodes/zab", "nodes/app", "nodes/zab may not import nodes/app"},
		{"nodes/zab", "nodes/raft", "nodes/zab may not import nodes/raft"},
		{"sim", "checker", "sim may not import checker"},
		{"sim/trace", "scenarios", "sim/trace may not import scenarios"},
		{"network", "github.com/spf13/cobra", "network may not import github.com/spf13/cobra"},
		{"checker", "sim", "checker may not import sim"},
		{"checker", "github.com/anishathalye/porcupinette", "checker may not import github.com/anishathalye/porcupinette"},
		{"reports", "github.com/goccy/go-yaml/ast", "reports may not import github.com/goccy/go-yaml/ast"},
		{"utilities", "nodes", "utilities has no import rule"},

		{"nodes", "strings", ""},
		{"sim", "sim/disk", ""},
		{"reports", "gonum.org/v1/plot/vg/draw", ""},
		{"cmd/zabsim", "checker/explore", ""},
	} {
		imported := c.imports
		planted := []goPackage{{ImportPath: module + "/" + c.pkg}, {ImportPath: "strings", Standard: true}}
		if strings.Count(c.imports, ".") == 0 && c.imports != "strings" {
			imported = module + "/" + c.imports
		}
		planted[0].Imports = []string{imported}
		if got := strings.Join(importViolations(importRules, planted), "; "); got != c.want {
			t.Errorf("%s imports %s: found %q, want %q", c.pkg, c.imports, got, c.want)
		}
	}
}

// importViolations holds the imports of our packages against the rules.
func importViolations(rules []importRule, packages []goPackage) []string {
	standard := map[string]bool{}
	for _, p := range packages {
		standard[p.ImportPath] = p.Standard
	}
	var found []string
	for _, p := range packages {
		if !isOurs(p.ImportPath) {
			continue
		}
		name := relative(p.ImportPath)
		i := slices.IndexFunc(rules, func(r importRule) bool { return matches(r.pkg, name) })
		if i < 0 {
			found = append(found, name+" has no import rule")
			continue
		}
		for _, imported := range p.Imports {
			if !standard[imported] && !rules[i].allows(imported) {
				found = append(found, name+" may not import "+relative(imported))
			}
		}
	}
	return found
}

func (r importRule) allows(imported string) bool {
	if isOurs(imported) {
		return slices.ContainsFunc(strings.Fields(r.ours), func(pattern string) bool { return matches(pattern, relative(imported)) })
	}
	return slices.ContainsFunc(strings.Fields(r.foreign), func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") })
}

func matches(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	if above, deep := strings.CutSuffix(pattern, "/..."); deep {
		return name == above || strings.HasPrefix(name, above+"/")
	}
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

func isOurs(importPath string) bool { return strings.HasPrefix(importPath, module+"/") }

func relative(importPath string) string { return strings.TrimPrefix(importPath, module+"/") }

// listPackages returns the packages that go list finds for some patterns, with
// all that they depend on.
func listPackages(t *testing.T, args ...string) []goPackage {
	t.Helper()
	args = append([]string{"list", "-deps", "-json=ImportPath,Dir,GoFiles,Export,Standard,Imports"}, args...)
	cmd := exec.Command("go", args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}
	var packages []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
