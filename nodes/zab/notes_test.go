package zab

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestNotesAreListed: every place that the code marks is in the list, and every
// one in the list is marked somewhere.
func TestNotesAreListed(t *testing.T) {
	marked := markedNotes(t)
	var listed []string
	for _, n := range notes {
		listed = append(listed, n.Name)
		if n.Doc == "" || !strings.HasSuffix(n.Doc, ".") {
			t.Errorf("%s: no sentence says what it is: %q", n.Name, n.Doc)
		}
		if !slices.Contains(marked, n.Name) {
			t.Errorf("%s is listed and nobody marks it", n.Name)
		}
	}
	for _, name := range marked {
		if !slices.Contains(listed, name) {
			t.Errorf("%s is marked and not listed", name)
		}
	}
	slices.Sort(listed)
	if len(slices.Compact(slices.Clone(listed))) != len(listed) {
		t.Error("a note is listed twice")
	}
}

// markedNotes returns the names that the code marks: the strings that it passes
// to functions of this package for a parameter called note. One that is handed
// on by such a function was a string further up.
func markedNotes(t *testing.T) []string {
	t.Helper()
	files := parsedFiles(t)
	takes := map[string]int{} // where a function takes a note
	each := func(do func(ast.Node) bool) {
		for _, f := range files {
			ast.Inspect(f, do)
		}
	}
	each(func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok {
			if i := parameter(f, "note"); i >= 0 {
				takes[f.Name.Name] = i
			}
		}
		return true
	})
	if len(takes) < 3 {
		t.Fatalf("functions that take a note: %v", takes)
	}
	var names []string
	each(func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		i, ok := takes[method.Sel.Name]
		if !ok {
			return true
		}
		switch arg := call.Args[i].(type) {
		case *ast.BasicLit:
			name, err := strconv.Unquote(arg.Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		case *ast.Ident:
			if arg.Name != "note" {
				t.Errorf("%s is passed %s, which may be anything", method.Sel.Name, arg.Name)
			}
		default:
			t.Errorf("%s is passed what is no constant", method.Sel.Name)
		}
		return true
	})
	return names
}

// parsedFiles returns the files of this package, without its tests.
func parsedFiles(t *testing.T) []*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// parameter returns the place of a parameter of that name, or -1.
func parameter(f *ast.FuncDecl, name string) int {
	i := 0
	for _, field := range f.Type.Params.List {
		for _, p := range field.Names {
			if p.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

// A packet that belongs to another phase is ignored.
func TestUnexpectedPacket(t *testing.T) {
	p := follow(t, setup{id: 1}, 1)
	p.receive(toLeader, LeaderInfo{2})
	p.wants()
	p.wantsNote("unexpected-packet")
}
