package main

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pure lists the packages on the path to a decision of a run. In them, equal
// inputs must give equal outputs, on every machine and at any time. The
// helpers for tests among them are exempt.
var (
	pure   = []string{"nodes/...", "network/...", "faults/...", "sim/..."}
	exempt = []string{"nodes/nodestest", "nodes/app/apptest", "sim/simtest"}
)

// impureImports are packages that no such package needs.
var impureImports = []string{
	"crypto/rand", "hash/maphash", "log", "maps", "math/rand", "math/rand/v2", "os", "runtime", "sync", "sync/atomic", "unsafe",
}

// wallClock are the functions of package time that look at the real clock.
var wallClock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

func TestPurity(t *testing.T) {
	packages := listPackages(t, "-export", module+"/nodes/...", module+"/network/...", module+"/faults/...", module+"/sim/...")
	checked := 0
	for _, p := range packages {
		in := func(patterns []string) bool {
			return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, relative(p.ImportPath)) })
		}
		if !isOurs(p.ImportPath) || !in(pure) || in(exempt) {
			continue
		}
		checked++
		sources := map[string]string{}
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			sources[relative(p.ImportPath)+"/"+name] = string(text)
		}
		for _, complaint := range impurities(t, p.ImportPath, sources, packages) {
			t.Error(complaint)
		}
	}
	if checked < 8 {
		t.Errorf("looked at %d packages; that cannot be all", checked)
	}
}

// The check must be able to fail: each planted source is impure in one way.
func TestPurityCatches(t *testing.T) {
	packages := listPackages(t, "-export", "math/rand/v2", "sync", "time")
	for _, c := range []struct{ body, want string }{
		{`func f() { go f() }`, "x.go:3: starts a goroutine"},
		{`func f(c chan int) { select { case <-c: } }`, "x.go:3: uses a channel; x.go:3: waits in a select"},
		{`func f(m map[int]int) { for range m {} }`, "x.go:3: ranges over a map"},
		{"type table map[int]int\nfunc f(m table) { for k := range m { _ = k } }", "x.go:4: ranges over a map"},
		{`var x = 0.5`, "x.go:3: has a float"},
		{`type t struct { x []float32 }`, "x.go:3: has a float"},
		{`func f(d time.Duration) bool { return d.Seconds() > 1 }`, "x.go:3: has a float"},
		{`func f() { _ = time.Now() }`, "x.go:3: asks the wall clock: time.Now"},
		{`var f = time.Sleep`, "x.go:3: asks the wall clock: time.Sleep"},
		{`var x = rand.Int()`, "x.go:1: imports math/rand/v2"},
		{`var x sync.Mutex`, "x.go:1: imports sync"},

		{`func f(s []int, d time.Duration) int64 { for range s {}; return int64(d) + 1e6 }`, ""},
		{`var m map[string]int`, ""},
	} {
		imports := `import "time"`
		for qualifier, name := range map[string]string{"rand.": "math/rand/v2", "sync.": "sync"} {
			if strings.Contains(c.body, qualifier) {
				imports = fmt.Sprintf("import %q", name)
			}
		}
		source := "package x; " + imports + "\nvar _ = time.Second\n" + c.body
		if !strings.Contains(imports, "time") {
			source = "package x; " + imports + "\n\n" + c.body
		}
		got := strings.Join(impurities(t, "x", map[string]string{"x.go": source}, packages), "; ")
		if got != c.want {
			t.Errorf("%s\nfound %q, want %q", c.body, got, c.want)
		}
	}
}

// impurities type-checks the files of one package and says what in them could
// make two equal runs differ.
func impurities(t *testing.T, name string, sources map[string]string, packages []goPackage) []string {
	t.Helper()
	p := purist{fset: token.NewFileSet(), info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}}
	var files []*ast.File
	for file, text := range sources {
		parsed, err := parser.ParseFile(p.fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, parsed)
	}
	config := types.Config{Importer: importer.ForCompiler(p.fset, "gc", exportData(packages))}
	if _, err := config.Check(name, p.fset, files, &p.info); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		ast.Inspect(file, p.visit)
	}
	slices.Sort(p.found)
	return slices.Compact(p.found)
}

// exportData opens what the compiler knows of a package.
func exportData(packages []goPackage) importer.Lookup {
	return func(importPath string) (io.ReadCloser, error) {
		i := slices.IndexFunc(packages, func(p goPackage) bool { return p.ImportPath == importPath })
		if i < 0 {
			return nil, fmt.Errorf("no package %s among the dependencies", importPath)
		}
		return os.Open(packages[i].Export)
	}
}

// purist collects complaints about a package.
type purist struct {
	fset  *token.FileSet
	info  types.Info
	found []string
}

func (p *purist) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec:
		if name := strings.Trim(n.Path.Value, `"`); slices.Contains(impureImports, name) {
			p.complain(n, "imports "+name)
		}
	case *ast.GoStmt:
		p.complain(n, "starts a goroutine")
	case *ast.SelectStmt:
		p.complain(n, "waits in a select")
	case *ast.ChanType:
		p.complain(n, "uses a channel")
	case *ast.RangeStmt:
		if _, overMap := p.info.TypeOf(n.X).Underlying().(*types.Map); overMap {
			p.complain(n, "ranges over a map")
		}
	case *ast.Ident:
		p.ident(n)
	}
	if e, ok := n.(ast.Expr); ok {
		p.expression(e)
	}
	return true
}

func (p *purist) ident(n *ast.Ident) {
	f, ok := p.info.Uses[n].(*types.Func)
	if ok && f.Pkg() != nil && f.Pkg().Path() == "time" && f.Signature().Recv() == nil && slices.Contains(wallClock, f.Name()) {
		p.complain(n, "asks the wall clock: time."+f.Name())
	}
}

// expression looks for floats: they round differently where the compiler
// fuses a multiplication with an addition.
func (p *purist) expression(e ast.Expr) {
	tv, known := p.info.Types[e]
	if !known {
		return
	}
	basic, ok := tv.Type.Underlying().(*types.Basic)
	if ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0 {
		p.complain(e, "has a float")
	}
}

func (p *purist) complain(n ast.Node, what string) {
	at := p.fset.Position(n.Pos())
	p.found = append(p.found, fmt.Sprintf("%s:%d: %s", at.Filename, at.Line, what))
}
