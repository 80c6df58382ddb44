package main

import (
	"maps"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zabsim/zabsim/nodes/zab/zkdata"
	"github.com/zabsim/zabsim/nodes/zab/zkdata/zkdatatest"
)

// TestInspect runs scripts in a directory with the data directories of a real
// ensemble: crashed/server1 to final/server5.
func TestInspect(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/inspect",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			return unpack(e.WorkDir)
		},
	})
}

// TestDumpedChanges: data that is no text is dumped all the same, and so are the
// parts of a multi.
func TestDumpedChanges(t *testing.T) {
	multi := zkdata.Change{Type: zkdata.Multi, Parts: []zkdata.Change{
		{Type: zkdata.Check, Path: "/a", Version: 3},
		{Type: zkdata.SetData, Path: "/a", Data: []byte{0xff, 0}, Version: 4},
		{Type: zkdata.CreateTTL, Path: "/b", Data: []byte("<x>"), TTL: time.Minute},
		{Type: zkdata.Error, Code: -101},
	}}
	var b strings.Builder
	if err := newLines(&b).Encode(newChangeRow(&multi)); err != nil {
		t.Fatal(err)
	}
	want := `{"op":"multi","parts":[{"op":"check","path":"/a","version":3},` +
		`{"op":"setData","path":"/a","base64":"/wA=","version":4},` +
		`{"op":"createTTL","path":"/b","data":"<x>","ttl":"1m0s"},{"op":"error","error":"NONODE"}]}` + "\n"
	if b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
}

// unpack writes the data directories of a real ensemble.
func unpack(dir string) error {
	files := zkdatatest.Files()
	maps.DeleteFunc(files, func(name string, _ *fstest.MapFile) bool { return path.Base(name) == "decoded.json" })
	return os.CopyFS(dir, files)
}
